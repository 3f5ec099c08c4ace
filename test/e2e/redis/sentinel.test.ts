/** State managers on a Redis that Sentinels watch. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { auditRun } from '../../support/audit/audit-run.ts';
import { type CountedRun, startCounting, startRuns, wide, wrongEnd } from '../../support/counted-runs.ts';
import { eventually } from '../../support/eventually.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import type { ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { startTestSentinels, type TestSentinels } from '../../support/redis-sentinel.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

/** Time promised: runs go on within it after a failover. */
const goesOnWithinMs = 5_000;

let redis: TestSentinels;
let stateManager: TestStateManager;
let client: RawClient;
let runtime: ResumingRuntime;

before(async () => {
  redis = await startTestSentinels();
  stateManager = await startTestStateManager(redis);
  client = new RawClient(stateManager.address);
  runtime = startCounting(() => [stateManager.address]);
});
after(async () => {
  await runtime?.stop();
  client?.close();
  await stateManager?.stop();
  await redis?.stop();
});

/** Runs in the middle of which something happens, which go on afterwards and end as they should. */
async function outlives(failOver: () => Promise<void>): Promise<void> {
  await client.upsert(wide.name, wide.template);
  const long = { graph: wide, width: 2_000, runId: await client.trigger(wide.name, { width: 2_000 }) };
  const runs: CountedRun[] = [long, ...(await startRuns(client, 15))];
  const begun = runtime.executed;
  await eventually(() => runtime.executed > begun + 300, { intervalMs: 1 });
  await redis.replicated();
  await failOver();
  const failedOverAt = performance.now();
  const before = runtime.executed;
  const [late] = await eventually(() => startRuns(client, 1).catch(() => undefined), { timeoutMs: 20_000 });
  await eventually(() => runtime.executed > before);
  const tookMs = performance.now() - failedOverAt;
  assert.ok(tookMs < goesOnWithinMs, `${tookMs} ms`);
  const all = [...runs, late!];
  const wrong = await Promise.all(all.map((run) => wrongEnd(client, run)));
  assert.deepEqual(
    wrong.filter((sentence) => sentence !== undefined),
    [],
  );
  const master = await redis.master();
  for (const { runId, graph } of [long, late!])
    assert.deepEqual(await auditRun(master, runId, graph.template), [], runId);
}

test('a failover in the middle of runs, with the old master alive as a replica, leaves them right, and they go on within five seconds', async () => {
  await outlives(() => redis.failOver());
});

test('a master that is killed in the middle of runs leaves them right, and they go on within five seconds of the failover', async () => {
  await outlives(() => redis.killMaster());
});
