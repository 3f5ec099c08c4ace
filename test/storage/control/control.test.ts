/** Controls of users over runs, and what sweeps behind them: each step again, too late, and broken off anywhere. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { jobsOf, lookAt, sweep } from '../interleavings/sweep.ts';
import { errored, executed, type Held, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const { runs } = storage;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];
const cancelled = { outcome: 'CANCELLED', reason: 'because' } as const;
const failed = { outcome: 'FAILED', reason: 'later' } as const;

async function begun(
  width: number,
  unites: object = { strategy: 'ALL_DONE' },
): Promise<{ run: LoadedRun; held: Held[] }> {
  const graph = compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', ...unites } }),
    ],
  });
  const run = newRun(graph);
  await beginRun(runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await accept(run, executed(root!, values(width)));
  return { run, held: await driver.claim(run, [work]) };
}

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, 'test', run.runId, run.graph), []);
}

/** Does something, and makes sure that nothing was written. */
async function unchanged<T>(act: () => Promise<T>): Promise<T> {
  const before = await dumpAll(redis);
  const result = await act();
  assert.deepEqual(await dumpAll(redis), before, 'nothing was written');
  return result;
}

function statusOf({ runId }: LoadedRun) {
  return redis.hget(keys.run(runId), 'status');
}

test('a thousand parts of a run may be paused, and as many be cancelled, at a time', async () => {
  const { run } = await begun(2);
  const below = (output: number) => ({ state: 1, output });
  for (let output = 0; output < 1_000; output++) {
    assert.equal(await runs.pause(run, below(output)), 'CHANGED');
    assert.equal(await runs.markCancelled(run, below(output), cancelled), 'CHANGED');
  }
  assert.equal(await unchanged(() => runs.pause(run, below(1_000))), 'FULL');
  assert.equal(await unchanged(() => runs.markCancelled(run, below(1_000), cancelled)), 'FULL');
  assert.equal(await unchanged(() => runs.pause(run, below(1))), 'SAME');
  assert.equal(await runs.pause(run, undefined), 'CHANGED', 'the whole run may always be taken');
  await sweep(storage, run);
  assert.equal(await runs.markCancelled(run, below(1_000), cancelled), 'CHANGED');
  assert.equal(await runs.resume(run, below(0)), 'CHANGED');
  assert.equal(await runs.pause(run, below(1_000)), 'CHANGED');
});

test('each mark is written once, and on a run that has ended none is', async () => {
  const { run, held } = await begun(2);
  const below = { state: 1, output: 0 };
  assert.equal(await runs.pause(run, below), 'CHANGED');
  assert.equal(await unchanged(() => runs.pause(run, below)), 'SAME');
  assert.equal(await runs.pause(run, undefined), 'CHANGED');
  assert.equal(await unchanged(() => runs.pause(run, undefined)), 'SAME');
  assert.equal(await statusOf(run), 'PAUSED');
  assert.equal(await runs.resume(run, undefined), 'CHANGED');
  assert.equal(await runs.resume(run, undefined), 'SAME');
  assert.equal(await runs.resume(run, below), 'CHANGED');
  assert.equal(await runs.resume(run, below), 'SAME');
  assert.equal(await runs.markCancelled(run, below, cancelled), 'CHANGED');
  assert.equal(await unchanged(() => runs.markCancelled(run, below, cancelled)), 'SAME');
  await holdsTogether(run);
  await sweep(storage, run);
  await accept(run, executed(held[1]!, [{}]));
  const [united] = await driver.claim(run, [merge]);
  await accept(run, executed(united!, [{}]));
  assert.equal(await statusOf(run), 'SUCCESS');
  for (const target of [undefined, below]) {
    assert.equal(await unchanged(() => runs.markCancelled(run, target, failed)), 'SAME');
    assert.equal(await unchanged(() => runs.pause(run, target)), 'SAME');
  }
  await holdsTogether(run);
  assert.equal(await runs.markCancelled(newRun(run.graph), undefined, cancelled), 'GONE');
});

test('the first that ends a run says how', async () => {
  const { run } = await begun(2);
  assert.equal(await runs.markCancelled(run, undefined, cancelled), 'CHANGED');
  assert.equal(await unchanged(() => runs.markCancelled(run, undefined, failed)), 'SAME');
  assert.deepEqual(await runs.runEnding(run.runId), cancelled);
  await sweep(storage, run);
  assert.equal(await statusOf(run), 'CANCELLED');
  await holdsTogether(run);
});

test('what a pause below a state holds is parked, and goes back in steps when all pauses above it are gone', async () => {
  const graph = compile({ nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] });
  const run = newRun(graph);
  await beginRun(runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  await accept(run, executed(root!, values(250)));
  await runs.pause(run, { state: 1 });
  await runs.pause(run, { state: 1, output: 7 });
  assert.deepEqual(await driver.claim(run, [1], 250), []);
  await holdsTogether(run);
  assert.equal(await redis.llen(keys.parked(run.runId, 1)), 250);
  assert.equal(await runs.resume(run, { state: 1 }), 'CHANGED');
  assert.equal(await redis.llen(keys.parked(run.runId, 1)), 0);
  const claimed = await driver.claim(run, [1], 250);
  assert.equal(claimed.length, 249);
  await holdsTogether(run);
  assert.equal(await runs.resume(run, { state: 1, output: 7 }), 'CHANGED');
  assert.equal((await driver.claim(run, [1], 250)).length, 1);
  await holdsTogether(run);
});

test('a job is done once, and not by somebody who was asked for another look meanwhile', async () => {
  const { run, held } = await begun(2);
  await runs.markCancelled(run, { state: 1, output: 0 }, cancelled);
  const [job] = await jobsOf(storage, run);
  await lookAt(storage, run, job!);
  await holdsTogether(run);
  const release = { held: [], seen: '' };
  const [newer] = await jobsOf(storage, run);
  await redis.zadd(keys.cancelling(0), 0, `${run.runId}:b:1.0`);
  await unchanged(() => runs.cancelled(run, newer!, release));
  const [again] = await jobsOf(storage, run);
  await runs.cancelled(run, again!, release);
  assert.deepEqual(await jobsOf(storage, run), []);
  await unchanged(() => runs.cancelled(run, again!, release));
  await holdsTogether(run);
  // A step for a mark that is gone commits nothing, whatever it had found.
  const report = { ...errored(held[1]!, false) };
  const late = { run, reports: [report], onlyBelow: { state: 1, output: 0 } as const };
  const { settled } = await unchanged(() => runs.commit({ settlements: [late] }));
  assert.deepEqual(settled, [{ kind: 'alive' }]);
});

test('a superseded state lets go of the scopes around it once, and only if nothing else was superseded since', async () => {
  const { run, held } = await begun(2);
  await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
  const [record] = await runs.records(run.runId, [held[1]!.state]);
  const scopes = record!.standing.scopes.map((scope) => ({ ...scope, counts: true }));
  const [scope] = await runs.scopes(run.runId, [{ unite: merge, execution: 1 }]);
  assert.equal((await runs.retry(run, held[1]!.state, record!, scopes, 0)).kind, 'OK');
  const seen = await runs.marks(run.runId);
  assert.equal(seen, `,=${scope!.result},`);
  await holdsTogether(run);
  // What the run has to wait for until the sweep is done.
  assert.equal(await redis.hget(keys.run(run.runId), 'unfinished'), '3');
  const [job] = await jobsOf(storage, run);
  assert.equal(await lookAt(storage, run, job!), false, 'there was something to cancel');
  await holdsTogether(run);
  const around = { unite: merge, execution: 1, branch: 1, delivered: false };
  const [next] = await jobsOf(storage, run);
  await unchanged(() => runs.cancelled(run, next!, { held: [around], seen: `${seen}=99,` }));
  assert.equal(await lookAt(storage, run, next!), true);
  assert.equal(await redis.hget(keys.run(run.runId), 'unfinished'), '1');
  await unchanged(() => runs.cancelled(run, next!, { held: [], seen }));
  await holdsTogether(run);
});

test('a failure is taken back once, and only of what has ended', async () => {
  const { run, held } = await begun(2);
  await accept(run, errored(held[0]!, false));
  const counted = { countsIn: [{ unite: merge, execution: 1, branch: 0 }], isUncounted: false };
  await unchanged(() => runs.supersede(run.runId, [{ state: held[1]!.state, ...counted }]));
  await runs.supersede(run.runId, [{ state: held[0]!.state, ...counted }]);
  const [record] = await runs.records(run.runId, [held[0]!.state]);
  assert.deepEqual([record?.isUncounted, record?.isSuperseded], [true, true]);
  assert.equal(await redis.zcard(keys.failures(run.runId)), 0);
  await unchanged(() => runs.supersede(run.runId, [{ state: held[0]!.state, ...counted }]));
  const other = await begun(1);
  await accept(other.run, errored(other.held[0]!, false));
  const [united] = await driver.claim(other.run, [merge]);
  await accept(other.run, errored(united!, false));
  assert.equal(await redis.hget(keys.run(other.run.runId), 'failed'), '1');
  const ofRun = { state: united!.state, countsIn: [], isUncounted: true };
  for (let i = 0; i < 2; i++) await runs.supersede(other.run.runId, [ofRun]);
  assert.equal(await redis.hget(keys.run(other.run.runId), 'failed'), '0');
});

test('a timeout decides once, and when it has come', async () => {
  const { run, held } = await begun(2, { strategy: 'ALL_DONE', timeout_ms: 60_000 });
  const address = { unite: merge, execution: 1 };
  const timer = `${run.runId}:2.1`;
  const status = async () => (await runs.scopes(run.runId, [address]))[0]!.status;
  await accept(run, executed(held[0]!, [{}]));
  await runs.decide(run, [address]);
  assert.equal(await status(), 'OPEN', 'its time has not come');
  await redis.zadd(keys.timers(0), 1, timer);
  const { isCancelling, readyNodes } = await runs.decide(run, [address]);
  assert.deepEqual([await status(), isCancelling, readyNodes], ['FIRED', true, [merge]]);
  await holdsTogether(run);
  const fired = await redis.hget(keys.run(run.runId), 'u2.1');
  await redis.zadd(keys.timers(0), 1, timer);
  await runs.decide(run, [address]);
  assert.equal(await redis.hget(keys.run(run.runId), 'u2.1'), fired, 'not again');
  await sweep(storage, run);
  await holdsTogether(run);
});

test('what is left to do for a run that is gone leaves nothing behind', async () => {
  const { run } = await begun(1, { timeout_ms: 60_000 });
  const others = await begun(1);
  for (const name of await redis.keys(`*${run.runId}*`)) await redis.del(name);
  await runs.decide(run, [{ unite: merge, execution: 1 }]);
  await redis.zadd(keys.timers(0), 1, `${run.runId}:2.1`);
  await redis.zadd(keys.cancelling(0), 1, `${run.runId}:r:`);
  await runs.decide(run, [{ unite: merge, execution: 1 }]);
  await runs.cancelled(run, { runId: run.runId, kind: 'run', takenAt: 1 }, { held: [], seen: '' });
  assert.deepEqual(await redis.keys(`*${run.runId}*`), []);
  assert.equal(await redis.zscore(keys.timers(0), `${run.runId}:2.1`), null);
  assert.deepEqual(await jobsOf(storage, run), []);
  await holdsTogether(others.run);
});

test('a runtime is told to give up what was cancelled, and not what a retry by hand has made since', async () => {
  const { run, held } = await begun(2);
  const told: string[] = [];
  const tell = (stateId: string) => void told.push(stateId);
  assert.equal(await runs.markCancelled(run, undefined, cancelled), 'CHANGED');
  const [job] = await jobsOf(storage, run);
  assert.equal(await lookAt(storage, run, job!, runs, tell), false);
  assert.deepEqual(told, [`${run.runId}.2`, `${run.runId}.3`]);
  // The run has ended by that, and is retried, when the second look reads its states.
  const { state } = held[1]!;
  const [record] = await runs.records(run.runId, [state]);
  const scopes = record!.standing.scopes.map((scope) => ({ ...scope, counts: true }));
  assert.equal((await runs.retry(run, state, record!, scopes, 0)).kind, 'OK');
  const [again] = await driver.claim(run, [work]);
  await unchanged(() => lookAt(storage, run, job!, runs, tell));
  assert.equal(told.length, 2, 'nothing was cancelled');
  await accept(run, executed(again!, [{}]));
  await holdsTogether(run);
});
