/** Storage on the master that Sentinels name: what is refused, and which server connections lead to. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { type OpenStorage, openStorage } from '../../services/state-manager/storage/storage.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { masterName, startTestSentinels, type TestSentinels } from '../support/redis-sentinel.ts';
import { startSillySentinel } from '../support/silly-redis.ts';
import { quietLog } from './fixture.ts';

let redis: TestSentinels;
let storage: OpenStorage;

const open = (url: string) => openStorage({ url, keyPrefix: 'test', shards: 1, log: quietLog });

before(async () => {
  redis = await startTestSentinels();
  storage = await open(redis.url);
});
after(async () => {
  storage?.close();
  await redis?.stop();
});

test('a Sentinel that is away is passed over', async () => {
  const other = await open(`redis+sentinel://127.0.0.1:1,${redis.sentinels[0]}/${masterName}`);
  assert.equal(await other.isHealthy(), true);
  other.close();
});

test('a start without Sentinels, with a name that they do not know, or with what is no Sentinel, says what to do', async () => {
  const [sentinel, server] = [redis.sentinels[0]!, `127.0.0.1:${redis.servers[0]!.port}`];
  const refusals: Readonly<Record<string, RegExp>> = {
    'redis+sentinel://127.0.0.1:1/main':
      /cannot reach Redis at redis\+sentinel:\/\/127\.0\.0\.1:1\/main: .*Start the Sentinels/,
    [`redis+sentinel://${sentinel}/unknown`]:
      /no Sentinel knows a master of that name\. Write the one of `sentinel monitor/,
    [`redis+sentinel://${server}/main`]: /that is no Sentinel\. Name the Sentinels/,
    [`redis://${sentinel}`]: new RegExp(
      `is a Sentinel, .*set FANOUT_REDIS_URL=redis\\+sentinel://${sentinel}/MASTER`,
    ),
  };
  for (const [url, message] of Object.entries(refusals)) await assert.rejects(open(url), { message }, url);
});

test('connections to a master that has become a replica, without being closed, move to the new master', async (t) => {
  const [old, next] = (await Promise.all([startTestRedis(), startTestRedis()])) as [TestRedis, TestRedis];
  let master = old;
  const sentinel = await startSillySentinel(() => master.port);
  const moving = await open(sentinel.url.replace('redis:', 'redis+sentinel:').concat('/main'));
  const [ofOld, ofNext] = [new Redis(old.url), new Redis(next.url)];
  t.after(async () => {
    moving.close();
    ofOld.disconnect();
    ofNext.disconnect();
    await Promise.all([sentinel.stop(), old.stop(), next.stop()]);
  });
  assert.equal(await moving.isHealthy(), true);
  await ofOld.replicaof('127.0.0.1', next.port);
  master = next;
  const demotedAt = performance.now();
  await eventually(() => moving.isHealthy(), { intervalMs: 250, timeoutMs: 20_000 });
  const tookMs = performance.now() - demotedAt;
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
  const heard: string[] = [];
  moving.notices.onEnd((runId) => heard.push(runId));
  await eventually(async () => (await ofNext.publish('test:end', 'run')) > 0);
  await eventually(() => heard.length > 0);
});

test('a master that hangs is given up for the one that the Sentinels name, within five seconds of the failover', async () => {
  await redis.hangMaster();
  const failedOverAt = performance.now();
  await eventually(() => storage.isHealthy(), { intervalMs: 250, timeoutMs: 20_000 });
  const tookMs = performance.now() - failedOverAt;
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
});
