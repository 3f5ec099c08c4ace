/** Waiting for runs: what it takes, and how soon it is told across state managers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { WatchRunResponse__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { RawCalls } from '../../support/raw/raw-calls.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import { monitorRedis } from '../../support/redis-monitor.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let other: TestStateManager;
let redis: Redis;

before(async () => {
  system = await startSystem();
  other = await startTestStateManager(system.redis);
  redis = new Redis(system.redis.url);
});
after(async () => {
  redis?.disconnect();
  await other?.stop();
  await system?.stop();
});

/** Calls of commands that read a run, so far. */
async function readsOfRuns(): Promise<number> {
  const stats = await redis.info('commandstats');
  return ['hget', 'hmget', 'hgetall'].reduce(
    (sum, name) => sum + Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
    0,
  );
}

test('a watch is told of what another state manager does to the run, without a look of its own', async () => {
  const runtime = await system.connect(['Far.source', 'Far.work'], {}, { address: other.address });
  const runId = await system.client.start('far', {
    nodes: [
      nodeTemplate('source', ['work'], { node_name: 'Far.source' }),
      nodeTemplate('work', [], { node_name: 'Far.work' }),
    ],
  });
  const stream = system.client.runs.watchRun({ runId, omitResults: true });
  const seen = { finished: 0, status: '' };
  stream.on('data', ({ run }: WatchRunResponse__Output) => {
    seen.finished = (run?.counts ?? []).reduce((sum, { success = 0 }) => sum + success, 0);
    seen.status = run?.status ?? '';
  });
  const root = await runtime.assignment();
  // Until then storage is asked often enough to find it out.
  await delay(3_200);
  runtime.reportExecuted(root, [{}, {}]);
  await eventually(() => seen.finished >= 2, { timeoutMs: 1_000 });
  for (const [i, lease] of (await runtime.assignments(2)).entries()) {
    const done = i + 1;
    runtime.reportExecuted(lease, [{}]);
    await eventually(() => seen.finished >= 2 + done, { timeoutMs: 1_000 });
  }
  assert.equal(seen.status, 'RUN_STATUS_SUCCESS');
});

test('a watch of the end only has one snapshot, and then the results', async () => {
  const runtime = await system.connect(['Once.node']);
  const runId = await system.client.start('once', {
    nodes: [nodeTemplate('once', [], { node_name: 'Once.node' })],
  });
  const messages: WatchRunResponse__Output[] = [];
  const stream = system.client.runs.watchRun({ runId, endOnly: true });
  stream.on('data', (message: WatchRunResponse__Output) => messages.push(message));
  const ended = new Promise((resolve) => stream.on('end', resolve));
  const lease = await runtime.assignment();
  await delay(300);
  assert.equal(messages.length, 0);
  runtime.reportExecuted(lease, [{ a: 1 }]);
  await ended;
  assert.deepEqual(
    messages.map(({ run, results = [] }) => [run?.status, results.length]),
    [
      ['RUN_STATUS_SUCCESS', 0],
      [undefined, 1],
    ],
  );
});

test('a call whose run ends with a step of its state manager reads nothing of the run', async () => {
  const runtime = await system.connect(['Lean.first', 'Lean.last'], { capacity: { total: 1 } });
  await system.client.upsert('lean', {
    nodes: [
      nodeTemplate('first', ['last'], { node_name: 'Lean.first' }),
      nodeTemplate('last', [], { node_name: 'Lean.last', inputs: { a: expression('first.outputs.a') } }),
    ],
  });
  const calls = new RawCalls(system.stateManager.address);
  const call = async (callId: number): Promise<unknown> => {
    calls.call({ callId, trigger: { graphName: 'lean' }, awaitEnd: true });
    runtime.reportExecuted(await runtime.assignment(), [{ a: callId }]);
    const last = await runtime.assignment();
    assert.deepEqual(JSON.parse(last.inputsJson ?? ''), { a: callId });
    runtime.reportExecuted(last, [{ b: callId }, { b: 'more' }]);
    const { run, results = [], resultsLeftOut } = await calls.end(callId);
    assert.deepEqual([run?.status, resultsLeftOut], ['RUN_STATUS_SUCCESS', false]);
    return results.map(({ outputJson = '' }) => JSON.parse(outputJson));
  };
  assert.deepEqual(await call(1), [{ b: 1 }, { b: 'more' }]);
  const reads: string[] = [];
  let isSeen = false;
  const monitor = await monitorRedis(system.redis.url, ({ words: [name = '', key = ''], source }) => {
    if (source !== 'lua' && /:(run|outputs):/.test(key)) reads.push(`${name} ${key}`);
    isSeen ||= key === 'seen';
  });
  assert.deepEqual(await call(2), [{ b: 2 }, { b: 'more' }]);
  // What was sent by then has been seen once this is.
  await redis.get('seen');
  await eventually(() => isSeen);
  monitor.close();
  calls.close();
  await runtime.goodbye();
  assert.deepEqual(reads, []);
});

test('five thousand calls that wait read nothing, and each is told of its end', async () => {
  const count = 5_000;
  await system.client.upsert('idle', { nodes: [nodeTemplate('idle', [], { node_name: 'NobodyNode' })] });
  const calls = new RawCalls(system.stateManager.address);
  const far = new RawCalls(other.address);
  const call = (callId: number) => ({ callId, trigger: { graphName: 'idle' }, awaitEnd: true });
  for (let from = 0; from < count; from += 500)
    calls.call(...Array.from({ length: 500 }, (_, i) => call(from + i + 1)));
  await eventually(() => calls.answers.length === count, { timeoutMs: 60_000 });
  // By then storage is asked about each of them every few seconds, and seldomer from then on.
  await delay(7_000);
  const before = await readsOfRuns();
  await delay(4_000);
  const reads = (await readsOfRuns()) - before;
  assert.ok(reads < 1.5 * count, `${reads} reads in 4 s`);

  const runIds = calls.answers.slice(0, 20).map(({ started }) => started!.runId!);
  const elsewhere = new RawClient(other.address);
  for (const runId of runIds) await elsewhere.call((...more) => elsewhere.runs.cancelRun({ runId }, ...more));
  await eventually(() => calls.answers.filter(({ ended }) => ended).length === runIds.length, {
    timeoutMs: 3_000,
  });
  elsewhere.close();
  calls.close();
  far.close();
});
