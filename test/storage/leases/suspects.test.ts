/** Suspects in storage: where they wait, who gets them, and what is found of a process that is lost. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { newSessionId } from '../../../services/state-manager/engine/session/session-id.ts';
import { lossOf } from '../../../services/state-manager/engine/upkeep/lost-process.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, type Held, lost, lostBeside, returned, SessionDriver, values } from '../session-driver.ts';

const shards = 3;
const fixture = await startStorage({ shards });
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const graph = compile({
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work', [], { timeout_ms: 60_000, max_parallel: 6 })],
});
const [split, work] = [0, 1];
const driver = new SessionDriver(storage);
await driver.attach();

const violations = ({ runId }: LoadedRun) => audit(redis, keyPrefix, runId, graph);
const shardOf = ({ runId }: LoadedRun) => storage.runs.shardOf(runId);

/** A run with so many ready states of `work`. */
async function fannedOut(width: number): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(root!, values(width))]);
  return run;
}

/** A run whose states of `work` were lost together twice: they are suspects. */
async function suspected(width: number): Promise<{ run: LoadedRun; suspects: number[] }> {
  const run = await fannedOut(width);
  for (let losses = 0; losses < 2; losses++) {
    const held = await driver.claim(run, [work]);
    assert.equal(held.length, width, 'what was lost once is ready again');
    const settled = await driver.settle(
      run,
      held.map((one) => lostBeside(one, width)),
    );
    assert.equal(settled.kind, 'committed');
  }
  const suspects = await waiting(run);
  assert.equal(suspects.length, width);
  return { run, suspects };
}

/** Suspects of a run that wait. */
async function waiting({ runId }: LoadedRun): Promise<number[]> {
  const listed = await storage.runs.suspects(storage.runs.shardOf(runId), 100);
  return listed.flatMap((one) => (one.runId === runId ? one.state : []));
}

test('what was lost beside others twice waits in no ready list, and only a claim that names it gets it', async () => {
  const { run, suspects } = await suspected(3);
  assert.deepEqual(await violations(run), []);
  assert.deepEqual(await driver.claim(run), []);
  const held = await driver.claimSuspects(run, work, suspects.slice(0, 2));
  assert.deepEqual(
    held.map(({ state, record }) => [state, record.attempt, record.losses, record.suspicion]),
    suspects.slice(0, 2).map((state) => [state, 3, 0, { group: 1, losses: 1 }]),
  );
  assert.deepEqual(await waiting(run), suspects.slice(2));
  assert.deepEqual(await violations(run), []);
  const settled = await driver.settle(run, [executed(held[0]!, []), executed(held[1]!, [])]);
  assert.equal(settled.kind, 'committed');
  assert.deepEqual(await violations(run), []);
});

test('a suspect that never reached its runtime, or was lost again, waits again as a suspect', async () => {
  const { run, suspects } = await suspected(2);
  for (const report of [returned, lost, (held: Held) => lostBeside(held, 2)]) {
    const held = await driver.claimSuspects(run, work, suspects);
    assert.equal(held.length, 2);
    await driver.settle(run, held.map(report));
    assert.deepEqual((await waiting(run)).sort(), [...suspects].sort());
    assert.deepEqual(await violations(run), []);
  }
});

test('a suspect that a pause has held is a suspect when it goes on', async () => {
  const { run, suspects } = await suspected(2);
  const below = { state: 1, output: 0 };
  assert.equal(await storage.runs.pause(run, below), 'CHANGED');
  const held = await driver.claimSuspects(run, work, suspects);
  assert.deepEqual(
    held.map(({ record }) => record.output),
    [1],
  );
  assert.deepEqual(await waiting(run), [], 'the other one is parked');
  assert.equal(await storage.runs.resume(run, below), 'CHANGED');
  assert.deepEqual(await driver.claim(run), []);
  assert.equal((await waiting(run)).length, 1);
  assert.deepEqual(await violations(run), []);
});

test('suspects of a run that is paused wait until it goes on', async () => {
  const { run, suspects } = await suspected(2);
  assert.equal(await storage.runs.pause(run, undefined), 'CHANGED');
  assert.deepEqual(await driver.claimSuspects(run, work, suspects), []);
  assert.deepEqual(await violations(run), []);
  assert.equal(await storage.runs.resume(run, undefined), 'CHANGED');
  assert.equal((await driver.claimSuspects(run, work, suspects)).length, 2);
});

test('a suspect that stands in a ready list goes to the suspects, not to the session that claims', async () => {
  const { run, suspects } = await suspected(2);
  const shard = shardOf(run);
  await redis.zrem(fixture.keys.suspects(shard), ...suspects.map((state) => `${run.runId}:${state}:${work}`));
  await redis.rpush(fixture.keys.ready(run.runId, work), ...suspects);
  assert.deepEqual(await driver.claim(run), []);
  assert.deepEqual((await waiting(run)).sort(), [...suspects].sort());
  assert.deepEqual(await violations(run), []);
});

test('max_parallel holds for suspects, too: those beyond it are looked at again a second later', async () => {
  const { run, suspects } = await suspected(6);
  const first = await driver.claimSuspects(run, work, suspects.slice(0, 5));
  assert.equal(first.length, 5);
  const second = new SessionDriver(storage, 'second');
  await second.attach();
  const more = await fannedOut(1);
  assert.equal((await second.claim(more, [work])).length, 1, 'another run has slots of its own');
  await redis.hset(fixture.keys.run(run.runId), `c${work}.Q`, 6);
  assert.deepEqual(await second.claimSuspects(run, work, suspects.slice(5)), []);
  await redis.hset(fixture.keys.run(run.runId), `c${work}.Q`, 5);
  assert.deepEqual(await waiting(run), [], 'not before a second has passed');
  assert.deepEqual(await violations(run), []);
});

test('a suspect that was settled late is leased to nobody, and waits no more', async () => {
  const run = await fannedOut(2);
  let held = await driver.claim(run, [work]);
  await driver.settle(
    run,
    held.map((one) => lostBeside(one, 2)),
  );
  held = await driver.claim(run, [work]);
  await driver.settle(
    run,
    held.map((one) => lostBeside(one, 2)),
  );
  await driver.settle(run, [executed(held[0]!, [])]);
  const states = held.map(({ state }) => state);
  assert.deepEqual(await waiting(run), states.slice(1));
  assert.deepEqual(
    (await driver.claimSuspects(run, work, states)).map(({ state }) => state),
    [states[1]],
  );
  assert.deepEqual(await waiting(run), []);
});

/** A session that holds one state of each of so many runs, which lie on all shards. */
async function holder(sessionId: string, count: number) {
  const session = new SessionDriver(storage, sessionId);
  await session.attach();
  const held: { run: LoadedRun; state: Held }[] = [];
  for (let i = 0; i < count; i++) {
    const run = await fannedOut(1);
    const [state] = await session.claim(run, [work]);
    held.push({ run, state: state! });
  }
  return { session, held };
}

const found = (sessionId: string) =>
  lossOf({ storage: storage.runs, sessions: storage.sessions }, { shard: 0, sessionId, goneAt: Date.now() });

test('what a process held is counted over all shards, and stays as it was found while it is taken', async () => {
  const { held } = await holder('over-shards', 12);
  assert.equal(new Set(held.map(({ run }) => shardOf(run))).size, shards);
  const first = await found('over-shards');
  assert.deepEqual([first.held, first.onlySuspect], [12, '']);
  const other = new SessionDriver(await fixture.open(), 'over-shards');
  for (const { run, state } of held.slice(1)) await other.settle(run, [lostBeside(state, 12)]);
  assert.deepEqual(await found('over-shards'), first, 'the last one that is left was not alone');
});

test('the only state that a process held is the only suspect', async () => {
  const { held } = await holder('alone', 1);
  const { run, state } = held[0]!;
  assert.equal((await found('alone')).onlySuspect, stateIdOf(run.runId, state.state));
});

test('sessions of one process are lost together, of whatever namespace', async () => {
  const ids = ['default', 'other'].map((namespace) => newSessionId(namespace, 'process-1'));
  const apart = newSessionId('default', 'process-2');
  for (const id of [...ids, apart]) await holder(id, 1);
  const { held, onlySuspect, sessionIds } = await found(ids[0]!);
  assert.deepEqual([held, onlySuspect, [...sessionIds].sort()], [2, '', [...ids].sort()]);
  assert.deepEqual((await found(ids[1]!)).held, 2);
  assert.deepEqual((await found(apart)).held, 1);
  assert.notEqual(newSessionId('default', '').slice(16, 24), newSessionId('default', '').slice(16, 24));
});
