/** Rounds of what goes on by itself, past runs that are broken in storage. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { Bell } from '../../../services/state-manager/bell.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { Canceller } from '../../../services/state-manager/engine/control/canceller.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimedState, Settlement } from '../../../services/state-manager/engine/ports/settling.ts';
import { Committer } from '../../../services/state-manager/engine/turn/committer.ts';
import { Expander } from '../../../services/state-manager/engine/turn/expander.ts';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';
import { duePromoter } from '../../../services/state-manager/engine/upkeep/due-promoter.ts';
import { retention } from '../../../services/state-manager/engine/upkeep/retention.ts';
import { runDeadlines } from '../../../services/state-manager/engine/upkeep/run-deadlines.ts';
import { scopeTimers } from '../../../services/state-manager/engine/upkeep/scope-timers.ts';
import { sessionSweeper } from '../../../services/state-manager/engine/upkeep/session-sweeper.ts';
import { timeoutReaper } from '../../../services/state-manager/engine/upkeep/timeout-reaper.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import type { Loop } from '../../../services/state-manager/loop.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, lost, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const graph = compile({
  nodes: [nodeTemplate('split', ['work'], { timeout_ms: 60_000 }), nodeTemplate('work')],
});

/** Parts that work on runs by themselves, and which runs they log as broken. */
function working() {
  const lines: { event: string; runId?: string }[] = [];
  const log = createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  const work = new Bell();
  const cancelling = new Bell();
  const expander = new Expander(storage.runs, runs, cancelling, log);
  const parts = { storage: storage.runs, runs, cancelling, log };
  const committer = new Committer({ ...parts, readyPlaces: new ReadyPlaces(), expander });
  /** Runs that were said to be broken. */
  const broken = () => lines.flatMap(({ event, runId }) => (event.endsWith('_failed') && runId) || []);
  return { parts: { ...parts, committer, work }, broken };
}

/** The root of a new run, under a lease of a session of its own. */
async function held(sessionId: string, runs: LoadedRuns): Promise<ClaimedState> {
  const driver = new SessionDriver(storage, sessionId);
  await driver.attach();
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  runs.remember(run);
  const [root] = await driver.claim(run, [0]);
  return root!;
}

/** Has it be read, and not settled. */
async function breakRun({ run }: ClaimedState): Promise<void> {
  await redis.hset(keys.run(run.runId), 'store_bytes', 'many');
}

async function statusOf({ run, state }: ClaimedState): Promise<string | undefined> {
  return (await storage.runs.records(run.runId, [state]))[0]?.status;
}

function start(t: TestContext, loop: Loop): void {
  loop.start();
  loop.hasten();
  t.after(() => loop.stop());
}

test('a run that is broken keeps no other of our own settlements, and is logged once', async () => {
  const { parts, broken } = working();
  const driver = new SessionDriver(storage, 'own');
  await driver.attach();
  const [left, sick, right] = [
    await held('own', parts.runs),
    await held('own', parts.runs),
    await held('own', parts.runs),
  ];
  await driver.settle(right.run, [executed(right, values(2))]);
  const [late, good] = await driver.claim(right.run, [1]);
  await driver.settle(right.run, [executed(late!, [])]);
  await breakRun(sick);
  const settlements: Settlement[] = [
    { run: left.run, reports: [executed(left, values(1))] },
    { run: sick.run, reports: [executed(sick, values(1))] },
    // One of these is refused, so that the other is committed in a second step.
    { run: right.run, reports: [lost(late!), executed(good!, [])] },
  ];
  assert.deepEqual(await parts.committer.each({ settlements }), new Set([sick.run.runId]));
  assert.equal(await statusOf(left), 'SUCCESS');
  assert.equal(await statusOf(sick), 'QUEUED');
  assert.equal(await statusOf(good!), 'SUCCESS');
  await parts.committer.each({ settlements });
  assert.deepEqual(broken(), [sick.run.runId]);
  await assert.rejects(parts.committer.one(settlements[1]!));
});

test('sessions are swept behind one that holds a lease of a broken run', async (t) => {
  const { parts, broken } = working();
  const sick = await held('sick', parts.runs);
  const fine = await held('fine', parts.runs);
  await breakRun(sick);
  await redis.zadd(keys.sessions(0), 1, 'sick', 2, 'fine');
  start(t, sessionSweeper({ ...parts, sessions: storage.sessions }));
  await eventually(async () => (await redis.zscore(keys.sessions(0), 'fine')) === null);
  assert.equal(await statusOf(fine), 'CREATED');
  assert.equal(await statusOf(sick), 'QUEUED');
  assert.deepEqual(broken(), [sick.run.runId]);
});

test('runtimes are told of their timeouts beside one on a broken run', async (t) => {
  const { parts, broken } = working();
  const sick = await held('slow', parts.runs);
  const fine = await held('slow', parts.runs);
  await breakRun(sick);
  const told: string[] = [];
  storage.notices.onCancel((_, { stateId }) => told.push(stateId));
  for (const { run, state, record } of [sick, fine])
    await redis.zadd(keys.timeouts(0), 1, `${run.runId}:${state}:${record.leaseToken}`);
  start(t, timeoutReaper({ ...parts, notices: storage.notices }));
  await eventually(() => told.length > 0);
  assert.deepEqual(told, [stateIdOf(fine.run.runId, fine.state)]);
  assert.equal(await statusOf(fine), 'RETRY_CREATED');
  assert.deepEqual(broken(), [sick.run.runId]);
});

/** A run that is broken so that nothing reads it, and one that is whole. */
async function sickAndFine({ runs }: { runs: LoadedRuns }): Promise<[LoadedRun, LoadedRun]> {
  const both: [LoadedRun, LoadedRun] = [newRun(graph), newRun(graph)];
  for (const run of both) {
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    runs.remember(run);
  }
  return both;
}

async function breakWhole({ runId }: LoadedRun): Promise<void> {
  await redis.del(keys.run(runId));
  await redis.set(keys.run(runId), 'no hash');
}

test('states become ready behind those of a broken run', async (t) => {
  const { parts, broken } = working();
  const [sick, fine] = await sickAndFine(parts);
  await breakWhole(sick);
  await redis.zadd(keys.due(0), 1, `${sick.runId}:1:0`, 2, `${fine.runId}:1:0`);
  start(t, duePromoter(parts));
  await eventually(async () => (await redis.zscore(keys.due(0), `${fine.runId}:1:0`)) === null);
  assert.deepEqual(broken(), [sick.runId]);
  await redis.del(keys.due(0));
});

test('timers are decided behind those of a broken run', async (t) => {
  const { parts, broken } = working();
  const [sick, fine] = await sickAndFine(parts);
  await breakWhole(sick);
  await redis.zadd(keys.timers(0), 1, `${sick.runId}:1.1`, 2, `${fine.runId}:1.1`);
  start(t, scopeTimers({ ...parts, readyPlaces: new ReadyPlaces() }));
  await eventually(async () => (await redis.zscore(keys.timers(0), `${fine.runId}:1.1`)) === null);
  assert.deepEqual(broken(), [sick.runId]);
  await redis.del(keys.timers(0));
});

test('runs are ended at their deadlines behind a broken one', async (t) => {
  const { parts, broken } = working();
  const [sick, fine] = await sickAndFine(parts);
  await breakWhole(sick);
  await redis.zadd(keys.deadlines(0), 1, sick.runId, 2, fine.runId);
  start(t, runDeadlines(parts));
  await eventually(async () => (await redis.hget(keys.run(fine.runId), 'ending')) === 'FAILED');
  assert.deepEqual(broken(), [sick.runId]);
  await redis.zrem(keys.deadlines(0), sick.runId);
});

test('runs are cancelled behind a broken one', async (t) => {
  const { parts, broken } = working();
  await redis.del(keys.cancelling(0));
  const both = await sickAndFine(parts);
  for (const run of both)
    await storage.runs.markCancelled(run, undefined, { outcome: 'CANCELLED', reason: '' });
  const [sick, fine] = both;
  await breakWhole(sick);
  const canceller = new Canceller({ ...parts, notices: storage.notices });
  canceller.start();
  t.after(() => canceller.stop());
  parts.cancelling.ring();
  await eventually(async () => (await redis.hget(keys.run(fine.runId), 'status')) === 'CANCELLED');
  assert.deepEqual(broken(), [sick.runId]);
  await redis.del(keys.cancelling(0));
});

test('a round of retention removes all whose time is over, past any number of broken runs', async (t) => {
  const { parts, broken } = working();
  await redis.del(keys.retiring(0));
  const ended: LoadedRun[] = [];
  while (ended.length < 150) ended.push(...(await sickAndFine(parts)));
  for (const { runId } of ended) await redis.hset(keys.run(runId), 'unfinished', 0);
  const sick = ended.slice(0, 60);
  for (const run of sick) await breakWhole(run);
  for (const [i, { runId }] of ended.entries()) await redis.zadd(keys.retiring(0), i + 1, runId);
  let rounds = 0;
  const retiring: typeof storage.runs.retiring = async (...given) => {
    rounds++;
    return storage.runs.retiring(...given);
  };
  start(t, retention({ ...parts, storage: { ...parts.storage, retiring } }));
  await eventually(async () => (await redis.zcard(keys.retiring(0))) === sick.length, { intervalMs: 1 });
  assert.deepEqual(
    broken(),
    sick.map(({ runId }) => runId),
  );
  assert.ok(rounds <= 5, `${rounds} looks`);
});

test('a session is forgotten although a step has left a lease behind that no record tells of', async (t) => {
  const { parts } = working();
  // Those of the tests before hold leases of broken runs.
  await redis.del(keys.sessions(0));
  const driver = new SessionDriver(storage, 'left');
  await driver.attach();
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  parts.runs.remember(run);
  await redis.hset(
    keys.leases(0, 'left'),
    `${run.runId}:1`,
    'left-1',
    `${run.runId}:7`,
    'left-1',
    'gone:1',
    'left-1',
  );
  await redis.zadd(keys.sessions(0), 1, 'left');
  start(t, sessionSweeper({ ...parts, sessions: storage.sessions }));
  await eventually(async () => (await redis.zscore(keys.sessions(0), 'left')) === null);
  assert.equal(await redis.exists(keys.leases(0, 'left')), 0);
});
