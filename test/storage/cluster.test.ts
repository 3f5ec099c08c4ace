/** Storage on a Redis Cluster: what goes where, what is refused, what becomes of connections. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { createLog } from '../../services/state-manager/log.ts';
import { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import { type OpenStorage, openStorage } from '../../services/state-manager/storage/storage.ts';
import { eventually } from '../support/eventually.ts';
import { chain } from '../support/graphs.ts';
import { startTestRedis } from '../support/redis.ts';
import { startTestCluster, type TestCluster } from '../support/redis-cluster.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, quietLog } from './fixture.ts';
import { executed, SessionDriver } from './session-driver.ts';

const shards = 16;
const keys = new Keys('test', shards);
const graph = compile(chain('only'));

let cluster: TestCluster;
let storage: OpenStorage;

const open = (url: string, log = quietLog) => openStorage({ url, keyPrefix: 'test', shards, log });

before(async () => {
  cluster = await startTestCluster();
  storage = await open(cluster.url);
});
after(async () => {
  storage?.close();
  await cluster?.stop();
});

/** A session that is attached everywhere, and runs it through to the end, so many at once. */
async function runThrough(count: number, using = storage): Promise<void> {
  const driver = new SessionDriver(using);
  await driver.attach();
  for (let i = 0; i < count; i++) {
    const run = newRun(graph);
    await beginRun(using.runs, { ...run, digest: '', inputsJson: '{}' });
    const [held] = await driver.claim(run);
    const end = await driver.settle(run, [executed(held!, [{}])]);
    assert.equal(end.kind === 'committed' && end.hasEnded, true);
  }
}

test('one node of the URL is enough, and a replica as good as a master', async () => {
  for (const { name } of [cluster.nodes[0]!, cluster.nodes.at(-1)!]) {
    const other = await open(`redis+cluster://${name}`);
    await runThrough(20, other);
    assert.equal(await other.isHealthy(), true);
    other.close();
  }
});

test('the clock that counts for a shard is that of its own master', async () => {
  const masters = await cluster.masters();
  const asked = async () => {
    const stats = await Promise.all(masters.map(({ redis }) => redis.info('commandstats')));
    return stats.map((text) => Number(/^cmdstat_time:calls=(\d+)/m.exec(text)?.[1] ?? 0));
  };
  for (let shard = 0; shard < shards; shard++) {
    const own = masters.indexOf(await cluster.masterOf(keys.due(shard)));
    const before = await asked();
    await storage.runs.due(shard, 1);
    await storage.triggers.recordedEnds(shard, 1);
    const since = (await asked()).map((calls, i) => calls - before[i]!);
    assert.deepEqual(
      since,
      masters.map((_, i) => (i === own ? 2 : 0)),
      `shard ${shard}`,
    );
  }
});

test('a node of a Cluster that is named as one Redis is refused with what to set, and so is one Redis that is named as a Cluster', async () => {
  const { name } = cluster.nodes[0]!;
  await assert.rejects(open(`redis://${name}`), {
    reason: 'STORAGE_UNSUITABLE',
    message: new RegExp(`is a node of a Redis Cluster: set FANOUT_REDIS_URL=redis\\+cluster://${name}`),
  });
  const one = await startTestRedis();
  await assert.rejects(open(one.url.replace('redis:', 'redis+cluster:')), {
    reason: 'STORAGE_UNAVAILABLE',
    message: new RegExp(`it is one server\\. Set FANOUT_REDIS_URL=${one.url}`),
  });
  await one.stop();
});

test('a slot that has moved is found without an error, and so is a master that was replaced by hand', async () => {
  const masters = await cluster.masters();
  const moving = keys.sessions(3);
  const from = await cluster.masterOf(moving);
  await cluster.move(moving, masters.find((node) => node !== from)!);
  await runThrough(30);
  const replica = cluster.nodes[masters.length + cluster.nodes.indexOf(masters[0]!)]!;
  await replica.redis.cluster('FAILOVER');
  await eventually(async () => (await cluster.masters()).includes(replica));
  await eventually(() => runThrough(30).then(() => true));
  // What listened to the old master has to find another first.
  await eventually(() => storage.isHealthy());
});

test('while a slot is on its way, calls end well or are to be tried again', async () => {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const key = keys.run(run.runId);
  const from = await cluster.masterOf(key);
  const to = (await cluster.masters()).find((node) => node !== from)!;
  const slot = Number(await from.redis.cluster('KEYSLOT', key));
  await to.redis.cluster('SETSLOT', slot, 'IMPORTING', from.id);
  await from.redis.cluster('SETSLOT', slot, 'MIGRATING', to.id);
  // Single keys are asked for at the other node, where scripts with many keys find too few of them on either.
  assert.equal(await storage.runs.triggerDigest(run.runId), '');
  const driver = new SessionDriver(storage);
  const refused = await driver.attach().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused !== undefined) {
    assert.ok(refused instanceof FanoutError);
    assert.equal(refused.reason, 'STORAGE_UNAVAILABLE');
    assert.ok(refused.retryAfterMs);
  }
  for (const node of [to, from]) await node.redis.cluster('SETSLOT', slot, 'STABLE');
  await eventually(() => runThrough(5).then(() => true));
});

test('a Cluster that has lost a slot is unhealthy, and calls are to be tried again', async () => {
  const master = await cluster.masterOf(keys.sessions(0));
  const slot = Number(await master.redis.cluster('KEYSLOT', keys.sessions(0)));
  const others = cluster.nodes;
  for (const { redis } of others) await redis.cluster('DELSLOTS', slot).catch(() => undefined);
  await eventually(async () => !(await storage.isHealthy()));
  await assert.rejects(new SessionDriver(storage).attach(), { reason: 'STORAGE_UNAVAILABLE' });
  await master.redis.cluster('ADDSLOTS', slot);
  await eventually(() => storage.isHealthy(), { timeoutMs: 20_000 });
});

test('shards that lie unevenly are told of', async () => {
  const lines: { event: string; reason?: string; detail?: string[] }[] = [];
  const log = createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const two = await openStorage({ url: cluster.url, keyPrefix: 'two', shards: 2, log });
  two.close();
  const placed = lines.find(({ event }) => event === 'shards_placed');
  assert.equal(placed?.detail?.length, 3);
  assert.match(
    lines.find(({ event }) => event === 'shards_uneven')?.reason ?? '',
    /2 shards lie unevenly on 3 masters.*FANOUT_SHARDS/,
  );
});

test('a connection to a master that the network has forgotten is given up, and others go on within five seconds', async (t) => {
  const node = (await cluster.masters())[0]!;
  const proxy = await startTcpProxy(node.name);
  await node.redis.config('SET', 'cluster-announce-port', proxy.address.split(':')[1]!);
  const heard: string[] = [];
  // The others tell of it a moment later.
  await eventually(async () => {
    const views = await Promise.all(cluster.nodes.map(({ redis }) => redis.cluster('SLOTS')));
    return views.every((view) => JSON.stringify(view).includes(proxy.address.split(':')[1]!));
  });
  const behind = await open(cluster.url);
  t.after(async () => {
    behind.close();
    await node.redis.config('SET', 'cluster-announce-port', '0');
    await proxy.stop();
  });
  behind.notices.onEnd((runId) => heard.push(runId));
  assert.equal(await behind.isHealthy(), true);
  proxy.forget();
  const forgottenAt = performance.now();
  await eventually(() => behind.isHealthy(), { intervalMs: 250, timeoutMs: 20_000 });
  const tookMs = performance.now() - forgottenAt;
  assert.ok(proxy.swallowed > 0, 'else it proves nothing');
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
  // Whatever is published anywhere is heard.
  for (const { redis } of cluster.nodes) await redis.publish(keys.endChannel(), 'run');
  await eventually(() => heard.length === cluster.nodes.length);
});
