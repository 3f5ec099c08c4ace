/** Rates at which states are handed out: over runs, graphs, state managers and runtimes, and by key. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output, GetRunResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let second: TestStateManager;

before(async () => {
  system = await startSystem({ FANOUT_LEASE_MS: '2000' });
  second = await startTestStateManager(system.redis, { FANOUT_LEASE_MS: '2000' });
});
afterEach(() => system.disconnect());
after(async () => {
  await second?.stop();
  await system?.stop();
});

/** A state that a runtime was handed, and when it came, by `performance.now()`. */
interface Handed {
  readonly at: number;
  readonly assignment: Assignment__Output;
}

/** Executes whatever comes, and tells of states of limited nodes. `split` returns what `values` says. */
async function execute(runtime: RawRuntime, values: readonly object[], handed: Handed[]): Promise<void> {
  for (;;) {
    const items = await runtime.assignments(1, 60_000).catch(() => undefined);
    if (!items) return;
    for (const assignment of items) {
      if (assignment.identifier !== 'split') handed.push({ at: performance.now(), assignment });
      runtime.reportExecuted(assignment, assignment.identifier === 'split' ? [...values] : [{}]);
    }
  }
}

/** Most states that came within a span. What the way to a runtime takes may differ from state to state: so a fifth less is looked at. */
function mostWithin(handed: readonly Handed[], perMs: number): number {
  const instants = handed.map(({ at }) => at).sort((left, right) => left - right);
  return Math.max(
    ...instants.map((from) => instants.filter((at) => at >= from && at < from + perMs * 0.8).length),
  );
}

function fanOut(rate: object, name: string) {
  return {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: `${name}.split` }),
      nodeTemplate('work', [], {
        node_name: `${name}.work`,
        inputs: { customer: expression('split.outputs.customer') },
        rate,
      }),
    ],
  };
}

test('no more than the limit are handed out in any span, over runs, runtimes and state managers', async () => {
  const nodes = ['Rate.split', 'Rate.work'];
  const runtimes = [
    await system.connect(nodes),
    await system.connect(nodes, {}, { address: second.address }),
    await system.connect(nodes, { capacity: { total: 5 } }, { address: second.address }),
  ];
  const handed: Handed[] = [];
  const values = Array.from({ length: 30 }, () => ({}));
  const executing = runtimes.map((runtime) => execute(runtime, values, handed));
  const graph = fanOut({ limit: 10, per_ms: 500 }, 'Rate');
  await system.client.upsert('rate', graph);
  const began = performance.now();
  const runs = await Promise.all([system.client.trigger('rate'), system.client.trigger('rate')]);
  for (const runId of runs) assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  const tookMs = performance.now() - began;
  assert.equal(handed.length, 60);
  assert.equal(new Set(handed.map(({ assignment }) => assignment.stateId)).size, 60);
  assert.ok(mostWithin(handed, 500) <= 10, `${mostWithin(handed, 500)} in 400 ms`);
  assert.ok(tookMs > 2_400 && tookMs < 15_000, `60 states at 10 per 500 ms took ${tookMs} ms`);
  assert.ok(handed.every(({ assignment }) => assignment.attempt === 1));
  await system.disconnect();
  await Promise.all(executing);
});

test('each key has the whole rate, and one that is used up keeps no other', async () => {
  const nodes = ['Key.split', 'Key.work'];
  const handed: Handed[] = [];
  // The first customer has far more than any other.
  const values = [
    ...Array.from({ length: 20 }, () => ({ customer: 'many' })),
    ...['a', 'b', 'c', 'd'].map((customer) => ({ customer })),
  ];
  const executing = [
    execute(await system.connect(nodes), values, handed),
    execute(await system.connect(nodes, {}, { address: second.address }), values, handed),
  ];
  const graph = fanOut({ limit: 5, per_ms: 400, key: expression('split.outputs.customer') }, 'Key');
  const runId = await system.client.start('by-key', graph);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  const customerOf = ({ assignment }: Handed) =>
    (JSON.parse(assignment.inputsJson ?? '') as { customer: string }).customer;
  const first = handed[0]!.at;
  const many = handed.filter((one) => customerOf(one) === 'many');
  assert.equal(many.length, 20);
  assert.ok(mostWithin(many, 400) <= 5);
  assert.ok(many.at(-1)!.at - first > 1_100, 'the last of twenty comes in the fourth span');
  const others = handed.filter((one) => customerOf(one) !== 'many');
  assert.equal(others.length, 4);
  assert.ok(
    others.every(({ at }) => at - first < 350),
    'others wait for none of them',
  );
  await system.disconnect();
  await Promise.all(executing);
});

test('the rate of a node holds over all graphs that name it, by a value of its inputs', async () => {
  const nodes = [
    { name: 'Shared.split' },
    { name: 'Shared.work', rate: { limit: 4, perMs: 400, key: 'customer' } },
  ];
  const handed: Handed[] = [];
  const values = Array.from({ length: 6 }, () => ({ customer: 'one' }));
  const executing = [
    execute(await system.connect(nodes), values, handed),
    execute(await system.connect(nodes, {}, { address: second.address }), values, handed),
  ];
  const graph = {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Shared.split' }),
      nodeTemplate('work', [], {
        node_name: 'Shared.work',
        inputs: { customer: expression('split.outputs.customer') },
      }),
    ],
  };
  const runs = [await system.client.start('first', graph), await system.client.start('second', graph)];
  for (const runId of runs) assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  assert.equal(handed.length, 12);
  assert.ok(mostWithin(handed, 400) <= 4);
  await system.disconnect();
  await Promise.all(executing);
});

test('a runtime is handed no more of a node than it takes, whatever the rate lets through', async () => {
  const runtime = await system.connect(['Own.split', 'Own.work'], {
    capacity: { total: 100, perNode: { 'Own.work': 1 } },
  });
  const runId = await system.client.start('own', fanOut({ limit: 50, per_ms: 1_000 }, 'Own'));
  runtime.reportExecuted(await runtime.assignment(), [{}, {}, {}]);
  for (let state = 0; state < 3; state++) {
    const items = await runtime.assignments(1);
    assert.equal(items.length, 1);
    const { counts } = await system.client.run(runId);
    assert.equal(counts?.[1]?.queued, 1);
    runtime.reportExecuted(items[0]!, [{}]);
  }
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('versions of a graph with other rates at one place go on side by side', async () => {
  const runtime = await system.connect(['Both.split', 'Both.work']);
  const old = await system.client.start('both', fanOut({ limit: 10, per_ms: 200 }, 'Both'));
  runtime.reportExecuted(
    await runtime.assignment(),
    Array.from({ length: 20 }, () => ({})),
  );
  const fresh = await system.client.start('both', fanOut({ limit: 5, per_ms: 200 }, 'Both'));
  const handed: Handed[] = [];
  const executing = execute(
    runtime,
    Array.from({ length: 20 }, () => ({})),
    handed,
  );
  for (const runId of [old, fresh]) assert.equal((await system.client.end(runId, 30_000)).status, 'SUCCESS');
  assert.equal(handed.length, 40);
  await system.disconnect();
  await executing;
});

test('what waits for a rate says so, and when the next ones are let through', async () => {
  const runtime = await system.connect(['Wait.split', 'Wait.work']);
  const graph = fanOut({ limit: 2, per_ms: 60_000 }, 'Wait');
  const runId = await system.client.start('waiting', graph);
  runtime.reportExecuted(await runtime.assignment(), [{}, {}, {}, {}, {}]);
  const items = await runtime.assignments(2);
  assert.equal(items.length, 2);
  const wait = await eventually(async () => {
    const { waits = [] } = await system.client.call<GetRunResponse__Output>((...more) =>
      system.client.runs.getRun({ runId, includeWaits: true }, ...more),
    );
    return waits.find(({ reason, count }) => reason === 'WAIT_REASON_RATE' && count === 3);
  });
  assert.match(
    wait.text ?? '',
    /^3 states of work wait: the rate of work, 2 per 60 s over all runs, lets the next through in [1-9]\d+ ms$/,
  );
  assert.ok(wait.dueTime);
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
});

test('a state manager that is killed gives nobody more than the limit, and all are done', async () => {
  const third = await startTestStateManager(system.redis, { FANOUT_LEASE_MS: '2000' });
  const nodes = ['Kill.split', 'Kill.work'];
  const handed: Handed[] = [];
  const values = Array.from({ length: 40 }, () => ({}));
  const executing = [
    execute(await system.connect(nodes), values, handed),
    execute(await system.connect(nodes, {}, { address: third.address }), values, handed),
  ];
  const runId = await system.client.start('killed', fanOut({ limit: 10, per_ms: 500 }, 'Kill'));
  await eventually(async () => handed.length >= 15 || undefined);
  await third.kill();
  assert.equal((await system.client.end(runId, 60_000)).status, 'SUCCESS');
  assert.ok(mostWithin(handed, 500) <= 10, `${mostWithin(handed, 500)} in 400 ms`);
  assert.ok(new Set(handed.map(({ assignment }) => assignment.idempotencyKey)).size === 40);
  await system.disconnect();
  await Promise.all(executing);
});
