/** Leases that were taken and never pushed: what is known of them stays, the rest is given back. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Bell } from '../../../services/state-manager/bell.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { Committer } from '../../../services/state-manager/engine/turn/committer.ts';
import { Expander } from '../../../services/state-manager/engine/turn/expander.ts';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';
import { ReturnLeases } from '../../../services/state-manager/engine/turn/return-leases.ts';
import { UnansweredClaims } from '../../../services/state-manager/engine/turn/unanswered-claims.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, quietLog, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const loaded = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
const work = new Bell();
const cancelling = new Bell();
const expander = new Expander(storage.runs, loaded, cancelling, quietLog);
const committer = new Committer({
  ...{ storage: storage.runs, readyPlaces: new ReadyPlaces() },
  ...{ expander, cancelling, log: quietLog },
});
const claims = new UnansweredClaims({
  sessions: storage.sessions,
  returning: new ReturnLeases({ storage: storage.runs, sessions: storage.sessions, runs: loaded, committer }),
  work,
  log: quietLog,
});
claims.start();
after(() => claims.stop());

const graph = compile({ nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] });

/** A run whose first node splits into four, which go to a taker in the same step. */
async function handedOff() {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  loaded.remember(run);
  const [root] = await driver.claim(run, [0]);
  const taker = driver.taker(run);
  const settlements = [{ run, reports: [executed(root!, values(4))] }];
  const [settled] = (await storage.runs.commit({ settlements, takers: [taker] })).settled;
  assert.ok(settled?.kind === 'committed');
  const states = settled.handedOff.map(({ state }) => state);
  assert.equal(states.length, 4);
  return { run, taker, states };
}

/** Resolves when leases were given back. */
const givenBack = () => new Promise<void>((resolve) => work.hear(resolve));

async function leased({ runId }: LoadedRun): Promise<number[]> {
  const leases = await storage.sessions.leases(driver.sessionId);
  return leases.flatMap((lease) => (lease.runId === runId ? lease.state : []));
}

test('of what a taker was given, states that were pushed stay leased, and the others are given back', async () => {
  const { run, taker, states } = await handedOff();
  const [pushed, others] = [states.slice(0, 2), states.slice(2)];
  const rung = givenBack();
  claims.addUnanswered(taker, new Set(pushed.map((state) => stateIdOf(run.runId, state))));
  await rung;
  const records = await storage.runs.records(run.runId, states);
  assert.deepEqual(
    records.map((record) => record?.status),
    ['QUEUED', 'QUEUED', 'CREATED', 'CREATED'],
  );
  assert.deepEqual(await leased(run), pushed);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  const again = await driver.claim(run, [1]);
  assert.deepEqual(
    again.map(({ state, record }) => [state, record.attempt]),
    others.map((state) => [state, 1]),
  );
});

test('of a claim whose answer never came everything is given back', async () => {
  const { run, taker, states } = await handedOff();
  const rung = givenBack();
  claims.addUnanswered(taker);
  await rung;
  assert.deepEqual(await leased(run), []);
  assert.equal((await driver.claim(run, [1])).length, states.length);
});

test('leases that a step has left behind, which went wrong before it came to the records, are taken away', async () => {
  const taker = driver.taker(newRun(graph));
  const settlements = [];
  for (let i = 0; i < 2; i++) {
    const run = newRun(graph);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    loaded.remember(run);
    const [root] = await driver.claim(run, [0]);
    settlements.push({ run, reports: [executed(root!, values(3))] });
  }
  const [fine, broken] = settlements;
  await redis.del(keys.outputs(broken!.run.runId));
  await redis.set(keys.outputs(broken!.run.runId), 'no hash');
  const { settled, isInDoubt } = await storage.runs.commit({ settlements, takers: [taker] });
  assert.deepEqual(
    settled.map(({ kind }) => kind),
    ['refused', 'failed'],
    'the first was written before it went wrong',
  );
  assert.ok(isInDoubt);
  const left = async () =>
    (await storage.sessions.leases(driver.sessionId)).filter(
      ({ leaseToken }) => leaseToken === taker.leaseToken,
    );
  assert.equal((await left()).length, 6, 'nobody was told of these');
  const rung = givenBack();
  claims.addUnanswered(taker);
  await rung;
  assert.deepEqual(await left(), []);
  assert.deepEqual(await audit(redis, keyPrefix, fine!.run.runId, graph), []);
  assert.equal((await driver.claim(fine!.run, [1])).length, 3);
});
