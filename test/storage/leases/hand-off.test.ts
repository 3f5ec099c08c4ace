/** States that are leased in the step that makes them ready, to sessions that take them at once. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type {
  HandedOff,
  PlannedReport,
  Taker,
} from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeName, nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, lost, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
/** Holds roots: what it settles makes no room for a taker. */
const driver = new SessionDriver(storage, 'driver');
await driver.attach();

let sessions = 0;

/** A session that nothing else has used, as a taker. */
async function taker(fields: Partial<Taker> = {}): Promise<Taker> {
  const sessionId = `t${++sessions}`;
  const session = new SessionDriver(storage, sessionId);
  await session.attach();
  return {
    sessionId,
    streamId: session.streamId,
    leaseToken: `${sessionId}-1`,
    capacities: [100, 100],
    namespace: 'default',
    nodeNames: ['split', 'work', 'merge'].map(nodeName),
    ...fields,
  };
}

function splitting(work: object = {}, merge: object = { unites: { identifier: 'split' } }): Graph {
  return compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], work),
      nodeTemplate('merge', [], merge),
    ],
  });
}

const graph = splitting();
const [split, work, merge] = [0, 1, 2];

async function begun(of: Graph = graph, fields: Partial<LoadedRun> = {}): Promise<LoadedRun> {
  const run = newRun(of, fields);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

/** Settles reports with takers, makes sure that the run holds together, and gives what was handed off. */
async function settle(
  run: LoadedRun,
  takers: readonly Taker[],
  ...reports: PlannedReport[]
): Promise<readonly HandedOff[]> {
  const { settled } = await storage.runs.commit({ settlements: [{ run, reports }], takers });
  assert.equal(settled[0]?.kind, 'committed');
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
  return settled[0]?.kind === 'committed' ? settled[0].handedOff : [];
}

async function splitInto(
  width: number,
  takers: readonly Taker[],
  of: Graph = graph,
): Promise<{ run: LoadedRun; handedOff: readonly HandedOff[] }> {
  const run = await begun(of);
  const [root] = await driver.claim(run, [split]);
  return { run, handedOff: await settle(run, takers, executed(root!, values(width))) };
}

async function leasesOf({ sessionId }: Taker): Promise<number> {
  return redis.hlen(keys.leases(0, sessionId));
}

test('what a settlement makes ready is leased in the same step, and waits nowhere', async () => {
  const one = await taker();
  const { run, handedOff } = await splitInto(3, [one]);
  assert.deepEqual(
    handedOff.map(({ taker: by, state, record }) => [by, state, record.status, record.leaseToken]),
    [2, 3, 4].map((state) => [one, state, 'QUEUED', one.leaseToken]),
  );
  assert.equal(await leasesOf(one), 3);
  assert.equal(await redis.exists(keys.ready(run.runId, work), keys.work(0, 'default', nodeName('work'))), 0);
  const view = await storage.runs.view(run.runId);
  assert.deepEqual([view?.count(work, 'QUEUED'), view?.count(work, 'CREATED')], [3, 0]);
});

test('the uniting state goes to a taker in the step that finishes the last branch, and the run ends as ever', async () => {
  const one = await taker();
  const { run, handedOff } = await splitInto(2, [one]);
  const [merging] = await settle(run, [one], ...handedOff.map((held) => executed(held, values(1))));
  assert.equal(merging?.record.standing.node, merge);
  assert.equal(await leasesOf(one), 1);
  await settle(run, [one], executed(merging!, values(1)));
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
  assert.equal(await leasesOf(one), 0);
});

test('takers get what they have room for, in turn, and the rest waits', async () => {
  const takers = [await taker({ capacities: [2] }), await taker({ capacities: [1] })];
  const { run, handedOff } = await splitInto(5, takers);
  assert.deepEqual(
    handedOff.map(({ taker: { sessionId } }) => sessionId),
    [takers[0]!.sessionId, takers[1]!.sessionId, takers[0]!.sessionId],
  );
  assert.equal((await driver.claim(run, [work])).length, 2);
});

test('a report makes room for what follows it', async () => {
  const one = await taker({ capacities: [1] });
  const { run, handedOff } = await splitInto(1, [one]);
  const [merging] = await settle(run, [one], executed(handedOff[0]!, values(1)));
  assert.equal(merging?.record.standing.node, merge);
  assert.equal(await leasesOf(one), 1);
});

test('nothing is handed off past what waits for the same node', async () => {
  const waiting = await splitInto(1, []);
  const one = await taker();
  const { run, handedOff } = await splitInto(1, [one]);
  assert.deepEqual(handedOff, []);
  assert.equal(await leasesOf(one), 0);
  for (const { runId } of [waiting.run, run]) assert.equal(await redis.llen(keys.ready(runId, work)), 1);
  for (const each of [waiting.run, run]) await driver.claim(each, [work]);
});

test('nothing goes to a session that has a newer stream, or whose deadline has passed', async () => {
  const superseded = await taker({ streamId: 'older' });
  const gone = await taker();
  await redis.zadd(keys.sessions(0), 1, gone.sessionId);
  const { run, handedOff } = await splitInto(1, [superseded, gone]);
  assert.deepEqual(handedOff, []);
  assert.equal((await driver.claim(run, [work])).length, 1);
});

for (const [what, hold] of [
  ['paused', (run: LoadedRun) => storage.runs.pause(run, undefined)],
  ['being cancelled', (run: LoadedRun) => storage.runs.markCancelled(run, undefined, cancelled)],
  ['paused in part', (run: LoadedRun) => storage.runs.pause(run, { state: 1 })],
  ['cancelled in part', (run: LoadedRun) => storage.runs.markCancelled(run, { state: 9 }, cancelled)],
] as const) {
  test(`nothing is handed off in a run that is ${what}`, async () => {
    const one = await taker();
    const run = await begun();
    const [root] = await driver.claim(run, [split]);
    await hold(run);
    const { settled } = await storage.runs.commit({
      settlements: [{ run, reports: [lost(root!)] }],
      takers: [one],
    });
    assert.ok(settled[0]);
    if (settled[0].kind === 'committed') assert.deepEqual(settled[0].handedOff, []);
    assert.equal(await leasesOf(one), 0);
    await redis.del(keys.work(0, 'default', nodeName('split')));
  });
}
const cancelled = { outcome: 'CANCELLED', reason: '' } as const;

test('max_parallel, and scopes that may close early, are left to claims', async () => {
  for (const of of [
    splitting({ max_parallel: 1 }),
    splitting({}, { unites: { identifier: 'split', strategy: 'QUORUM', min_success: 1 } }),
  ]) {
    const one = await taker();
    const { run, handedOff } = await splitInto(2, [one], of);
    assert.deepEqual(handedOff, []);
    await driver.claim(run, [work]);
    await redis.del(keys.work(0, 'default', nodeName('work')));
  }
});

test('an attempt that is handed off has its timeout, and a report ends it', async () => {
  const one = await taker();
  const { run, handedOff } = await splitInto(1, [one], splitting({ timeout_ms: 60_000 }));
  const member = `${run.runId}:2:${one.leaseToken}`;
  const until = Number(await redis.zscore(keys.timeouts(0), member));
  assert.equal(until, handedOff[0]!.record.changedAt + 60_000);
  await settle(run, [], executed(handedOff[0]!, []));
  assert.equal(await redis.zscore(keys.timeouts(0), member), null);
});

test('a retry that is due at once, and a lost state, go to a taker too', async () => {
  const retrying = compile({
    retry_policy: { max_retries: 2, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [nodeTemplate('split')],
  });
  const one = await taker();
  const run = await begun(retrying);
  const [root] = await driver.claim(run);
  const [again] = await settle(run, [one], errored(root!, true));
  assert.deepEqual([again?.state, again?.record.attempt, again?.record.status], [2, 2, 'QUEUED']);
  const [back] = await settle(run, [one], lost(again!));
  assert.deepEqual([back?.state, back?.record.status], [2, 'QUEUED']);
  assert.equal(await leasesOf(one), 1);
});

test('the root of a new run goes to a taker, unless it starts later', async () => {
  const one = await taker();
  const [now, later] = [newRun(graph), newRun(graph)];
  const { triggered } = await storage.runs.commit({
    newRuns: [
      { ...now, digest: '', inputsJson: '{"a":1}' },
      { ...later, digest: '', inputsJson: '{}', startAt: Date.now() + 600_000 },
    ],
    takers: [one],
  });
  const [first, second] = triggered;
  assert.ok(first?.kind === 'created' && second?.kind === 'created');
  assert.equal(second.handedOff, undefined);
  const { handedOff } = first;
  assert.deepEqual([handedOff?.state, handedOff?.record.status, handedOff?.taker], [1, 'QUEUED', one]);
  assert.deepEqual(handedOff?.run, now);
  for (const { runId } of [now, later]) assert.deepEqual(await audit(redis, keyPrefix, runId, graph), []);
  const [next] = await settle(now, [one], executed(handedOff!, values(1)));
  assert.equal(next?.record.standing.node, work);
});

test('what is handed off has its lease, also when a run behind it in the same step cannot be written', async () => {
  const one = await taker();
  const [first, second] = [await begun(), await begun()];
  const settlements = [];
  for (const run of [first, second]) {
    const [root] = await driver.claim(run, [split]);
    settlements.push({ run, reports: [executed(root!, values(1))] });
  }
  await redis.del(keys.outputs(second.runId));
  await redis.set(keys.outputs(second.runId), 'no hash');
  await storage.runs.commit({ settlements, takers: [one] });
  const [child] = await storage.runs.records(first.runId, [2]);
  assert.equal(child?.leaseToken, one.leaseToken);
  assert.deepEqual(await audit(redis, keyPrefix, first.runId, graph), []);
});

test('a run that is corrupt makes no room: nothing of it is settled', async () => {
  const one = await taker({ capacities: [1] });
  const { run: corrupt, handedOff } = await splitInto(1, [one]);
  await redis.hset(keys.run(corrupt.runId), 'b2.1.0', '0,0');
  const run = await begun();
  const [root] = await driver.claim(run, [split]);
  const { settled } = await storage.runs.commit({
    settlements: [
      { run: corrupt, reports: [executed(handedOff[0]!, values(1))] },
      { run, reports: [executed(root!, values(1))] },
    ],
    takers: [one],
  });
  assert.equal(settled[0]?.kind, 'failed');
  assert.ok(settled[1]?.kind === 'committed');
  assert.deepEqual(settled[1].handedOff, []);
  assert.equal(await leasesOf(one), 1);
});
