import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Cancellation } from '../../../services/state-manager/domain/model/stream.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { errored, lost, SessionDriver } from '../session-driver.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage, keys, keyPrefix } = fixture;
const { sessions } = storage;
const graph = compile({
  retry_policy: { max_retries: 2, strategy: 'FIXED', backoff_factor: 60_000 },
  nodes: [nodeTemplate('only')],
});

async function triggered(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

const expire = (sessionId: string) =>
  Promise.all([0, 1, 2].map((shard) => redis.zadd(keys.sessions(shard), 1, sessionId)));

test('a session has a deadline on every shard, and its newest stream moves it', async () => {
  assert.equal(await sessions.attach('a', 'first', 60_000, true), true);
  assert.equal(await sessions.attach('a', 'second', 60_000, false), true);
  assert.equal(await sessions.attach('unknown', 'first', 60_000, false), false);
  const asked = [
    { sessionId: 'a', streamId: 'first' },
    { sessionId: 'a', streamId: 'second' },
    { sessionId: 'unknown', streamId: 'first' },
  ];
  await expire('a');
  assert.deepEqual(await sessions.extend(asked, 60_000), ['SUPERSEDED', 'OK', 'EXPIRED']);
  for (const shard of [0, 1, 2]) assert.deepEqual(await sessions.expired(shard, 10), []);
  const before = await dumpAll(redis);
  assert.deepEqual(await sessions.extend(asked.slice(0, 1), 1), ['SUPERSEDED']);
  assert.deepEqual(await sessions.extend([], 1), []);
  assert.equal(await sessions.isNewest('a', 'first'), false);
  assert.equal(await sessions.isNewest('a', 'second'), true);
  assert.equal(await sessions.isNewest('unknown', 'first'), false);
  assert.deepEqual(await dumpAll(redis), before);
});

test('a session is forgotten once its deadline has passed and it holds nothing', async () => {
  const driver = new SessionDriver(storage, 'b');
  await driver.attach();
  const run = await triggered();
  const shard = storage.runs.shardOf(run.runId);
  const [held] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: held!.record.leaseToken };
  assert.deepEqual(await sessions.leasesOn(shard, 'b', 10), [lease]);
  assert.deepEqual(await sessions.leases('b'), [lease]);

  let before = await dumpAll(redis);
  for (const one of [0, 1, 2]) await sessions.forget(one, 'b');
  assert.deepEqual(await dumpAll(redis), before, 'it lives');
  await expire('b');
  assert.deepEqual(await sessions.expired(shard, 10), ['b']);
  before = await dumpAll(redis);
  await sessions.forget(shard, 'b');
  assert.deepEqual(await dumpAll(redis), before, 'it holds a lease');

  assert.equal((await driver.settle(run, [lost(held!)], 'b')).kind, 'committed');
  for (const one of [0, 1, 2, 0]) await sessions.forget(one, 'b');
  assert.deepEqual(await sessions.expired(shard, 10), []);
  assert.equal(await driver.attach(60_000, false), false, 'nobody knows it any more');
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
});

test('all that take from a lost process agree on what the first has found, also in a full Redis', async () => {
  const other = await fixture.open();
  const first = { sessionIds: ['lost1', 'lost2'], held: 5, onlySuspect: 'run.1' };
  const later = { sessionIds: ['lost2', 'lost3'], held: 2, onlySuspect: '' };
  await redis.config('SET', 'maxmemory', 1);
  try {
    assert.equal(await sessions.knownLoss('lost1'), undefined);
    assert.deepEqual(await sessions.agreeOnLoss('lost1', first), first);
    assert.deepEqual(await other.sessions.agreeOnLoss('lost2', later), first, 'lost2 went with lost1');
    assert.equal(await sessions.knownLoss('lost3'), undefined, 'what came later is not kept');
    assert.deepEqual(await other.sessions.agreeOnLoss('lost3', later), later);
    for (const [sessionId, found] of [
      ['lost1', first],
      ['lost2', first],
      ['lost3', later],
    ] as const) {
      assert.deepEqual(await sessions.knownLoss(sessionId), found);
      const ttl = await redis.pttl(keys.loss(sessionId));
      assert.ok(ttl > 0 && ttl <= 60_000, `${sessionId}: ${ttl} ms`);
    }
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
});

test('a sweeper and the last report of a session race, and one of them wins', async () => {
  const other = await fixture.open();
  for (let round = 0; round < 20; round++) {
    const driver = new SessionDriver(storage, `race${round}`);
    const sweeper = new SessionDriver(other, driver.sessionId);
    await driver.attach();
    const run = await triggered();
    const [held] = await driver.claim(run);
    await expire(driver.sessionId);
    const [swept, reported] = await Promise.all([
      sweeper.settle(run, [lost(held!)], driver.sessionId),
      driver.settle(run, [errored(held!, false)]),
    ]);
    // A report is good even after the lease was taken, as long as no other session has the state.
    assert.equal(reported.kind, 'committed');
    assert.ok(swept.kind === 'committed' || swept.kind === 'refused');
    assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  }
});

test('a delayed attempt is due at its time, made ready once, and never without being due', async () => {
  const driver = new SessionDriver(storage, 'c');
  await driver.attach();
  const run = await triggered();
  const shard = storage.runs.shardOf(run.runId);
  const [held] = await driver.claim(run);
  await driver.settle(run, [errored(held!, true)]);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  assert.deepEqual(await driver.claim(run), []);
  assert.deepEqual(await storage.runs.due(shard, 10), []);
  const before = await dumpAll(redis);
  await storage.runs.promote(run, 0, [2, 1, 999]);
  assert.deepEqual(await dumpAll(redis), before, 'it is not due yet');

  await redis.zadd(keys.due(shard), 1, `${run.runId}:2:0`);
  assert.deepEqual(await storage.runs.due(shard, 10), [{ runId: run.runId, state: 2, node: 0 }]);
  const other = await fixture.open();
  await Promise.all([storage, other, storage].map(({ runs }) => runs.promote(run, 0, [2])));
  assert.equal(await redis.llen(keys.ready(run.runId, 0)), 1);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  assert.equal((await driver.claim(run)).length, 1);
});

test('a cancellation reaches every state manager, whoever holds the stream', async () => {
  const other = await fixture.open();
  const heard: [string, Cancellation][] = [];
  other.notices.onCancel((sessionId, cancellation) => heard.push([sessionId, cancellation]));
  const cancellation = { stateId: 'run.1', leaseToken: 'a-1', reason: 'TIMEOUT' };
  storage.notices.cancel('a', cancellation);
  await eventually(() => heard.length > 0);
  assert.deepEqual(heard, [['a', cancellation]]);
});
