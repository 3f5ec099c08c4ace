/** Marks below works: they hold for every attempt, wait without a job where more may grow, and end with the work. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cancelArea } from '../../../services/state-manager/engine/control/cancel-area.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { MarkTarget } from '../../../services/state-manager/engine/ports/control.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { planAgain } from '../../../services/state-manager/engine/turn/expander.ts';
import { markCall } from '../../../services/state-manager/storage/calls/mark.ts';
import { runScript } from '../../../services/state-manager/storage/connection/scripts.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { jobsOf, lookAt, sweep } from '../interleavings/sweep.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  type Held,
  pruned,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const { runs } = storage;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];
const end = { outcome: 'CANCELLED', reason: 'because' } as const;

async function begun(retries = 0): Promise<{ run: LoadedRun; root: Held }> {
  const graph = compile({
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  const run = newRun(graph);
  await beginRun(runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  return { run, root: root! };
}

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, 'test', run.runId, run.graph), []);
}

const cancel = (run: LoadedRun, target: MarkTarget) => runs.markCancelled(run, target, end);
const marksOf = (run: LoadedRun) => runs.marks(run.runId);
const jobNames = async (run: LoadedRun) => {
  const members = await redis.zrange(keys.cancelling(0), 0, -1);
  return members
    .filter((one) => one.startsWith(`${run.runId}:`))
    .map((one) => one.split(':').slice(1).join(':'));
};
const statuses = async (run: LoadedRun, ...states: number[]) =>
  (await runs.records(run.runId, states)).map((record) => record?.status);

test('a mark below work that has not ended waits without a job, and the end of the work has it looked at', async () => {
  const endings: Readonly<Record<string, (root: Held) => PlannedReport>> = {
    'with outputs': (root) => executed(root, values(2)),
    'without outputs': (root) => executed(root, []),
    'in an error': (root) => errored(root, false),
    pruned,
  };
  for (const [name, ending] of Object.entries(endings)) {
    for (const target of [{ state: 1 }, { state: 1, output: 0 }]) {
      const { run, root } = await begun();
      assert.equal(await cancel(run, target), 'CHANGED');
      await sweep(storage, run);
      const mark = 'output' in target ? ',1.0,' : ',1,';
      assert.deepEqual([await marksOf(run), await jobNames(run)], [mark, []], name);
      await holdsTogether(run);
      await accept(run, ending(root));
      assert.deepEqual(await jobNames(run), [`b:${mark.slice(1, -1)}`], name);
      await holdsTogether(run);
      await sweep(storage, run);
      assert.equal(await marksOf(run), '', name);
      await holdsTogether(run);
    }
  }
});

test('an attempt that is made while it is looked what lies below the one before does not lie below it', async () => {
  const { run, root } = await begun(2);
  await cancel(run, { state: 1 });
  const area = await cancelArea(runs, run, { kind: 'below', runId: run.runId, takenAt: 0, state: 1 });
  await accept(run, errored(root, true));
  const found: number[] = [];
  for await (const page of area!.states) found.push(...page.map(({ state }) => state));
  assert.deepEqual(found, []);
  await sweep(storage, run);
  assert.deepEqual(await statuses(run, 1, 2), ['RETRY_CREATED', 'CREATED']);
  await holdsTogether(run);
});

test('attempts of a retry policy leave the mark where it is', async () => {
  const { run, root } = await begun(2);
  await cancel(run, { state: 1 });
  await sweep(storage, run);
  await accept(run, errored(root, true));
  assert.deepEqual([await marksOf(run), await jobNames(run)], [',1,', []]);
  const [second] = await driver.claim(run, [split]);
  await accept(run, executed(second!, values(2)));
  assert.deepEqual(await driver.claim(run, [work]), [], 'nothing below it is handed out');
  await holdsTogether(run);
  await sweep(storage, run);
  assert.deepEqual([await marksOf(run), await jobNames(run)], ['', []]);
  assert.deepEqual(await statuses(run, 3, 4), ['CANCELLED', 'CANCELLED']);
  const [scope] = await runs.scopes(run.runId, [{ unite: merge, execution: 2 }]);
  assert.deepEqual([scope?.status, scope?.failed], ['FIRED', 2], 'the scope over the work sees the failures');
  await holdsTogether(run);
});

test('a look that began before the work ended does not take the mark away', async () => {
  const { run, root } = await begun();
  await cancel(run, { state: 1 });
  const [job] = await jobsOf(storage, run);
  // The other state manager has found nothing, and is slow to say so.
  const finish = () => runs.cancelled(run, job!, { held: [], seen: '', attempt: 1 });
  await accept(run, executed(root, values(2)));
  await finish();
  assert.deepEqual([await marksOf(run), await jobNames(run)], [',1,', ['b:1']]);
  await sweep(storage, run);
  assert.deepEqual(await statuses(run, 2, 3), ['CANCELLED', 'CANCELLED']);
  await holdsTogether(run);
});

test('a retry by hand takes away the marks that are older than what it makes, and no others', async () => {
  const { run, root } = await begun();
  await cancel(run, { state: 1 });
  await cancel(run, { state: 1, output: 0 });
  const [job] = await jobsOf(storage, run);
  await accept(run, errored(root, false));
  const [record] = await runs.records(run.runId, [1]);
  await retryState(runs, run, 1, record!);
  assert.deepEqual([await marksOf(run), await jobNames(run)], ['', []]);
  await holdsTogether(run);
  // One that comes now is newer.
  assert.equal(await cancel(run, { state: 1 }), 'CHANGED');
  await runs.cancelled(run, job!, { held: [], seen: '', attempt: 1 });
  assert.equal(await marksOf(run), ',1,', 'a look at the older one does not end it');
  const [second] = await driver.claim(run, [split]);
  await accept(run, executed(second!, values(1)));
  await sweep(storage, run);
  assert.deepEqual(await statuses(run, 3), ['CANCELLED']);
  assert.equal(await redis.hget(keys.run(run.runId), 'k1'), null, 'its reason is gone with it');
  await holdsTogether(run);
});

test('a retry below a mark waits until all there is cancelled', async () => {
  const { run, root } = await begun();
  await accept(run, executed(root, values(2)));
  const [first, second] = await driver.claim(run, [work]);
  await accept(run, errored(first!, false));
  await cancel(run, { state: 1 });
  const [record] = await runs.records(run.runId, [first!.state]);
  const retried = retryState(runs, run, first!.state, record!);
  await sweep(storage, run);
  await retried;
  assert.deepEqual(await statuses(run, second!.state), ['CANCELLED']);
  await sweep(storage, run);
  assert.equal((await driver.claim(run, [work])).length, 1, 'what the retry has made is free');
  await holdsTogether(run);
});

async function wide(width: number): Promise<LoadedRun> {
  const { run, root } = await begun();
  const report = executed(root, values(width));
  const step = { ...report.plan.step, isWide: true };
  await accept(run, { ...report, plan: { ...report.plan, step } as PlannedReport['plan'] });
  assert.deepEqual(await statuses(run, 1), ['EXECUTED']);
  return run;
}

async function expand(run: LoadedRun, atMost: number) {
  const [record] = await runs.records(run.runId, [1]);
  return runs.expand(run, 1, planAgain(run, 1, record!), { atMost });
}

test('children of a wide fan-out that did not exist when all of it was cancelled never live', async () => {
  const run = await wide(6);
  await expand(run, 2);
  await cancel(run, { state: 1 });
  assert.equal((await expand(run, 2)).kind, 'gone');
  await holdsTogether(run);
  await sweep(storage, run);
  assert.deepEqual(new Set(await statuses(run, 1, 2, 3, 4, 5, 6, 7)), new Set(['SUCCESS', 'CANCELLED']));
  assert.deepEqual([await marksOf(run), await jobNames(run)], ['', []]);
  const [scope] = await runs.scopes(run.runId, [{ unite: merge, execution: 1 }]);
  assert.deepEqual([scope?.status, scope?.failed], ['FIRED', 6]);
  await holdsTogether(run);
});

test('a mark below an output of a wide fan-out waits for its children', async () => {
  const run = await wide(6);
  await cancel(run, { state: 1, output: 4 });
  await sweep(storage, run);
  assert.deepEqual([await marksOf(run), await jobNames(run)], [',1.4,', []]);
  await expand(run, 4);
  assert.deepEqual(await jobNames(run), []);
  await holdsTogether(run);
  await expand(run, 1);
  assert.deepEqual(await jobNames(run), ['b:1.4']);
  await sweep(storage, run);
  assert.deepEqual(await statuses(run, 5, 6), ['CREATED', 'CANCELLED']);
  assert.equal(await marksOf(run), '', 'no more grows from that output');
  assert.equal((await expand(run, 4)).kind, 'done');
  await holdsTogether(run);
});

test('marks below an open fan-out name its siblings, and all of it ends with its first emit', async () => {
  const { run, root } = await begun();
  await cancel(run, { state: 1, output: 0 });
  await sweep(storage, run);
  await accept(run, emitted(root, 0, values(2)));
  const held = afterEmits(root);
  await sweep(storage, run);
  assert.equal(await marksOf(run), '', 'nothing grows from its own output');
  assert.deepEqual(await statuses(run, 2, 3), ['CREATED', 'CREATED']);
  await cancel(run, { state: 1, output: 1 });
  await sweep(storage, run);
  assert.deepEqual(
    await statuses(run, 2, 3),
    ['CANCELLED', 'CREATED'],
    'the first output is that of sibling 1',
  );
  assert.equal(await marksOf(run), '', 'while it still emits');
  await holdsTogether(run);
  await accept(run, sealed(held, 2));

  const other = await begun();
  await cancel(other.run, { state: 1 });
  await sweep(storage, other.run);
  await accept(other.run, emitted(other.root, 0, values(1)));
  await holdsTogether(other.run);
  const late = await driver.settle(other.run, [emitted(afterEmits(other.root), 1, values(1))]);
  assert.equal(late.kind === 'refused' && late.reasons.get(1), 'SETTLED');
  await sweep(storage, other.run);
  assert.deepEqual(await statuses(other.run, 1, 2), ['CANCELLED', 'CANCELLED']);
  await holdsTogether(other.run);
});

test('marks that wait count to those that there may be, and end with their works', async () => {
  const { run, root } = await begun();
  await accept(run, executed(root, values(500)));
  const held = await driver.claim(run, [work], 500);
  for (const { state } of held) {
    assert.equal(await cancel(run, { state }), 'CHANGED');
    assert.equal(await cancel(run, { state, output: 0 }), 'CHANGED');
  }
  for (const job of await jobsOf(storage, run)) await lookAt(storage, run, job);
  assert.deepEqual(await jobNames(run), []);
  assert.equal(await cancel(run, { state: 1, output: 7 }), 'FULL');
  await accept(run, executed(held[0]!, [{}]));
  await sweep(storage, run);
  assert.equal(await cancel(run, { state: 1, output: 7 }), 'CHANGED');
});

test('a resume that dies is carried on, lets go what was parked, and takes no other pause away', async () => {
  const { run, root } = await begun();
  await accept(run, executed(root, values(350)));
  await runs.pause(run, { state: 1 });
  assert.deepEqual(await driver.claim(run, [work], 350), []);
  const parked = keys.parked(run.runId, work);
  assert.equal(await redis.llen(parked), 350);
  // A state manager that dies behind the first step of its resume.
  assert.equal(await runScript(redis, markCall(keys, run, { state: 1 }, { kind: 'resume' })), 'CHANGED');
  assert.equal(await redis.llen(parked), 250);
  assert.deepEqual(await jobNames(run), ['p:']);
  await holdsTogether(run);
  // A pause that comes now is another one.
  await runs.pause(run, { state: 1 });
  assert.deepEqual(await driver.claim(run, [work], 50), []);
  await sweep(storage, run);
  assert.deepEqual(await jobNames(run), []);
  assert.equal(await redis.hget(keys.run(run.runId), 'pauses'), ',1,');
  assert.equal(await redis.hget(keys.run(run.runId), `p${work}`), null);
  await holdsTogether(run);
  await runs.resume(run, { state: 1 });
  assert.equal((await driver.claim(run, [work], 350)).length, 350);
  await holdsTogether(run);
});

test('a run that was paused when it ended gets its time from its retry on, without the pause', async () => {
  const { run, root } = await begun();
  await runs.pause(run, undefined);
  await accept(run, errored(root, false));
  const runKey = keys.run(run.runId);
  // As if it had been paused for an hour before.
  await redis.hincrby(runKey, 'paused_at', -3_600_000);
  const [record] = await runs.records(run.runId, [1]);
  await retryState(runs, run, 1, record!);
  assert.equal(await redis.hget(runKey, 'status'), 'PAUSED');
  // Redis counts in milliseconds: a pause within one is none.
  const retriedAt = performance.now();
  await eventually(() => performance.now() > retriedAt + 2, { intervalMs: 1 });
  await runs.resume(run, undefined);
  await redis.zadd(keys.deadlines(0), 1, run.runId);
  assert.equal(await runs.isOverdue(run.runId), false, 'the time of the pause behind the retry');
  const moved = Number(await redis.zscore(keys.deadlines(0), run.runId));
  assert.ok(moved < 60_000, `moved by ${moved} ms, as if the pause had begun before the retry`);
});
