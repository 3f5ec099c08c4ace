import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { startProgram } from '../../../scripts/processes.ts';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { answerAtOnce, ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import type { FileEnd } from '../../support/redis.ts';
import { startSillyRedis } from '../../support/silly-redis.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem({}, { appendOnly: true });
  redis = new Redis(system.redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {}); // It is killed on purpose.
});
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

/** Capacity of the runtime: it can execute no more than this without an answer from storage. */
const capacity = 50;
/** Time promised after Redis is back: to be connected within 2 s; and then the run moves. */
const goesOnWithinMs = 3_000;

/** `source` gives as many numbers as it is told, `work` passes each on, `merge` unites them. */
const graph: TestGraph = {
  nodes: [
    nodeTemplate('source', ['work']),
    nodeTemplate('work', ['merge'], { inputs: { number: expression('source.outputs.number') } }),
    nodeTemplate('merge', [], {
      inputs: { numbers: expression('work.outputs.number') },
      unites: { identifier: 'source' },
    }),
  ],
};

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function startRuntime(): ResumingRuntime {
  return new ResumingRuntime({
    addresses: () => [system.stateManager.address],
    nodes: ['SourceNode', 'WorkNode', 'MergeNode'].map((name) => ({ name })),
    capacity,
    take: answerAtOnce(({ nodeName, inputsJson = '{}' }) => {
      const inputs = JSON.parse(inputsJson);
      return nodeName === 'SourceNode' ? numbers(inputs.width).map((number) => ({ number })) : [inputs];
    }),
  });
}

/** Starts a run, and makes sure that its start outlives a kill: Redis may write its file a moment later. */
async function startForGood(graphName: string): Promise<string> {
  const runId = await system.client.start(graphName, graph, { width: 2_000 });
  await eventually(async () => /^aof_buffer_length:0\s*$/m.test(await redis.info('persistence')));
  return runId;
}

/** Starts Redis again, and demands that work that was not handed out before goes on soon. */
async function restartAndGoOn(t: TestContext, runtime: ResumingRuntime, from?: FileEnd): Promise<void> {
  const executedBefore = runtime.executed;
  assert.ok(executedBefore + capacity < 2_000, 'it was killed before the end, else this proves nothing');
  await system.redis.restart(from);
  const restartedAt = performance.now();
  await eventually(() => runtime.executed > executedBefore + capacity, { intervalMs: 1, timeoutMs: 40_000 });
  const tookMs = Math.round(performance.now() - restartedAt);
  t.diagnostic(`went on ${tookMs} ms after Redis was back`);
  assert.ok(tookMs < goesOnWithinMs, `went on after ${tookMs} ms`);
}

async function assertRightResult(runId: string): Promise<void> {
  const { status, outputs, run } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ numbers: numbers(2_000) }]);
  assert.equal(run.stateCount, 4_001);
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
}

test('a run goes on to the right result after Redis was killed and started again with its file', async (t) => {
  const runtime = startRuntime();
  t.after(() => runtime.stop());
  const runId = await startForGood('killed');
  await eventually(() => runtime.executed > 400, { intervalMs: 1 });
  await system.redis.kill();
  await restartAndGoOn(t, runtime);
  await assertRightResult(runId);
});

test('a run goes on to the right result after Redis has lost the last of what it had acknowledged', async (t) => {
  const runtime = startRuntime();
  t.after(() => runtime.stop());
  const runId = await startForGood('lost');
  await eventually(() => runtime.executed > 400, { intervalMs: 1 });
  const kept = system.redis.fileEnd();
  const executedThen = runtime.executed;
  // Every lease that the file knows is settled by then, and the runtime has been told.
  await eventually(() => runtime.executed > executedThen + 3 * capacity, { intervalMs: 1 });
  await system.redis.kill();
  await restartAndGoOn(t, runtime, kept);
  await assertRightResult(runId);
});

test('a run goes on to the right result after Redis has lost the session of its runtime', async (t) => {
  const runId = await startForGood('sessionless');
  const kept = system.redis.fileEnd();
  const runtime = startRuntime();
  t.after(() => runtime.stop());
  await eventually(() => runtime.executed > 400, { intervalMs: 1 });
  await system.redis.kill();
  await restartAndGoOn(t, runtime, kept);
  await assertRightResult(runId);
});

test('no report that was acked is lost when Redis is killed', async () => {
  const width = 400;
  const runtime = await system.connect(['SourceNode', 'WorkNode'], { capacity: { total: width } });
  const runId = await system.client.start('acked', graph);
  runtime.reportExecuted(
    await runtime.assignment(),
    numbers(width).map((number) => ({ number })),
  );
  const held = await runtime.assignments(width);
  await runtime.acks(1);
  const acked = new Set<string>();
  for (const lease of held) runtime.reportExecuted(lease, [{}]);
  while (acked.size < width / 10) for (const { stateId = '' } of await runtime.acks(1)) acked.add(stateId);
  await system.redis.kill();
  while (runtime.waiting('acks') > 0)
    for (const { stateId = '' } of await runtime.acks(1)) acked.add(stateId);
  await system.redis.restart();
  const states = await eventually(() => system.client.states(runId, 'work'));
  const successes = new Set(
    states.filter(({ status }) => status === 'STATE_STATUS_SUCCESS').map(({ stateId }) => stateId),
  );
  assert.deepEqual(
    [...acked].filter((stateId) => !successes.has(stateId)),
    [],
  );
  await runtime.cut();
});

test('a state whose inputs could not be read is handed out again as soon as they can', async (t) => {
  const only: TestGraph = { nodes: [nodeTemplate('only', [])] };
  const runId = await system.client.start('unread', only, { number: 7 });
  const setKeys = (patterns: string[]) => redis.call('ACL', 'SETUSER', 'default', 'resetkeys', ...patterns);
  t.after(() => setKeys(['~*']));
  // All but the outputs, which are read between the claim and the push.
  await setKeys(['~{fanout.0}:[^o]*', '~{fanout.catalog}:*']);
  const runtime = await system.connect(['OnlyNode'], { capacity: { total: 1 } });
  await eventually(() => system.stateManager.events('assign_failed').some((event) => event.runId === runId));
  await setKeys(['~*']);
  const assignment = await runtime.assignment(goesOnWithinMs);
  assert.deepEqual(JSON.parse(assignment.inputsJson ?? ''), { number: 7 });
  assert.equal(assignment.attempt, 1);
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('calls are refused as unavailable while Redis is away, with when to try again', async () => {
  const ready = () => system.stateManager.events('redis_ready').length;
  const before = ready();
  await system.redis.kill();
  const refusal = await refusalOf(system.client.upsert('away', graph));
  assert.equal(refusal.code, 'UNAVAILABLE');
  assert.equal(refusal.reason, 'STORAGE_UNAVAILABLE');
  assert.ok((refusal.retryDelayMs ?? 0) > 0);
  await system.redis.restart();
  await eventually(async () => (await system.client.upsert('away', graph)).created !== undefined);
  // Each of its connections comes back by itself, and this is the last that is asked for here.
  await eventually(() => ready() === before + 3);
});

test('scripts that Redis forgets all the time go unnoticed', async (t) => {
  const runtime = startRuntime();
  t.after(() => runtime.stop());
  const forgetting = new AbortController();
  t.after(() => forgetting.abort());
  const forget = async (): Promise<void> => {
    while (!forgetting.signal.aborted) await redis.script('FLUSH');
  };
  const forgets = forget();
  const runId = await system.client.start('forgotten', graph, { width: 200 });
  const { status, outputs } = await system.client.end(runId);
  forgetting.abort();
  await forgets;
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ numbers: numbers(200) }]);
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
});

test('a full Redis refuses new work, lets what runs complete, and takes new work when there is room', async () => {
  const runtime = await system.connect(['SourceNode', 'WorkNode', 'MergeNode']);
  const runId = await system.client.start('full', graph);
  const source = await runtime.assignment();
  await redis.config('SET', 'maxmemory', '1');

  const refusal = await refusalOf(system.client.trigger('full'));
  assert.equal(refusal.code, 'RESOURCE_EXHAUSTED');
  assert.equal(refusal.reason, 'STORAGE_FULL');
  assert.ok((refusal.retryDelayMs ?? 0) > 0);

  runtime.reportExecuted(
    source,
    numbers(3).map((number) => ({ number })),
  );
  for (const lease of await runtime.assignments(3)) runtime.reportExecuted(lease, [{ number: 1 }]);
  runtime.reportExecuted(await runtime.assignment(), [{ done: true }]);
  const { status, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ done: true }]);

  await redis.config('SET', 'maxmemory', '0');
  await system.client.trigger('full');
  const { identifier } = await runtime.assignment();
  assert.equal(identifier, 'source');
});

/** Has a runtime die while Redis is full, and another one do its work. @param isThere whether it has been there before */
async function replaceWhileFull(isThere: boolean): Promise<void> {
  const runId = await system.client.start('lost_while_full', {
    nodes: [nodeTemplate('only', [], { node_name: 'LostWhileFull' })],
  });
  const lost = await system.connect(['LostWhileFull']);
  await lost.assignment();
  const before = isThere ? await system.connect(['LostWhileFull']) : undefined;
  await redis.config('SET', 'maxmemory', '1');
  try {
    await lost.cut();
    const other = before ?? (await system.connect(['LostWhileFull']));
    const again = await other.assignment();
    assert.equal(again.attempt, 2);
    other.reportExecuted(again, [{ done: true }]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    await other.goodbye();
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
}

test('work of a runtime that is lost while Redis is full goes to another that is there', () =>
  replaceWhileFull(true));

test('work of a runtime that is lost while Redis is full goes to another that comes then', () =>
  replaceWhileFull(false));

/** Starts a state manager that must not start, and gives what it says. */
async function refusedStart(env: Readonly<Record<string, string>>): Promise<string> {
  const stateManager = await startProgram('services/state-manager/main.ts', {
    name: 'state manager',
    env: { FANOUT_LISTEN: '127.0.0.1:0', ...env },
  });
  const { code, signal } = await stateManager.exited;
  assert.deepEqual({ code, signal }, { code: 1, signal: null });
  return stateManager.lines.filter((line) => line.startsWith('fanout: ')).join('\n');
}

test('a state manager without Redis exits 1, names the address without the password, and says what to do', async () => {
  const said = await refusedStart({ FANOUT_REDIS_URL: 'redis://user:canary@127.0.0.1:1' });
  assert.match(said, /cannot reach Redis at redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*FANOUT_REDIS_URL/);
  assert.doesNotMatch(said, /canary/);
});

test('a Redis that is too old is refused, with both versions, and a Valkey is not', async () => {
  const old = await startSillyRedis(
    '# Server\r\nredis_version:6.2.14\r\nloading:0\r\nmaxmemory_policy:noeviction\r\n',
  );
  const said = await refusedStart({ FANOUT_REDIS_URL: old.url });
  await old.stop();
  // Valkey has a version of its own, and says which Redis it stands for.
  const valkey = await startSillyRedis(
    '# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.0\r\nloading:0\r\nmaxmemory_policy:allkeys-lru\r\n',
  );
  const saidOfValkey = await refusedStart({ FANOUT_REDIS_URL: valkey.url });
  await valkey.stop();
  assert.doesNotMatch(saidOfValkey, /version/);
  assert.match(saidOfValkey, /maxmemory-policy/);
  assert.match(said, /version 6\.2\.14: Fanout needs 7 or later.*Upgrade/);
});

test('a Redis that evicts is refused, with the command that changes it', async () => {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  const said = await refusedStart({ FANOUT_REDIS_URL: system.redis.url });
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  assert.match(said, /maxmemory-policy allkeys-lru.*redis-cli CONFIG SET maxmemory-policy noeviction/);
});

test('another number of shards than the deployment was created with is refused, with the right one', async () => {
  const said = await refusedStart({ FANOUT_REDIS_URL: system.redis.url, FANOUT_SHARDS: '4' });
  assert.match(said, /created with 1 shards, not 4: set FANOUT_SHARDS=1/);
});

test('every setting that is wrong is named, with its rule', async () => {
  const said = await refusedStart({
    FANOUT_LISTEN: 'nonsense',
    FANOUT_REDIS_URL: 'http://localhost',
    FANOUT_LEASE_MS: 'soon',
    FANOUT_SHARDS: '0',
    FANOUT_LOG_LEVEL: 'loud',
    FANOUT_ADMIN_TOKEN: 'short',
  });
  const rules = [
    /FANOUT_LISTEN: "nonsense" must be HOST:PORT/,
    /FANOUT_REDIS_URL: must begin with redis:/,
    /FANOUT_LEASE_MS: /,
    /FANOUT_SHARDS: /,
    /FANOUT_LOG_LEVEL: /,
    /FANOUT_ADMIN_TOKEN: must have at least 16 characters/,
  ];
  for (const rule of rules) assert.match(said, rule);
});

test('a port that is in use is refused', async () => {
  const said = await refusedStart({
    FANOUT_REDIS_URL: system.redis.url,
    FANOUT_LISTEN: system.stateManager.address,
  });
  assert.match(said, /port is in use/);
});

test('an address for others is refused without a token, and the message says why', async () => {
  const said = await refusedStart({ FANOUT_REDIS_URL: system.redis.url, FANOUT_LISTEN: '0.0.0.0:0' });
  assert.match(said, /0\.0\.0\.0/);
  assert.match(said, /token/i);
});
