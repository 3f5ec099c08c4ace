import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output, ListRuntimesResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** Starts a run whose root has given so many outputs: one ready state for each, of each next node. */
async function startWide(name: string, width: number, ...nextNodes: readonly string[]): Promise<string> {
  const nodes = [
    nodeTemplate('source', nextNodes),
    ...nextNodes.map((identifier) => nodeTemplate(identifier)),
  ];
  const source = await system.connect(['SourceNode'], { capacity: { total: 1 } });
  const runId = await system.client.start(name, { nodes });
  source.reportExecuted(
    await source.assignment(),
    Array.from({ length: width }, (_, number) => ({ number })),
  );
  await source.ack();
  await source.goodbye();
  await eventually(
    async () => (await system.client.run(runId)).stateCount === width * (1 + nextNodes.length),
  );
  return runId;
}

/** Resolves once the state manager has answered everything that came before. */
async function settled(runtime: RawRuntime): Promise<void> {
  runtime.send({ ping: { nonce: 1 } });
  await runtime.next('pong');
}

test('a runtime with room for 50 never holds more while 1,000 states are ready', async () => {
  const runId = await startWide('flood', 1_000, 'work');
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 50 } });
  const held: Assignment__Output[] = [];
  let most = 0;
  for (let seen = 0, done = 0; done < 1_000; ) {
    if (seen < 1_000) {
      const arrived = await runtime.assignments(1);
      seen += arrived.length;
      held.push(...arrived);
    }
    most = Math.max(most, held.length);
    // Now a few, now all of them.
    const finished = held.splice(0, 1 + (done % held.length));
    const items = finished.map(({ stateId = '', leaseToken = '' }) => ({
      stateId,
      leaseToken,
      executed: { outputs: [{ outputJson: '{}' }] },
    }));
    runtime.send({ reports: { items } });
    done += finished.length;
  }
  const { status, run } = await system.client.end(runId);
  assert.equal(most, 50);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[1]?.success, 1_000);
});

test('an idle runtime is filled up to its capacity and no further', async () => {
  const runId = await startWide('full', 100, 'work');
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 30 } });
  assert.equal((await runtime.assignments(30)).length, 30);
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0);
  const { counts } = await system.client.run(runId);
  assert.equal(counts?.[1]?.queued, 30);
  assert.equal(counts?.[1]?.created, 70);
});

test('states that are ready together come together', async () => {
  await startWide('batch', 1_000, 'work');
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 1_000 } });
  const frames: number[] = [];
  for (let count = 0; count < 1_000; count += frames.at(-1) ?? 0) {
    frames.push((await runtime.next('assignments')).items?.length ?? 0);
  }
  assert.ok(frames.length <= 20, `1,000 assignments came in ${frames.length} frames`);
});

test('a capacity per node holds beside the one in all', async () => {
  await startWide('per-node', 20, 'work', 'other');
  const capacity = { total: 10, perNode: { WorkNode: 2 } };
  const runtime = await system.connect(['WorkNode', 'OtherNode'], { capacity });
  const held = await runtime.assignments(10);
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0);
  assert.equal(held.filter(({ nodeName }) => nodeName === 'WorkNode').length, 2);
  assert.equal(held.filter(({ nodeName }) => nodeName === 'OtherNode').length, 8);
  for (const lease of held) runtime.reportExecuted(lease, [{}]);
  await runtime.acks(10);
  const next = await runtime.assignments(10);
  assert.equal(next.filter(({ nodeName }) => nodeName === 'WorkNode').length, 2);
});

test('a node with room for none gets none', async () => {
  const runId = await startWide('closed', 3, 'work', 'other');
  const runtime = await system.connect(['WorkNode', 'OtherNode'], {
    capacity: { total: 10, perNode: { WorkNode: 0 } },
  });
  const held = await runtime.assignments(3);
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0);
  assert.deepEqual(new Set(held.map(({ nodeName }) => nodeName)), new Set(['OtherNode']));
  assert.equal((await system.client.run(runId)).counts?.[1]?.created, 3);
});

test('more capacity is filled at once, less is kept to from the next assignment on', async () => {
  await startWide('changing', 40, 'work');
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 0 } });
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0);

  runtime.send({ capacity: { total: 5 } });
  const held = await runtime.assignments(5);
  assert.equal(held.length, 5);

  runtime.send({ capacity: { total: 1 } });
  for (const lease of held.splice(0, 4)) runtime.reportExecuted(lease, [{}]);
  await runtime.acks(4);
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0, 'one is in flight, and no more are taken');

  runtime.reportExecuted(held[0]!, [{}]);
  await runtime.ack();
  await runtime.assignment();
  await settled(runtime);
  assert.equal(runtime.waiting('assignments'), 0);
});

test('a malformed capacity ends the stream', async () => {
  const runtime = await system.connect(['WorkNode']);
  runtime.send({ capacity: { total: -3 } });
  const { details } = await runtime.ended;
  assert.match(details, /capacity\.total is -3/);
});

test('two runtimes share what is ready', async () => {
  await startWide('shared', 40, 'work');
  const capacity = { total: 20 };
  const runtimes = await Promise.all([
    system.connect(['WorkNode'], { capacity }),
    system.connect(['WorkNode'], { capacity }),
  ]);
  const held = (await Promise.all(runtimes.map((runtime) => runtime.assignments(20)))).flat();
  assert.equal(new Set(held.map(({ stateId }) => stateId)).size, 40);
});

test('executions that linger are told with the capacity, and listed with the runtime', async () => {
  const runtime = await system.connect(['LingerNode'], {
    runtimeName: 'lingers',
    capacity: { total: 3, lingering: 1 },
  });
  const lingering = async () => {
    const { runtimes = [] } = await system.client.call<ListRuntimesResponse__Output>((...more) =>
      system.client.nodes.listRuntimes({}, ...more),
    );
    return runtimes.find(({ runtimeName }) => runtimeName === 'lingers')?.capacity;
  };
  assert.deepEqual(await eventually(lingering), { total: 3, lingering: 1 });
  runtime.send({ capacity: { total: 2, lingering: 2 } });
  await eventually(async () => (await lingering())?.lingering === 2);
});
