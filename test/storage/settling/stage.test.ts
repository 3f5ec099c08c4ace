import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimedState, PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { chain } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { executed, executedStaged, lost, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile(chain('split', 'work'));
const [split, work] = [0, 1];
const plenty = 1_000_000;

async function triggered(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

async function inWork(width: number): Promise<{ run: LoadedRun; held: ClaimedState[] }> {
  const run = await triggered();
  const [root] = await driver.claim(run, [split]);
  await settle(run, executed(root!, values(width)));
  return { run, held: await driver.claim(run, [work]) };
}

/** Settles, and makes sure that the run holds together. */
async function settle(run: LoadedRun, ...reports: PlannedReport[]) {
  const result = await driver.settle(run, reports);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  return result;
}

test('staged outputs are committed whole or not at all', async () => {
  const run = await triggered();
  const [root] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  assert.equal(
    await storage.runs.stage(lease, 0, [stagedOutput({ value: 0 }), stagedOutput({ value: 1 })], plenty),
    'OK',
  );
  assert.equal(await storage.runs.stage(lease, 3, [stagedOutput({ value: 3 })], plenty), 'OK');
  assert.equal(await storage.runs.stage(lease, 1, [stagedOutput({ value: 1 })], plenty), 'OK');
  const before = await dumpAll(redis);
  assert.deepEqual(await driver.settle(run, [executedStaged(root!, 4)]), {
    kind: 'refused',
    reasons: new Map([[1, 'MISSING']]),
  });
  assert.deepEqual(await dumpAll(redis), before);
  assert.deepEqual(await storage.runs.missingEmits(lease, 4), [{ first: 2, end: 3 }]);
  assert.deepEqual(await storage.runs.missingEmits(lease, 2_500), [
    { first: 2, end: 3 },
    { first: 4, end: 2_500 },
  ]);
  await storage.runs.stage(lease, 2, [stagedOutput({ value: 2 })], plenty);
  assert.deepEqual(await storage.runs.missingEmits(lease, 4), []);
  assert.equal((await settle(run, executedStaged(root!, 4))).kind, 'committed');
  assert.equal(await redis.ttl(keys.staged(run.runId, 1, lease.leaseToken)), -1);
  const address = { state: 1, output: 2, stagedUnder: lease.leaseToken };
  assert.deepEqual(await storage.runs.outputs(run.runId, [address]), ['{"value":2}']);
});

test('a staged output beyond the total does not stand for one that is missing', async () => {
  const run = await triggered();
  const [root] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  await storage.runs.stage(lease, 5, [stagedOutput({})], plenty);
  await storage.runs.stage(lease, 0, [stagedOutput({})], plenty);
  assert.deepEqual(await driver.settle(run, [executedStaged(root!, 2)]), {
    kind: 'refused',
    reasons: new Map([[1, 'MISSING']]),
  });
  assert.deepEqual(await storage.runs.missingEmits(lease, 2), [{ first: 1, end: 2 }]);
});

test('outputs are staged only under a lease that can still report', async () => {
  const { run, held } = await inWork(2);
  const [first, second] = held.map(({ state, record }) => ({
    runId: run.runId,
    state,
    leaseToken: record.leaseToken,
  }));
  await settle(run, executed(held[0]!, [{}]), lost(held[1]!));
  assert.equal(await storage.runs.stage(second!, 0, [stagedOutput({})], plenty), 'OK');
  assert.ok((await redis.ttl(keys.staged(run.runId, second!.state, second!.leaseToken))) > 0);
  await driver.claim(run, [work]);
  const before = await dumpAll(redis);
  assert.equal(await storage.runs.stage(first!, 0, [stagedOutput({})], plenty), 'SETTLED');
  assert.equal(await storage.runs.stage(second!, 0, [stagedOutput({})], plenty), 'STALE');
  assert.equal(await storage.runs.stage({ ...second!, state: 999 }, 0, [stagedOutput({})], plenty), 'STALE');
  assert.deepEqual(await dumpAll(redis), before);
});
