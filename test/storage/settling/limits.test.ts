import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { errored, executed, executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const graph = compile({
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work', ['after']), nodeTemplate('after')],
});
const [split, work] = [0, 1];
const driver = new SessionDriver(storage);
await driver.attach();

async function triggered(limits: Partial<RunLimits>, inputsJson = '{}'): Promise<LoadedRun> {
  const plain = newRun(graph);
  const run = { ...plain, limits: { ...plain.limits, ...limits } };
  await beginRun(storage.runs, { ...run, digest: '', inputsJson });
  return run;
}

const violations = (run: LoadedRun) => audit(redis, keyPrefix, run.runId, graph);
const bytesOf = async ({ runId }: LoadedRun) => Number(await redis.hget(keys.run(runId), 'bytes'));

test('a report whose states would be too many is refused before any of them exists', async () => {
  // The root, five siblings' worth of outputs, and a state behind each.
  const run = await triggered({ states: 9 });
  const [root] = await driver.claim(run, [split]);
  const before = await dumpAll(redis);
  assert.deepEqual(await driver.settle(run, [executed(root!, values(5))]), {
    kind: 'refused',
    reasons: new Map([[1, { limit: 'states', total: 10 }]]),
  });
  assert.deepEqual(await dumpAll(redis), before);
  assert.equal((await driver.settle(run, [executed(root!, values(4))])).kind, 'committed');
  assert.deepEqual(await violations(run), []);
});

test('states that are promised count as if they were there', async () => {
  const run = await triggered({ states: 2_001 });
  const [root] = await driver.claim(run, [split]);
  const report = executed(root!, values(1_000));
  assert.equal((await driver.settle(run, [report])).kind, 'committed');
  assert.deepEqual(await violations(run), []);
  await storage.runs.expand(run, 1, report.plan, { atMost: 10 });
  const [first, second] = await driver.claim(run, [work], 2);
  assert.equal((await driver.settle(run, [executed(first!, [{}])])).kind, 'committed');
  assert.deepEqual(await driver.settle(run, [executed(second!, [{}])]), {
    kind: 'refused',
    reasons: new Map([[second!.state, { limit: 'states', total: 2_002 }]]),
  });
  while ((await storage.runs.expand(run, 1, report.plan, { atMost: 500 })).kind === 'more');
  assert.deepEqual(await violations(run), []);
  assert.equal(await redis.hget(keys.run(run.runId), 'promised'), '0');
});

test('of reports in one step those are refused that no room is left for', async () => {
  const run = await triggered({ states: 8 });
  const [root] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(root!, values(3))]);
  const held = await driver.claim(run, [work]);
  const reports = held.map((one) => executed(one, [{}]));
  assert.deepEqual(await driver.settle(run, reports), {
    kind: 'refused',
    reasons: new Map([[held[2]!.state, { limit: 'states', total: 9 }]]),
  });
  assert.equal((await driver.settle(run, reports.slice(0, 2))).kind, 'committed');
  assert.equal(
    (await driver.settle(run, [errored(held[2]!, true)])).kind,
    'committed',
    'attempts are not refused',
  );
  assert.deepEqual(await violations(run), []);
});

test('bytes of the trigger and of all outputs count, however they come', async () => {
  const inputs = JSON.stringify({ text: 'ü'.repeat(10) });
  const run = await triggered({ payloadBytes: 1_000 }, inputs);
  let bytes = Buffer.byteLength(inputs);
  assert.equal(await bytesOf(run), bytes);
  const [root] = await driver.claim(run, [split]);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  const outputs = values(3);
  const staged = outputs.map(stagedOutput);
  assert.equal(await storage.runs.stage(lease, 0, staged, 1_000), 'OK');
  assert.equal(await storage.runs.stage(lease, 1, staged.slice(1), 1_000), 'OK', 'again: the same');
  assert.equal((await driver.settle(run, [executedStaged(root!, 3)])).kind, 'committed');
  bytes += staged.reduce((sum, { outputJson }) => sum + outputJson.length, 0);
  assert.equal(await bytesOf(run), bytes);

  const [first, second] = await driver.claim(run, [work]);
  const text = { text: 'x'.repeat(500) };
  assert.equal((await driver.settle(run, [executed(first!, [text])])).kind, 'committed');
  bytes += JSON.stringify(text).length;
  assert.equal(await bytesOf(run), bytes);
  assert.deepEqual(await driver.settle(run, [executed(second!, [text])]), {
    kind: 'refused',
    reasons: new Map([
      [second!.state, { limit: 'payloadBytes', total: bytes + JSON.stringify(text).length }],
    ]),
  });
  assert.deepEqual(await violations(run), []);
});

test('outputs that are too large together are not even staged', async () => {
  const run = await triggered({ payloadBytes: 1_000 });
  const [root] = await driver.claim(run, [split]);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  const half = stagedOutput({ text: 'x'.repeat(500) });
  assert.equal(await storage.runs.stage(lease, 0, [half], 1_000), 'OK');
  const before = await dumpAll(redis);
  assert.deepEqual(await storage.runs.stage(lease, 1, [half], 1_000), {
    limit: 'payloadBytes',
    total: 2 + 2 * half.outputJson.length,
  });
  assert.deepEqual(await dumpAll(redis), before);
});

test('the time for which a run is paused is added to what it may take', async () => {
  const run = await triggered({ runMs: 1_000 });
  const deadlines = keys.deadlines(0);
  const deadlineAt = async () => Number(await redis.zscore(deadlines, run.runId));
  assert.equal(await storage.runs.isOverdue(run.runId), false);
  await redis.zadd(deadlines, (await deadlineAt()) - 5_000, run.runId);
  assert.equal(await storage.runs.isOverdue(run.runId), true);
  assert.equal(await storage.runs.pause(run, undefined), 'CHANGED');
  assert.equal(await storage.runs.isOverdue(run.runId), false, 'its clock stands still');
  // As if it had been paused a minute ago, long before its deadline.
  const pausedAt = Number(await redis.hget(keys.run(run.runId), 'paused_at')) - 60_000;
  await redis.hset(keys.run(run.runId), 'paused_at', pausedAt);
  const before = Number(await redis.hget(keys.run(run.runId), 'clock'));
  await redis.zadd(deadlines, pausedAt + 500 + before, run.runId);
  assert.equal(await storage.runs.resume(run, undefined), 'CHANGED');
  assert.equal(await storage.runs.isOverdue(run.runId), false);
  const leftMs = (await deadlineAt()) - pausedAt - 60_000;
  assert.ok(leftMs >= 500 && leftMs < 2_000, `${leftMs} ms are left`);
  assert.deepEqual(await violations(run), []);
});
