/** Cancel, pause, resume and retry as a runtime sees them: what it is handed, what it is told, how it is answered. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  Assignment__Output,
  Cancellation__Output,
  CancelRunRequest,
  ExplainUniteResponse__Output,
  RetryRunRequest,
  State__Output,
} from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

let graphs = 0;

/** Stores nodes under names that no other test has, and gives the graph's name and what the nodes are called. */
async function store(nodes: readonly ReturnType<typeof nodeTemplate>[]) {
  const graphName = `control-${++graphs}`;
  const own = nodes.map((node) => ({ ...node, node_name: `${graphName}.${node.identifier}` }));
  await system.client.upsert(graphName, { nodes: own, retry_policy: { max_retries: 0 } });
  return { graphName, nodeNames: own.map(({ node_name }) => node_name) };
}

const merging = (policy: object = {}) => [
  nodeTemplate('split', ['work']),
  nodeTemplate('work', ['merge'], { inputs: { index: expression('split.outputs.index') } }),
  nodeTemplate('merge', ['end'], {
    inputs: { indexes: expression('work.outputs.index'), counts: expression('unite.counts') },
    unites: { identifier: 'split', ...policy },
  }),
  nodeTemplate('end', [], { inputs: { indexes: expression('merge.outputs.indexes') } }),
];

const indexes = (count: number) => Array.from({ length: count }, (_, index) => ({ index }));

const inputsOf = ({ inputsJson = '' }: Assignment__Output): Record<string, unknown> => JSON.parse(inputsJson);

/** Starts a run, answers its first state with `count` outputs, and gives the id of that state. */
async function fanOut(runtime: RawRuntime, graphName: string, count: number) {
  const runId = await system.client.trigger(graphName);
  const { stateId = '', ...lease } = await runtime.assignment();
  runtime.reportExecuted({ stateId, ...lease }, indexes(count));
  await runtime.ack();
  return { runId, stateId };
}

const isChanged = ({ changed = false }: { readonly changed?: boolean }): boolean => changed;
const cancel = async (request: CancelRunRequest): Promise<boolean> =>
  isChanged(await system.client.call((...more) => system.client.runs.cancelRun(request, ...more)));
const pause = async (request: CancelRunRequest): Promise<boolean> =>
  isChanged(await system.client.call((...more) => system.client.runs.pauseRun(request, ...more)));
const resume = async (request: CancelRunRequest): Promise<boolean> =>
  isChanged(await system.client.call((...more) => system.client.runs.resumeRun(request, ...more)));
const retry = async (request: RetryRunRequest): Promise<number> =>
  (await system.client.call<{ retried?: number }>((...more) => system.client.runs.retryRun(request, ...more)))
    .retried ?? 0;

/** The cancellations that a runtime is sent, from as many frames as they come in. */
async function cancellations(runtime: RawRuntime, count: number): Promise<Cancellation__Output[]> {
  const items: Cancellation__Output[] = [];
  while (items.length < count) items.push(...((await runtime.next('cancellations')).items ?? []));
  return items;
}

/** `STATUS CODE` of each state of a place. */
async function endings(runId: string, identifier: string): Promise<string[]> {
  const told = ({ status, failure }: State__Output) =>
    `${status?.replace('STATE_STATUS_', '')} ${failure?.code ?? ''}`.trim();
  return (await system.client.states(runId, identifier)).map(told);
}

test('what is cancelled is handed out no more, its runtime is told, and its report is answered as settled', async () => {
  const { graphName, nodeNames } = await store(merging());
  const runtime = await system.connect(nodeNames, { capacity: { total: 2 } });
  const { runId } = await fanOut(runtime, graphName, 250);
  const held = await runtime.assignments(2);
  assert.equal(await cancel({ runId, reason: 'enough' }), true);
  const told = await cancellations(runtime, 2);
  assert.deepEqual(
    told.map(({ stateId, leaseToken, reason }) => [stateId, leaseToken, reason]).sort(),
    held.map(({ stateId, leaseToken }) => [stateId, leaseToken, 'CANCELLED']).sort(),
  );
  for (const lease of held) runtime.reportExecuted(lease, [{}]);
  for (const { status } of await runtime.acks(2)) assert.equal(status, 'ACK_STATUS_ALREADY_SETTLED');
  assert.equal((await system.client.end(runId)).status, 'CANCELLED');
  assert.equal(runtime.waiting('assignments'), 0);
  assert.deepEqual(new Set(await endings(runId, 'work')), new Set(['CANCELLED CANCELLED']));
  assert.deepEqual(await endings(runId, 'merge'), ['CANCELLED UNITE_CANCELLED']);
  assert.equal(await cancel({ runId }), false);
});

const nested = [
  nodeTemplate('outer', ['inner']),
  nodeTemplate('inner', ['work'], { inputs: { index: expression('outer.outputs.index') } }),
  nodeTemplate('work', ['gather']),
  nodeTemplate('gather', ['all'], { unites: { identifier: 'inner' } }),
  nodeTemplate('all', [], {
    inputs: { counts: expression('unite.counts'), failures: expression('unite.failures') },
    unites: { identifier: 'outer', strategy: 'ALL_DONE' },
  }),
];

/** A run of two branches whose inner fan-outs have two branches each, with all four `work` held. */
async function startNested() {
  const { graphName, nodeNames } = await store(nested);
  const runtime = await system.connect(nodeNames);
  const { runId, stateId } = await fanOut(runtime, graphName, 2);
  for (const inner of await runtime.assignments(2)) runtime.reportExecuted(inner, indexes(2));
  return { runtime, runId, stateId, work: await runtime.assignments(4) };
}

test('below one output all is cancelled with the unites in there, and the unite around sees one failed branch', async () => {
  const { runtime, runId, stateId, work } = await startNested();
  assert.equal(await cancel({ runId, stateId: `${stateId}.1` }), true);
  await cancellations(runtime, 2);
  const states = await system.client.states(runId, 'work');
  const goesOn = states.filter(({ path = '' }) => path.startsWith('0.')).map((state) => state.stateId);
  for (const lease of work.filter((one) => goesOn.includes(one.stateId))) runtime.reportExecuted(lease, [{}]);
  const gather = await runtime.assignment();
  runtime.reportExecuted(gather, [{}]);
  const all = await runtime.assignment();
  const { counts, failures } = inputsOf(all);
  assert.deepEqual(counts, { total: 2, succeeded: 1, failed: 1, pruned: 0, unfinished: 0, left_out: 0 });
  assert.deepEqual(
    (failures as { identifier: string; code: string }[]).map((one) => `${one.identifier} ${one.code}`),
    ['gather UNITE_CANCELLED'],
  );
  assert.deepEqual((await endings(runId, 'gather')).sort(), ['CANCELLED UNITE_CANCELLED', 'SUCCESS']);
  runtime.reportExecuted(all, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');

  assert.equal(await retry({ runId, stateId: `${stateId}.1`, below: true }), 2);
  for (const lease of await runtime.assignments(2)) runtime.reportExecuted(lease, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const again = await runtime.assignment();
  assert.deepEqual(inputsOf(again).counts, {
    total: 2,
    succeeded: 2,
    failed: 0,
    pruned: 0,
    unfinished: 0,
    left_out: 0,
  });
  runtime.reportExecuted(again, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('with fan_out what grew from all outputs is cancelled, and the unite of that execution lies around it', async () => {
  const { runtime, runId, stateId } = await startNested();
  assert.equal(await cancel({ runId, stateId, fanOut: true }), true);
  const all = await runtime.assignment();
  assert.deepEqual(inputsOf(all).counts, {
    total: 2,
    succeeded: 0,
    failed: 2,
    pruned: 0,
    unfinished: 0,
    left_out: 0,
  });
  assert.deepEqual(await endings(runId, 'gather'), [
    'CANCELLED UNITE_CANCELLED',
    'CANCELLED UNITE_CANCELLED',
  ]);
  runtime.reportExecuted(all, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('a paused run hands out nothing new, what executes goes on, and resuming hands out what has become ready', async () => {
  const { graphName, nodeNames } = await store([nodeTemplate('split', ['work']), nodeTemplate('work')]);
  const runtime = await system.connect(nodeNames);
  const runId = await system.client.trigger(graphName);
  const root = await runtime.assignment();
  assert.deepEqual([await pause({ runId }), await pause({ runId })], [true, false]);
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_PAUSED');
  runtime.reportExecuted(root, indexes(3));
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  // A run that is not paused goes past it.
  const other = await fanOut(runtime, graphName, 3);
  const work = await runtime.assignments(3);
  assert.deepEqual(new Set(work.map((one) => one.runId)), new Set([other.runId]));
  assert.deepEqual(await endings(runId, 'work'), ['CREATED', 'CREATED', 'CREATED']);
  assert.deepEqual([await resume({ runId }), await resume({ runId })], [true, false]);
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_RUNNING');
  const resumed = await runtime.assignments(3);
  assert.deepEqual(new Set(resumed.map((one) => one.runId)), new Set([runId]));
  for (const lease of [...work, ...resumed]) runtime.reportExecuted(lease, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('a pause below a state holds what grew from that output, or with fan_out from all, until it is taken back', async () => {
  const chained = [
    nodeTemplate('split', ['work'], {}),
    nodeTemplate('work', ['then'], { inputs: { index: expression('split.outputs.index') } }),
    nodeTemplate('then', [], { inputs: { index: expression('split.outputs.index') } }),
  ];
  const { graphName, nodeNames } = await store(chained);
  const splitter = await system.connect(nodeNames.slice(0, 1));
  const { runId, stateId } = await fanOut(splitter, graphName, 2);
  const second = { runId, stateId: `${stateId}.1` };
  assert.deepEqual([await pause(second), await pause(second)], [true, false]);
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_RUNNING');
  const runtime = await system.connect(nodeNames.slice(1));
  for (const identifier of ['work', 'then']) {
    const only = await runtime.assignment();
    assert.deepEqual([only.identifier, inputsOf(only)], [identifier, { index: 0 }]);
    runtime.reportExecuted(only, [{}]);
    await runtime.ack();
  }
  // Another pause that holds it as well, so that taking back the first one does not let it go.
  const all = { runId, stateId, fanOut: true };
  assert.equal(await pause(all), true);
  assert.deepEqual([await resume(second), await resume(second)], [true, false]);
  const other = await fanOut(splitter, graphName, 1);
  const before = await runtime.assignment();
  assert.equal(before.runId, other.runId);
  assert.deepEqual(await endings(runId, 'work'), ['SUCCESS', 'CREATED']);
  assert.equal(await resume(all), true);
  const held = await runtime.assignment();
  assert.deepEqual([held.runId, held.identifier, inputsOf(held)], [runId, 'work', { index: 1 }]);
  runtime.reportExecuted(held, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('a retry supersedes what the unite grew: taken back if unfinished, shown, counted nowhere, and the run goes on', async () => {
  const { graphName, nodeNames } = await store(merging({ strategy: 'ALL_DONE' }));
  const runtime = await system.connect(nodeNames);
  const { runId } = await fanOut(runtime, graphName, 2);
  const [good, bad] = await runtime.assignments(2);
  runtime.reportExecuted(good!, [{ index: 0 }]);
  runtime.reportErrored(bad!, 'BAD');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const superseded = await runtime.assignment();
  assert.equal(superseded.identifier, 'end');

  assert.equal(await retry({ runId, stateId: bad!.stateId ?? '' }), 1);
  const again = await runtime.assignment();
  assert.deepEqual([again.identifier, again.attempt, again.idempotencyKey], ['work', 2, bad!.idempotencyKey]);
  const [cancellation] = await cancellations(runtime, 1);
  assert.deepEqual([cancellation?.stateId, cancellation?.reason], [superseded.stateId, 'SUPERSEDED']);
  await runtime.acks(3);
  runtime.reportExecuted(superseded, [{ stale: true }]);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');

  runtime.reportExecuted(again, [{ index: 1 }]);
  const merge = await runtime.assignment();
  assert.deepEqual(inputsOf(merge), {
    indexes: [0, 1],
    counts: { total: 2, succeeded: 2, failed: 0, pruned: 0, unfinished: 0, left_out: 0 },
  });
  runtime.reportExecuted(merge, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{ last: true }]);
  const { status, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ last: true }]);
  assert.deepEqual(await endings(runId, 'work'), ['SUCCESS', 'RETRY_CREATED BAD', 'SUCCESS']);
  assert.deepEqual(await endings(runId, 'merge'), ['SUCCESS', 'SUCCESS']);
  assert.deepEqual(await endings(runId, 'end'), ['CANCELLED SUPERSEDED', 'SUCCESS']);
  const { scopes = [] } = await system.client.call<ExplainUniteResponse__Output>((...more) =>
    system.client.runs.explainUnite({ runId }, ...more),
  );
  assert.deepEqual(
    scopes.map(({ generation, counts }) => [generation, counts?.succeeded, counts?.failed ?? 0]),
    [[2, 2, 0]],
  );
});

test('failed and cancelled states are retried: all below an output, all below an execution, or all of a run', async () => {
  const { graphName, nodeNames } = await store(merging());
  const runtime = await system.connect(nodeNames);
  const { runId, stateId } = await fanOut(runtime, graphName, 4);
  for (const lease of await runtime.assignments(4)) {
    if (inputsOf(lease).index === 0) runtime.reportExecuted(lease, [{ index: 0 }]);
    else if (inputsOf(lease).index === 3) await cancel({ runId, stateId: `${stateId}.3` });
    else runtime.reportErrored(lease, 'BAD');
  }
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  assert.deepEqual(await endings(runId, 'merge'), ['ERRORED UNITE_UNSATISFIED']);

  const held: Assignment__Output[] = [];
  for (const [request, index, status] of [
    [{ stateId: `${stateId}.1`, below: true }, 1, 'RUN_STATUS_RUNNING'],
    [{ stateId: `${stateId}.1`, below: true }, undefined, 'RUN_STATUS_RUNNING'],
  ] as const) {
    assert.equal(await retry({ runId, ...request }), index === undefined ? 0 : 1);
    if (index !== undefined) held.push(await runtime.assignment());
    assert.equal((await system.client.run(runId)).status, status);
  }
  assert.equal(await retry({ runId, stateId, below: true, fanOut: true }), 2);
  held.push(...(await runtime.assignments(2)));
  assert.deepEqual(held.map((lease) => inputsOf(lease).index).sort(), [1, 2, 3]);
  for (const lease of held) runtime.reportErrored(lease, 'AGAIN');
  await eventually(async () => (await system.client.run(runId)).endTime);

  assert.equal(await retry({ runId }), 3);
  for (const lease of await runtime.assignments(3)) {
    assert.equal(lease.attempt, 3);
    runtime.reportExecuted(lease, [{ index: inputsOf(lease).index }]);
  }
  const merge = await runtime.assignment();
  assert.deepEqual(inputsOf(merge).indexes, [0, 1, 2, 3]);
  runtime.reportExecuted(merge, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('only what has failed or was cancelled by a user can be retried, and no unite that gave up', async () => {
  const { graphName, nodeNames } = await store(merging({ strategy: 'QUORUM', min_success: 1 }));
  const runtime = await system.connect(nodeNames);
  const { runId } = await fanOut(runtime, graphName, 3);
  const [pruned, good, decided] = await runtime.assignments(3);
  const refusals = async (...stateIds: (string | undefined)[]) => {
    for (const stateId of stateIds) {
      const { code, reason } = await refusalOf(retry({ runId, stateId: stateId! }));
      assert.deepEqual([code, reason], ['FAILED_PRECONDITION', 'STATE_NOT_RETRYABLE'], stateId);
    }
  };
  await refusals(good!.stateId);
  runtime.report(pruned!, { pruned: {} });
  runtime.reportExecuted(good!, [{}]);
  await cancellations(runtime, 1);
  assert.deepEqual((await endings(runId, 'work')).sort(), ['CANCELLED UNITE_DECIDED', 'PRUNED', 'SUCCESS']);
  await refusals(pruned!.stateId, good!.stateId, decided!.stateId);
  assert.equal((await runtime.assignment()).identifier, 'merge');
  await cancel({ runId });
  await system.client.end(runId);

  const gaveUp = await system.client.trigger(graphName);
  runtime.reportExecuted(await runtime.assignment(), []);
  assert.equal((await system.client.end(gaveUp)).status, 'FAILED');
  const [merge] = await system.client.states(gaveUp, 'merge');
  assert.equal(merge?.failure?.code, 'UNITE_UNSATISFIED');
  const { reason, message } = await refusalOf(retry({ runId: gaveUp, stateId: merge.stateId! }));
  assert.equal(reason, 'STATE_NOT_RETRYABLE');
  assert.match(message, /retry what failed in its branches/);
  assert.equal(await retry({ runId: gaveUp }), 0);
});

test('a retry that races the report which decides its unite: in either order each branch counts once, in one result', async () => {
  const { graphName, nodeNames } = await store(merging({ strategy: 'ALL_DONE' }));
  const runtime = await system.connect(nodeNames, { capacity: { total: 1_000 } });
  const answer = (lease: Assignment__Output): void => {
    const { index, indexes: united } = inputsOf(lease);
    runtime.reportExecuted(lease, [lease.identifier === 'work' ? { index } : { indexes: united }]);
  };
  const rounds: { runId: string; good: Assignment__Output; bad: Assignment__Output }[] = [];
  for (let i = 0; i < 18; i++) {
    const { runId } = await fanOut(runtime, graphName, 2);
    const [good, bad] = await runtime.assignments(2);
    runtime.reportErrored(bad!, 'BAD');
    await runtime.ack();
    rounds.push({ runId, good: good!, bad: bad! });
  }
  const retries = rounds.map(async ({ runId, good, bad }, i) => {
    // Some before the retry, some beside it, some behind it.
    if (i % 3 === 0) answer(good);
    const retried = retry({ runId, stateId: bad.stateId ?? '' });
    if (i % 3 === 1) answer(good);
    assert.equal(await retried, 1);
    if (i % 3 === 2) answer(good);
  });
  const isRetried = Promise.all(retries);
  let ended = 0;
  const ends = rounds.map(async ({ runId }) => {
    await isRetried;
    const end = await system.client.end(runId);
    ended += 1;
    return end;
  });
  await eventually(
    async () => {
      while (runtime.waiting('assignments') > 0) for (const one of await runtime.assignments(1)) answer(one);
      return ended === rounds.length;
    },
    { intervalMs: 2 },
  );
  for (const { status, outputs } of await Promise.all(ends)) {
    assert.equal(status, 'SUCCESS');
    assert.deepEqual(
      outputs.map(({ indexes: united }) => (united as number[]).length),
      [2],
    );
  }
  const merges = await Promise.all(rounds.map(({ runId }) => endings(runId, 'merge')));
  assert.ok(
    merges.some((ones) => ones.length > 1),
    'some retries came after their unite had fired',
  );
  assert.ok(
    merges.some((ones) => ones.length === 1),
    'and some before',
  );
});
