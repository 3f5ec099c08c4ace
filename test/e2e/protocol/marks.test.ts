/** Marks stand for work: cancel, pause and resume below states that were retried, have not reported, or have failed. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output, CancelRunRequest, RetryRunRequest, State__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem();
  redis = new Redis(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

let graphs = 0;

type Template = ReturnType<typeof nodeTemplate>;

/** Stores nodes under names that no other test has, and gives the graph's name and what the nodes are called. */
async function store(nodes: readonly Template[], maxRetries = 0) {
  const graphName = `marks-${++graphs}`;
  const own = nodes.map((node) => ({ ...node, node_name: `${graphName}.${node.identifier}` }));
  const retryPolicy = { max_retries: maxRetries, strategy: 'FIXED', backoff_factor: 1 };
  await system.client.upsert(graphName, { nodes: own, retry_policy: retryPolicy });
  return { graphName, nodeNames: own.map(({ node_name }) => node_name) };
}

/** A run whose root is handed out and has not reported. */
async function begun(nodes: readonly Template[], maxRetries = 0) {
  const { graphName, nodeNames } = await store(nodes, maxRetries);
  const runtime = await system.connect(nodeNames);
  const runId = await system.client.trigger(graphName);
  return { graphName, runtime, runId, root: await runtime.assignment() };
}

const chain = [nodeTemplate('first', ['second']), nodeTemplate('second')];
const merging = [
  nodeTemplate('split', ['work']),
  nodeTemplate('work', ['merge']),
  nodeTemplate('merge', [], {
    inputs: { counts: expression('unite.counts') },
    unites: { identifier: 'split', strategy: 'ALL_DONE' },
  }),
];

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

const idOf = ({ stateId = '' }: Assignment__Output): string => stateId;

/** `STATUS CODE` of each state of a place. */
async function endings(runId: string, identifier: string): Promise<string[]> {
  const told = ({ status, failure }: State__Output) =>
    `${status?.replace('STATE_STATUS_', '')} ${failure?.code ?? ''}`.trim();
  return (await system.client.states(runId, identifier)).map(told);
}

/** Fails a state for good, and waits for it. */
async function fail(runtime: RawRuntime, lease: Assignment__Output): Promise<void> {
  runtime.reportErrored(lease, 'BAD', true);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
}

/** Waits until no state manager has anything left to cancel. */
async function swept(): Promise<void> {
  const names = await redis.keys('*cancelling*');
  await eventually(async () => (names.length === 0 ? true : (await redis.zcard(names[0]!)) === 0));
}

test('what a retry by hand makes is not cancelled by a mark that is older', async () => {
  for (let round = 0; round < 24; round++) {
    const { runtime, runId, root } = await begun(chain);
    await fail(runtime, root);
    assert.equal(await retry({ runId, stateId: idOf(root) }), 1);
    const second = await runtime.assignment();
    // Both attempts name the same work. What is executed goes on: it did not grow from its own output.
    const named = round % 2 === 0 ? idOf(root) : idOf(second);
    const fanOut = round % 4 > 1;
    assert.equal(await cancel({ runId, stateId: named, fanOut }), true);
    await fail(runtime, second);
    assert.equal(await retry(round % 3 === 0 ? { runId } : { runId, stateId: idOf(second) }), 1);
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    const last = await runtime.assignment();
    assert.equal(last.identifier, 'second');
    runtime.reportExecuted(last, [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    assert.deepEqual(await endings(runId, 'second'), ['SUCCESS']);
    await system.disconnect();
  }
});

test('a mark below a state that has not reported holds what grows there later, however late that is', async () => {
  for (const [isLate, fanOut] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const { runtime, runId, root } = await begun(merging);
    assert.equal(await cancel({ runId, stateId: idOf(root), fanOut, reason: 'no more' }), true);
    assert.equal(await cancel({ runId, stateId: idOf(root), fanOut }), false, 'it is marked');
    if (isLate) await swept();
    runtime.reportExecuted(root, [{}, {}, {}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED', 'it did not grow from itself');
    if (!fanOut) {
      const others = await runtime.assignments(2);
      for (const lease of others) runtime.reportExecuted(lease, [{}]);
    }
    const merge = await runtime.assignment();
    const { counts } = JSON.parse(merge.inputsJson ?? '');
    assert.deepEqual([counts.total, counts.failed, counts.succeeded], fanOut ? [3, 3, 0] : [3, 1, 2]);
    runtime.reportExecuted(merge, [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    const cancelled = (await system.client.states(runId, 'work')).filter(({ failure }) => failure);
    assert.equal(cancelled.length, fanOut ? 3 : 1);
    for (const { failure } of cancelled) {
      assert.equal(failure?.code, 'CANCELLED');
      assert.match(failure?.message ?? '', /no more/);
    }
    await swept();
    await system.disconnect();
  }
});

test('a mark holds for the attempts of a retry policy, whichever was named', async () => {
  for (const which of ['the one that failed', 'the one that is under way'] as const) {
    const { runtime, runId, root } = await begun(chain, 2);
    runtime.reportErrored(root, 'BAD');
    const second = await runtime.assignment();
    const stateId = which === 'the one that failed' ? idOf(root) : idOf(second);
    assert.equal(await cancel({ runId, stateId }), true);
    await swept();
    runtime.reportErrored(second, 'BAD');
    const third = await runtime.assignment();
    assert.equal(third.attempt, 3);
    runtime.reportExecuted(third, [{}]);
    assert.equal((await system.client.end(runId)).status, 'FAILED');
    assert.deepEqual(await endings(runId, 'second'), ['CANCELLED CANCELLED']);
    // The mark has done its work: what it has cancelled can be retried.
    assert.equal(await retry({ runId, stateId, below: true }), 1);
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    await system.disconnect();
  }
});

test('a pause below a state that was retried holds what its other attempts grow, until either is resumed', async () => {
  for (const isByHand of [true, false]) {
    const { graphName, runtime, runId, root } = await begun(chain, isByHand ? 0 : 1);
    runtime.reportErrored(root, 'BAD');
    if (isByHand) await eventually(async () => (await system.client.run(runId)).endTime);
    if (isByHand) assert.equal(await retry({ runId, stateId: idOf(root) }), 1);
    const again = await runtime.assignment();
    assert.equal(await pause({ runId, stateId: idOf(root) }), true);
    assert.equal(await pause({ runId, stateId: idOf(again) }), false, 'it is the same work');
    await runtime.acks(1);
    runtime.reportExecuted(again, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    // What another run has ready goes past it.
    const other = await system.client.trigger(graphName);
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    assert.equal((await runtime.assignment()).runId, other);
    assert.deepEqual(await endings(runId, 'second'), ['CREATED']);
    assert.equal(runtime.waiting('assignments'), 0);
    assert.equal(await resume({ runId, stateId: idOf(again) }), true);
    assert.equal(await resume({ runId, stateId: idOf(root) }), false);
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    await system.disconnect();
  }
});

test('a resume takes its pause away when the run has ended, so that a retry by hand goes on', async () => {
  for (const isBelow of [false, true]) {
    const { runtime, runId, root } = await begun(chain);
    runtime.reportExecuted(root, [{}]);
    const second = await runtime.assignment();
    const target = { runId, ...(isBelow && { stateId: idOf(root) }) };
    assert.equal(await pause(target), true);
    await runtime.acks(1);
    await fail(runtime, second);
    assert.equal((await system.client.end(runId)).status, 'FAILED');
    assert.equal(await pause(target), false, 'there is nothing to hold');
    assert.deepEqual([await resume(target), await resume(target)], [true, false]);
    assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_FAILED');
    assert.equal(await retry({ runId }), 1);
    assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_RUNNING');
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    await system.disconnect();
  }
});

test('a run that was paused when it ended is paused when it is retried, and goes on when it is resumed', async () => {
  const { runtime, runId, root } = await begun(chain);
  assert.equal(await pause({ runId }), true);
  await fail(runtime, root);
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  assert.equal(await retry({ runId }), 1);
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_PAUSED');
  assert.equal(await resume({ runId }), true);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('nothing changes below work that has ended without outputs, which says so', async () => {
  const { runtime, runId, root } = await begun(merging);
  runtime.reportExecuted(root, [{}, {}]);
  const [bad, good] = await runtime.assignments(2);
  await runtime.acks(1);
  await fail(runtime, bad!);
  for (const fanOut of [false, true]) {
    const target = { runId, stateId: idOf(bad!), fanOut };
    assert.deepEqual(
      [await cancel(target), await pause(target), await resume(target)],
      [false, false, false],
    );
  }
  assert.equal(await pause({ runId, stateId: idOf(good!) }), true);
  runtime.reportExecuted(good!, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  assert.equal(await resume({ runId, stateId: idOf(good!) }), true);
});

test('an open fan-out that is cancelled before its first emit ends with it, and is answered', async () => {
  const { graphName, nodeNames } = await store(merging);
  const [splitName = '', ...rest] = nodeNames;
  const runtime = await system.connect([{ name: splitName, openFanOut: true }, ...rest]);
  const runId = await system.client.trigger(graphName);
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  assert.equal(await cancel({ runId, stateId, fanOut: true }), true);
  await swept();
  runtime.send({ emits: { items: [{ stateId, leaseToken, outputs: [{ outputJson: '{}' }] }] } });
  const { items = [] } = await runtime.next('cancellations');
  assert.deepEqual([items[0]?.stateId, items[0]?.reason], [stateId, 'CANCELLED']);
  const merge = await runtime.assignment();
  assert.equal(merge.identifier, 'merge');
  runtime.reportExecuted(merge, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  assert.deepEqual(await endings(runId, 'work'), ['CANCELLED CANCELLED']);
});

test('the own output of an open fan-out is none: a mark there holds no output that it emits', async () => {
  const { graphName, nodeNames } = await store(merging);
  const [splitName = '', ...rest] = nodeNames;
  const runtime = await system.connect([{ name: splitName, openFanOut: true }, ...rest]);
  const runId = await system.client.trigger(graphName);
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  assert.equal(await cancel({ runId, stateId }), true, 'nobody knows yet that it emits');
  const emit = (firstIndex: number) =>
    runtime.send({
      emits: { items: [{ stateId, leaseToken, firstIndex, outputs: [{ outputJson: '{}' }] }] },
    });
  emit(0);
  const first = await runtime.assignment();
  assert.equal(first.identifier, 'work');
  assert.equal(await cancel({ runId, stateId }), false, 'now it is known');
  assert.equal(await cancel({ runId, stateId: `${stateId}.1` }), true);
  emit(1);
  const second = await runtime.assignment();
  runtime.reportExecuted(second, [{}]);
  runtime.report({ stateId, leaseToken }, { executed: { emitCount: 2 } });
  const merge = await runtime.assignment();
  const { counts } = JSON.parse(merge.inputsJson ?? '');
  assert.deepEqual([counts.total, counts.failed, counts.succeeded], [2, 1, 1]);
  runtime.reportExecuted(merge, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});
