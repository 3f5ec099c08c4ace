import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Bell } from '../../../services/state-manager/bell.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { Capacity } from '../../../services/state-manager/domain/model/node.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { Gates } from '../../../services/state-manager/engine/limits/gates.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { Settlement } from '../../../services/state-manager/engine/ports/settling.ts';
import { Session } from '../../../services/state-manager/engine/session/session.ts';
import { ClaimPlanner } from '../../../services/state-manager/engine/turn/claim-planner.ts';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';
import { chain, nodeName } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

const shards = 4;
const fixture = await startStorage({ shards });
after(() => fixture.stop());
const { storage } = fixture;
const graph = compile(chain('first', 'second'));

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

const nodeNamed = (name: string) => ({ name: nodeName(name), secrets: [], iteratorInputs: [] });
const node = nodeNamed('second');

function sessionOf(driver: SessionDriver, capacity: Capacity, hosted = node): Session {
  const hello = { namespace: 'default', runtimeName: 'r', language: 'typescript', nodes: [hosted], capacity };
  const outlet = { send: () => undefined, end: () => undefined };
  return new Session(driver.sessionId, driver.streamId, hello as never, outlet as never);
}

function plannerOf(known: readonly LoadedRun[] = []): ClaimPlanner {
  const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  for (const run of known) runs.remember(run);
  return new ClaimPlanner(storage.runs, runs, new ReadyPlaces(), new Gates(new Bell()));
}

/** The roots of so many runs, reported on, on all shards. */
async function rootsReported(driver: SessionDriver, count: number, of = graph): Promise<Settlement[]> {
  const settlements: Settlement[] = [];
  while (settlements.length < count) {
    const run = newRun(of);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [root] = await driver.claim(run, [0]);
    settlements.push({ run, reports: [executed(root!, values(1))] });
  }
  const onShards = new Set(settlements.map(({ run }) => storage.runs.shardOf(run.runId)));
  assert.equal(onShards.size, shards);
  return settlements;
}

test('a session that takes at once holds no more than its capacity, over all shards together', async () => {
  const driver = new SessionDriver(storage, 'taker');
  await driver.attach();
  const capacity = { total: 6, perNode: {}, lingering: 0 };
  const session = sessionOf(driver, capacity);
  const planner = plannerOf();
  const plan = async () => {
    const withRoom = planner.withRoom([session]);
    await planner.look(withRoom);
    const [taker] = planner.takers(withRoom, () => false);
    assert.ok(taker);
    return taker;
  };

  const roots = new SessionDriver(storage, 'roots');
  await roots.attach();
  const settlements = await rootsReported(roots, 30);

  const first = await plan();
  assert.equal(sum(first.capacities), capacity.total);
  const { settled } = await storage.runs.commit({ settlements: settlements.slice(0, 3), takers: [first] });
  for (const result of settled) {
    assert.ok(result.kind === 'committed');
    for (const { run, state, record } of result.handedOff) {
      const stateId = stateIdOf(run.runId, state);
      const { leaseToken } = first;
      session.hold({ run, state, stateId, leaseToken, record, nodeName: node.name, heldSince: 0 });
    }
  }
  assert.ok(session.inFlight > 0);
  const second = await plan();
  assert.equal(sum(second.capacities), capacity.total);
  await storage.runs.commit({ settlements: settlements.slice(3), takers: [second] });
  assert.ok((await storage.sessions.leases('taker')).length <= capacity.total);
  assert.ok((await storage.sessions.leases('taker')).length > session.inFlight);
});

test('a session takes at once in one of the turns that are under way: the shards do not know of each other', async () => {
  const driver = new SessionDriver(storage, 'one-turn');
  await driver.attach();
  const session = sessionOf(driver, { total: 6, perNode: {}, lingering: 0 }, nodeNamed('nothing-waits'));
  const planner = plannerOf();
  const withRoom = planner.withRoom([session]);
  await planner.look(withRoom);
  assert.equal(planner.takers(withRoom, () => false).length, 1);
  assert.equal(planner.takers(withRoom, () => true).length, 0);
});

test('claims on all shards together lease no more than the capacity of a node, and of what is expected already', async () => {
  const roots = new SessionDriver(storage, 'more-roots');
  await roots.attach();
  const settlements = await rootsReported(roots, 30, compile(chain('third', 'fourth')));
  await storage.runs.commit({ settlements });
  const driver = new SessionDriver(storage, 'claimer');
  await driver.attach();
  const limited = nodeNamed('fourth');
  const session = sessionOf(driver, { total: 20, perNode: { [limited.name]: 3 }, lingering: 0 }, limited);
  const planner = plannerOf(settlements.map(({ run }) => run));
  const planned = async () => {
    const withRoom = planner.withRoom([session]);
    await planner.look(withRoom);
    return planner.claims(withRoom);
  };
  const claims = await planned();
  assert.ok(claims.length > 1);
  assert.equal(sum(claims.map(({ roomOf }) => roomOf.get(limited.name)!)), 3);
  await storage.runs.commit({ claims });
  assert.equal((await storage.sessions.leases('claimer')).length, 3);

  const expected = claims.map(({ atMost }) => session.expect(atMost));
  assert.deepEqual(await planned(), [], 'all room is kept for claims under way');
  for (const giveBack of expected) giveBack();
  assert.equal(session.room(), 20);
});
