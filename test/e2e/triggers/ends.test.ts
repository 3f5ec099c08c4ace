import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { TriggerProbe } from '../../support/triggers.ts';

let system: TestSystem;
let others: TestStateManager[];
let probe: TriggerProbe;

before(async () => {
  system = await startSystem();
  others = [await startTestStateManager(system.redis), await startTestStateManager(system.redis)];
  probe = new TriggerProbe(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  probe?.stop();
  await Promise.all((others ?? []).map((other) => other.stop()));
  await system?.stop();
});

const single = (identifier: string, ...triggers: unknown[]) => ({
  nodes: [nodeTemplate(identifier)],
  triggers,
});

/** Waits until a graph has that many runs, and nothing is left that could start one more. */
function settled(graphName: string, count: number) {
  return eventually(async () => {
    const runs = await probe.runs(system.client, graphName);
    return runs.length === count && (await probe.recordedEnds()) === 0 && runs;
  });
}

test('the end of a run starts one run of each graph that waits for it, with the end over their inputs', async () => {
  const runtime = await system.connect(['SourceNode']);
  await system.client.upsert('source', single('source'));
  const inputs = { own: 1, status: 'is overlaid' };
  await system.client.upsert('first', single('waits', { after: { graph: 'source' }, inputs, priority: 9 }));
  await system.client.upsert(
    'second',
    single('waits', { after: { graph: 'source', on: ['SUCCESS', 'FAILED'] } }),
  );
  await system.client.upsert(
    'third',
    single('waits', { after: { graph: 'source', on: ['FAILED', 'CANCELLED'] } }),
  );
  const runId = await system.client.trigger('source');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const end = { run_id: runId, graph_name: 'source', status: 'SUCCESS' };
  const [first] = await settled('first', 1);
  assert.deepEqual(first?.inputs, { own: 1, ...end });
  assert.equal((await system.client.run(first!.runId)).priority, 9);
  assert.deepEqual((await settled('second', 1))[0]?.inputs, end);
  assert.deepEqual(await settled('third', 0), []);

  const failedId = await system.client.trigger('source');
  runtime.reportErrored(await runtime.assignment(), 'BROKEN', true);
  assert.equal((await settled('third', 1))[0]?.inputs.run_id, failedId);
  assert.equal((await settled('second', 2))[1]?.inputs.status, 'FAILED');
  await settled('first', 1);
});

test('the end of a cancelled run starts those that wait for that', async () => {
  await system.client.upsert('cancelled', single('nobody_hosts'));
  await system.client.upsert('tidies', single('waits', { after: { graph: 'cancelled', on: ['CANCELLED'] } }));
  const runId = await system.client.trigger('cancelled');
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
  const [run] = await settled('tidies', 1);
  assert.deepEqual(run?.inputs, { run_id: runId, graph_name: 'cancelled', status: 'CANCELLED' });
});

test('the trace of a run goes on in the runs that its end starts', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const runtime = await system.connect(['TracedNode', 'TracedToNode']);
  await system.client.upsert('traced', single('traced'));
  await system.client.upsert('traced-to', single('traced_to', { after: { graph: 'traced' } }));
  await system.client.trigger('traced', {}, { traceparent });
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await runtime.assignment()).traceparent?.slice(0, 35), traceparent.slice(0, 35));
});

test('a graph that is not stored yet is a warning, and its ends count once it is', async () => {
  const { warnings = [] } = await system.client.upsert(
    'early',
    single('waits', { after: { graph: 'not-yet' } }),
  );
  assert.ok(
    warnings.some(({ code, path }) => code === 'UNKNOWN_GRAPH' && path === '$.triggers[0].after.graph'),
  );
  const runtime = await system.connect(['NotYetNode']);
  await system.client.upsert('not-yet', single('not_yet'));
  await system.client.trigger('not-yet');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await settled('early', 1);
});

test('graphs that start each other in a circle come to rest', async () => {
  const runtime = await system.connect(['PingNode', 'PongNode']);
  await system.client.upsert('ping', single('ping', { after: { graph: 'pong' } }));
  await system.client.upsert('pong', single('pong', { after: { graph: 'ping' } }));
  await system.client.trigger('ping');
  for (let i = 0; i <= 32; i++) runtime.reportExecuted(await runtime.assignment(), [{}]);
  const pings = await settled('ping', 17);
  const pongs = await settled('pong', 16);
  // The last one may have ended between the two looks of `settled`.
  assert.equal(pings.length + pongs.length, 33);
  await eventually(async () => {
    const runs = [await probe.runs(system.client, 'ping'), await probe.runs(system.client, 'pong')].flat();
    return runs.every(({ status }) => status === 'SUCCESS');
  });
  const logs = [system.stateManager, ...others].flatMap((one) => one.events('trigger_chain_ended'));
  assert.equal(logs[0]?.count, 32);
});

test('three state managers that are killed between an end and what it starts lose none and repeat none', async () => {
  const redis = await startTestRedis();
  const own = new TriggerProbe(redis.url);
  const start = () => startTestStateManager(redis);
  let stateManagers = await Promise.all([start(), start(), start()]);
  const setup = new RawClient(stateManagers[0]!.address);
  let runtimes: RawRuntime[] = [];
  try {
    await setup.upsert('source', single('source'));
    for (const name of ['one', 'two'])
      await setup.upsert(name, single('waits', { after: { graph: 'source' } }));
    const ended: string[] = [];
    let hits = 0;
    for (let round = 0; round < 10 && hits === 0; round++) {
      const client = new RawClient(stateManagers[0]!.address);
      const runtime = system.open({ address: stateManagers[0]!.address });
      await runtime.hello({ nodes: [{ name: 'SourceNode' }], capacity: { total: 100 } });
      runtimes = [runtime];
      for (let i = 0; i < 50; i++) ended.push(await client.trigger('source'));
      const assignments = await runtime.assignments(50);
      for (const assignment of assignments) runtime.reportExecuted(assignment, [{}]);
      await runtime.acks(50);
      await Promise.all(stateManagers.map((stateManager) => stateManager.kill()));
      client.close();
      if ((await own.recordedEnds()) > 0) hits += 1;
      stateManagers = await Promise.all([start(), start(), start()]);
    }
    assert.ok(hits > 0, 'ends were recorded and not followed when all were killed');
    const client = new RawClient(stateManagers[0]!.address);
    await eventually(async () => (await own.recordedEnds()) === 0, { timeoutMs: 20_000 });
    for (const name of ['one', 'two']) {
      const runs = await own.runs(client, name);
      assert.deepEqual(runs.map(({ inputs }) => inputs.run_id as string).sort(), [...ended].sort());
    }
    client.close();
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.cut()));
    setup.close();
    await Promise.all(stateManagers.map((stateManager) => stateManager.stop()));
    own.stop();
    await redis.stop();
  }
});
