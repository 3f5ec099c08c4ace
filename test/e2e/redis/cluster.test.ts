/** State managers on a Redis Cluster of three masters and three replicas. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ListRunsResponse__Output } from '@fanout/proto';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { auditRun } from '../../support/audit/audit-run.ts';
import { type CountedRun, startCounting, startRuns, wide, wrongEnd } from '../../support/counted-runs.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import type { ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestCluster, type TestCluster, type TestNode } from '../../support/redis-cluster.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { TriggerProbe } from '../../support/triggers.ts';

/** The number of shards that a deployment on a Cluster gets if nobody says one. */
const shards = 16;
const keys = new Keys('fanout', shards);
/** Time promised: runs go on within it after a failover. */
const goesOnWithinMs = 5_000;

let cluster: TestCluster;
let stateManagers: readonly TestStateManager[];
let client: RawClient;
let runtime: ResumingRuntime;
/** One Redis, to audit copies on. */
let one: TestRedis;

before(async () => {
  [cluster, one] = await Promise.all([startTestCluster(), startTestRedis()]);
  stateManagers = await Promise.all([startTestStateManager(cluster), startTestStateManager(cluster)]);
  client = new RawClient(stateManagers[0]!.address);
  runtime = startCounting(() => stateManagers.map(({ address }) => address));
});
after(async () => {
  await runtime?.stop();
  client?.close();
  await Promise.all((stateManagers ?? []).map((stateManager) => stateManager.stop()));
  await Promise.all([cluster?.stop(), one?.stop()]);
});

/** Audits one of so many runs: the ends of all are known, and an audit takes longer than a run. */
const auditEvery = 6;

/** Waits for the ends of runs, and has some audited. */
async function assertRight(runs: readonly CountedRun[]): Promise<void> {
  const wrong = await Promise.all(runs.map((run) => wrongEnd(client, run)));
  assert.deepEqual(
    wrong.filter((sentence) => sentence !== undefined),
    [],
  );
  await cluster.copyTo(one.url);
  for (const { runId, graph } of runs.filter((_, i) => i % auditEvery === 0))
    assert.deepEqual(await auditRun(one, runId, graph.template), [], runId);
}

/** A run that goes on for as long as a test does something to the Cluster; and that this is in the middle of it. */
async function startLong(width: number): Promise<CountedRun> {
  await client.upsert(wide.name, wide.template);
  const runId = await client.trigger(wide.name, { width });
  const before = runtime.executed;
  await eventually(() => runtime.executed > before + width / 10, { intervalMs: 1 });
  return { graph: wide, width, runId };
}

test('runs on a Cluster end as on one Redis, on all of its masters', async () => {
  const runs = await startRuns(client, 36);
  const masters = new Set<TestNode>();
  for (const { runId } of runs) masters.add(await cluster.masterOf(keys.run(runId)));
  assert.equal(masters.size, 3);
  await assertRight(runs);
  const [placed] = stateManagers[0]!.events('shards_placed');
  assert.equal(placed?.count, shards);
});

test('a cron slot starts one run on a Cluster', async () => {
  const catalog = await cluster.masterOf(keys.schedules());
  const probe = new TriggerProbe(catalog.server.url);
  const [hour, minuteOfHour] = [3_600_000, (new Date().getUTCMinutes() + 30) % 60];
  await client.upsert('cron', {
    nodes: [nodeTemplate('source')],
    triggers: [{ cron: `${minuteOfHour} * * * *` }],
  });
  const [next] = await probe.nextSlots('cron');
  await probe.rewind('cron', next! - hour);
  const ended = await eventually(async () => {
    const { runs = [] } = await client.call<ListRunsResponse__Output>((...more) =>
      client.runs.listRuns({ graphName: 'cron' }, ...more),
    );
    return runs.length > 0 && runs.every(({ status }) => status === 'RUN_STATUS_SUCCESS') && runs;
  });
  assert.equal(ended.length, 1);
  assert.equal(await probe.recordedSlots(), 0);
  probe.stop();
});

test('slots that move in the middle of runs leave them right', async () => {
  const long = await startLong(2_000);
  const runs = [long, ...(await startRuns(client, 20))];
  const masters = await cluster.masters();
  for (let shard = 0; shard < shards; shard++) {
    const from = await cluster.masterOf(keys.sessions(shard));
    const to = masters[(masters.indexOf(from) + 1) % masters.length]!;
    await cluster.move(keys.sessions(shard), to);
  }
  const catalog = await cluster.masterOf(keys.schedules());
  await cluster.move(keys.schedules(), masters.find((node) => node !== catalog)!);
  runs.push(...(await startRuns(client, 15)));
  await assertRight(runs);
});

test('a master that is killed in the middle of runs leaves them right, and they go on within five seconds of the failover', async () => {
  const long = await startLong(2_000);
  const runs = [long, ...(await startRuns(client, 20))];
  await cluster.replicated();
  const victim = await cluster.masterOf(keys.run(long.runId));
  await cluster.kill(victim);
  await cluster.failedOver(victim);
  const failedOverAt = performance.now();
  const before = runtime.executed;
  // New work is taken, and what was under way goes on.
  const [late] = await eventually(() => startRuns(client, 1).catch(() => undefined), { timeoutMs: 20_000 });
  await eventually(() => runtime.executed > before);
  const tookMs = performance.now() - failedOverAt;
  assert.ok(tookMs < goesOnWithinMs, `${tookMs} ms`);
  await assertRight([...runs, late!]);
});
