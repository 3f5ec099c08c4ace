/**
 * A unite that is opened again by a retry has back what its closing had cancelled, before it is decided: all of it if it
 * gave up, and if it fired only what is retried.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { uniteValues } from '../../../services/state-manager/engine/tree/united-lists.ts';
import { planAgain } from '../../../services/state-manager/engine/turn/expander.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { dyingBehind, rethrowUnlessDead } from '../interleavings/dying-storage.ts';
import { jobsOf, lookAt, sweep } from '../interleavings/sweep.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  executedStaged,
  type Held,
  SessionDriver,
  sealed,
  stagedOutput,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];

function uniting(unites: object): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', ...unites } }),
    ],
  });
}

async function begun(graph: Graph): Promise<{ run: LoadedRun; root: Held }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  return { run, root: root! };
}

/** A run with so many branches, all of them leased. */
async function branched(graph: Graph, width: number): Promise<{ run: LoadedRun; held: Held[] }> {
  const { run, root } = await begun(graph);
  await accept(run, executed(root, values(width)));
  return { run, held: await driver.claim(run, [work], width) };
}

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function retry(run: LoadedRun, state: number): Promise<void> {
  const [record] = await storage.runs.records(run.runId, [state]);
  await retryState(storage.runs, run, state, record!);
}

async function scopeOf(run: LoadedRun, unite = merge, execution = 1) {
  return (await storage.runs.scopes(run.runId, [{ unite, execution }]))[0]!;
}

/** The values of `unite.…` in the newest uniting state. */
async function told(run: LoadedRun, unite = merge, execution = 1) {
  const { result } = await scopeOf(run, unite, execution);
  const [record] = await storage.runs.records(run.runId, [result!]);
  return (await uniteValues(storage.runs, run, record!, {
    ...{ failures: false, failuresLeftOut: false, maxFailureBytes: 0 },
  })) as { counts: object; partial: boolean };
}

async function executeAll(run: LoadedRun): Promise<void> {
  for (let held = await driver.claim(run); held.length > 0; held = await driver.claim(run))
    await accept(run, ...held.map((one) => executed(one, [{}])));
}

async function timesOut(run: LoadedRun, unite = merge): Promise<void> {
  await redis.zadd(keys.timers(0), 1, `${run.runId}:${unite}.1`);
  await storage.runs.decide(run, [{ unite, execution: 1 }]);
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

async function statusOf(run: LoadedRun) {
  return (await storage.runs.view(run.runId))?.status;
}

const whole = { failed: 0, pruned: 0, unfinished: 0, left_out: 0 };

test('a unite that failed fast has all branches back, and is not decided before they are', async () => {
  const { run, held } = await branched(uniting({ fail_fast: true }), 5);
  await accept(run, errored(held[0]!, false));
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  await sweep(storage, run);
  await holdsTogether(run);
  await retry(run, held[0]!.state);
  await holdsTogether(run);
  const opened = await scopeOf(run);
  assert.deepEqual([opened.unfinished, opened.leftOut], [1, 4]);
  // What was retried is done before the others are back.
  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  await holdsTogether(run);
  assert.equal((await scopeOf(run)).status, 'OPEN');
  await sweep(storage, run);
  await holdsTogether(run);
  const { unfinished, leftOut } = await scopeOf(run);
  assert.deepEqual([unfinished, leftOut], [4, 0]);
  await executeAll(run);
  assert.deepEqual(await told(run), {
    ...{ counts: { total: 5, succeeded: 5, ...whole }, failures: [], failures_left_out: 0 },
    ...{ partial: false, window: null, final: true },
  });
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('a unite that gave up at its timeout has its branches back, also those that ended after it', async () => {
  const { run, held } = await branched(uniting({ timeout_ms: 60_000 }), 4);
  await accept(run, errored(held[0]!, false), executed(held[1]!, [{}]));
  await timesOut(run);
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  // Its new timeout comes while it is held.
  await timesOut(run);
  assert.equal((await scopeOf(run)).status, 'OPEN');
  await sweep(storage, run);
  await holdsTogether(run);
  await executeAll(run);
  const { counts, partial } = await told(run);
  assert.deepEqual([counts, partial], [{ total: 4, succeeded: 4, ...whole }, false]);
  await holdsTogether(run);
});

test('a quorum that could not be met is repaired', async () => {
  const quorum = uniting({ strategy: 'QUORUM', min_success: 4, fail_fast: true });
  const { run, held } = await branched(quorum, 5);
  await accept(run, errored(held[0]!, false), errored(held[1]!, false));
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  await sweep(storage, run);
  await holdsTogether(run);
  await executeAll(run);
  const { counts, partial } = await told(run);
  assert.deepEqual([counts, partial], [{ total: 5, succeeded: 4, ...whole, failed: 1 }, false]);
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('a unite that fired early keeps left out what it left out, and says so in every generation', async () => {
  const { run, held } = await branched(uniting({ strategy: 'QUORUM', min_success: 2 }), 5);
  await accept(run, errored(held[0]!, false), executed(held[1]!, [{}]), executed(held[2]!, [{}]));
  const early = { total: 5, succeeded: 2, failed: 1, pruned: 0 };
  assert.deepEqual((await told(run)).counts, { ...early, unfinished: 2, left_out: 0 });
  assert.equal((await told(run)).partial, true);
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  await holdsTogether(run);
  await sweep(storage, run);
  await holdsTogether(run);
  // Two have succeeded, so it fires again at once.
  assert.equal((await scopeOf(run)).status, 'OPEN', 'it waits for what is retried');
  await executeAll(run);
  const { counts, partial } = await told(run);
  assert.deepEqual(counts, { ...early, succeeded: 3, failed: 0, unfinished: 0, left_out: 2 });
  assert.equal(partial, true);
  await holdsTogether(run);
});

test('an open fan-out that was told to stop is executed again for the rest', async () => {
  const { run, root } = await begun(uniting({ fail_fast: true }));
  await accept(run, emitted(root, 0, values(3)));
  const [bad] = await driver.claim(run, [work]);
  await accept(run, errored(bad!, false));
  assert.equal((await scopeOf(run)).isCutOff, true);
  await sweep(storage, run);
  await holdsTogether(run);
  assert.equal((await storage.runs.records(run.runId, [1]))[0]?.isCutOff, true);
  await retry(run, bad!.state);
  await holdsTogether(run);
  await sweep(storage, run);
  await holdsTogether(run);
  const [again] = await driver.claim(run, [split]);
  assert.deepEqual([again?.record.work, again?.record.hasEmitted, again?.record.attempt], [1, true, 2]);
  const { isSealed, isCutOff } = await scopeOf(run);
  assert.deepEqual([isSealed, isCutOff], [false, false]);
  await accept(run, emitted(again!, 3, values(2)));
  for (const one of await driver.claim(run, [work])) await accept(run, executed(one, [{}]));
  assert.equal((await scopeOf(run)).status, 'OPEN', 'more may come');
  await accept(run, sealed(again!, 5));
  const { counts, partial } = await told(run);
  assert.deepEqual([counts, partial], [{ total: 5, succeeded: 5, ...whole }, false]);
  await executeAll(run);
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('an open fan-out that was cut off by a timeout or a quorum is partial, though nothing is unfinished', async () => {
  for (const policy of [
    { strategy: 'ALL_DONE', timeout_ms: 60_000 },
    { strategy: 'QUORUM', min_success: 2 },
  ]) {
    const { run, root } = await begun(uniting(policy));
    await accept(run, emitted(root, 0, values(2)));
    for (const one of await driver.claim(run, [work])) await accept(run, executed(one, [{}]));
    if (policy.timeout_ms) await timesOut(run);
    const { counts, partial } = await told(run);
    assert.deepEqual([counts, partial], [{ total: 2, succeeded: 2, ...whole }, true]);
    await sweep(storage, run);
    await holdsTogether(run);
  }
});

test('an open fan-out that went on for others emits for the unite again, if it emitted nothing in between', async () => {
  const graph = compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work', 'side']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', fail_fast: true } }),
      nodeTemplate('side'),
    ],
  });
  for (const between of [0, 1]) {
    const { run, root } = await begun(graph);
    await accept(run, emitted(root, 0, values(2)));
    const [bad] = await driver.claim(run, [work]);
    await accept(run, errored(bad!, false));
    await sweep(storage, run);
    if (between > 0) await accept(run, emitted(afterEmits(root), 2, values(1)));
    await retry(run, bad!.state);
    await sweep(storage, run);
    await holdsTogether(run);
    assert.equal((await scopeOf(run)).isCutOff, between > 0);
    await accept(run, emitted(afterEmits(root), 2 + between, values(1)));
    await accept(run, sealed(afterEmits(root), 3 + between));
    await executeAll(run);
    const { counts, partial } = await told(run);
    assert.deepEqual(counts, { total: 3 - between, succeeded: 3 - between, ...whole });
    assert.equal(partial, between > 0, 'what came in between is none of it');
    await holdsTogether(run);
  }
});

/** `split → part → work → merge → all`, where merge unites part and all unites split. */
function nested(inner: object, outer: object): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['part']),
      nodeTemplate('part', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', ['all'], { unites: { identifier: 'part', ...inner } }),
      nodeTemplate('all', [], { unites: { identifier: 'split', ...outer } }),
    ],
  });
}
const inner = { part: 1, work: 2, merge: 3, all: 4 };

/** Two parts with two states of work each, all leased. */
async function parted(graph: Graph): Promise<{ run: LoadedRun; parts: Held[]; held: Held[] }> {
  const { run, root } = await begun(graph);
  await accept(run, executed(root, values(2)));
  const parts = await driver.claim(run, [inner.part]);
  for (const part of parts) await accept(run, executed(part, values(2)));
  return { run, parts, held: await driver.claim(run, [inner.work]) };
}

test('unites within one that gave up come back with it, and wait for all of theirs', async () => {
  const { run, parts, held } = await parted(nested({}, { fail_fast: true }));
  await accept(run, errored(held[0]!, false), executed(held[1]!, [{}]));
  assert.equal((await scopeOf(run, inner.all)).status, 'GAVE_UP');
  await sweep(storage, run);
  await holdsTogether(run);
  const other = parts[1]!.state;
  assert.equal((await scopeOf(run, inner.merge, other)).status, 'CANCELLED');
  await retry(run, held[0]!.state);
  await holdsTogether(run);
  await sweep(storage, run);
  await holdsTogether(run);
  const { status, unfinished } = await scopeOf(run, inner.merge, other);
  assert.deepEqual([status, unfinished], ['OPEN', 2]);
  await executeAll(run);
  for (const part of parts) {
    const { counts, partial } = await told(run, inner.merge, part.state);
    assert.deepEqual([counts, partial], [{ total: 2, succeeded: 2, ...whole }, false]);
  }
  assert.deepEqual((await told(run, inner.all)).counts, { total: 2, succeeded: 2, ...whole });
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('a unite within one that gave up, and that had given up itself, keeps out what it left out', async () => {
  const { run, parts, held } = await parted(
    nested({ fail_fast: true }, { strategy: 'QUORUM', min_success: 2 }),
  );
  const [first, , third] = held;
  await accept(run, errored(first!, false));
  await sweep(storage, run);
  await accept(run, errored(third!, false));
  await sweep(storage, run);
  assert.equal(await statusOf(run), 'FAILED');
  await retry(run, first!.state);
  await sweep(storage, run);
  await holdsTogether(run);
  const [back, out] = parts.map(({ state }) => scopeOf(run, inner.merge, state));
  assert.equal((await back!).status, 'OPEN');
  assert.equal((await out!).status, 'GAVE_UP');
  await executeAll(run);
  assert.equal(await statusOf(run), 'FAILED');
  await retry(run, third!.state);
  await sweep(storage, run);
  await executeAll(run);
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('a branch that was left out comes back whole when something in it is retried, also later', async () => {
  const graph = compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['merge']),
      nodeTemplate('right', ['merge']),
      nodeTemplate('merge', [], {
        unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 60_000 },
      }),
    ],
  });
  const { run, root } = await begun(graph);
  await accept(run, executed(root, values(3)));
  const left = await driver.claim(run, [1]);
  const right = await driver.claim(run, [2]);
  await accept(run, errored(left[0]!, false), executed(right[0]!, [{}]), errored(left[1]!, false));
  await timesOut(run, 3);
  await sweep(storage, run);
  assert.deepEqual((await told(run, 3)).counts, {
    total: 3,
    succeeded: 0,
    ...whole,
    failed: 1,
    unfinished: 2,
  });
  // The first is counted; of the second something was cancelled.
  await retry(run, left[0]!.state);
  await sweep(storage, run);
  await retry(run, left[1]!.state);
  await holdsTogether(run);
  await sweep(storage, run);
  await holdsTogether(run);
  const { unfinished, leftOut } = await scopeOf(run, 3);
  assert.deepEqual([unfinished, leftOut], [2, 1]);
  await executeAll(run);
  const { counts, partial } = await told(run, 3);
  assert.deepEqual([counts, partial], [{ total: 3, succeeded: 2, ...whole, left_out: 1 }, true]);
  await holdsTogether(run);
});

test('a wide fan-out whose children did not all exist has them back, in steps that may die', async () => {
  const { run, root } = await begun(uniting({ fail_fast: true }));
  const width = 700;
  const outputs = values(width).map(stagedOutput);
  await storage.runs.stage(
    { runId: run.runId, state: 1, leaseToken: root.record.leaseToken },
    0,
    outputs,
    1_000_000,
  );
  await accept(run, executedStaged(root, width));
  const expand = async (atMost: number) => {
    const [record] = await storage.runs.records(run.runId, [1]);
    return storage.runs.expand(run, 1, planAgain(run, 1, record!), { atMost });
  };
  await expand(100);
  const [bad] = await driver.claim(run, [work], 1);
  await accept(run, errored(bad!, false));
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  while ((await expand(500)).kind === 'more');
  await sweep(storage, run);
  await holdsTogether(run);
  await retry(run, bad!.state);
  for (let writes = 1; (await jobsOf(storage, run)).length > 0; writes += 40) {
    for (const job of await jobsOf(storage, run))
      await lookAt(storage, run, job, dyingBehind(writes, storage.runs)).catch(rethrowUnlessDead);
    await holdsTogether(run);
  }
  await executeAll(run);
  const { counts, partial } = await told(run);
  assert.deepEqual([counts, partial], [{ total: width, succeeded: width, ...whole }, false]);
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('a run that is cancelled while branches come back ends, and goes on with all of them when it is retried', async () => {
  const { run, held } = await branched(uniting({ fail_fast: true }), 4);
  await accept(run, errored(held[0]!, false));
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  await storage.runs.markCancelled(run, undefined, { outcome: 'CANCELLED', reason: '' });
  await sweep(storage, run);
  await holdsTogether(run);
  assert.equal(await statusOf(run), 'CANCELLED');
  const newest = (await storage.runs.view(run.runId))!.lastState;
  const numbers = Array.from({ length: newest }, (_, i) => i + 1);
  const records = await storage.runs.records(run.runId, numbers);
  const cancelled = numbers.filter((_, i) => records[i]?.status === 'CANCELLED' && !records[i].isUncounted);
  for (const state of cancelled) if (state > held[3]!.state) await retry(run, state).catch(() => undefined);
  await sweep(storage, run);
  await executeAll(run);
  const { counts, partial } = await told(run);
  assert.deepEqual([counts, partial], [{ total: 4, succeeded: 4, ...whole }, false]);
  assert.equal(await statusOf(run), 'SUCCESS');
  await holdsTogether(run);
});

test('what a user cancels while it comes back is cancelled, and fails its branch', async () => {
  const { run, held } = await branched(uniting({ fail_fast: true, tolerated_failures: 1 }), 4);
  await accept(run, errored(held[0]!, false), errored(held[1]!, false));
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  await storage.runs.markCancelled(run, { state: 1, output: 3 }, { outcome: 'CANCELLED', reason: '' });
  await sweep(storage, run);
  await holdsTogether(run);
  const { status, failed } = await scopeOf(run);
  assert.deepEqual([status, failed], ['GAVE_UP', 2]);
});

test('a cancel below waits for what comes back, also when it is looked at before', async () => {
  const { run, held } = await branched(uniting({ fail_fast: true, tolerated_failures: 1 }), 4);
  await accept(run, errored(held[0]!, false), errored(held[1]!, false));
  await sweep(storage, run);
  await retry(run, held[0]!.state);
  await storage.runs.markCancelled(run, { state: 1, output: 3 }, { outcome: 'CANCELLED', reason: '' });
  const [below] = (await storage.runs.cancelling(0, 0, 10)).filter(({ kind }) => kind === 'below');
  await storage.runs.cancelled(run, below!, { held: [], seen: '', attempt: 1 });
  await holdsTogether(run);
  await sweep(storage, run);
  await holdsTogether(run);
  const { status, failed } = await scopeOf(run);
  assert.deepEqual([status, failed], ['GAVE_UP', 2]);
  assert.equal(await storage.runs.marks(run.runId), '');
});
