import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
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

test('a session that takes at once holds no more than its capacity, over all shards together', async () => {
  const driver = new SessionDriver(storage, 'taker');
  await driver.attach();
  const capacity = { total: 6, perNode: {} };
  const node = { name: nodeName('second'), secrets: [], iteratorInputs: [] };
  const hello = { namespace: 'default', runtimeName: 'r', language: 'typescript', nodes: [node], capacity };
  const outlet = { send: () => undefined, end: () => undefined };
  const session = new Session('taker', driver.streamId, hello as never, outlet as never);
  const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  const planner = new ClaimPlanner(storage.runs, runs, new ReadyPlaces());
  const plan = async () => {
    const withRoom = planner.withRoom([session]);
    await planner.look(withRoom);
    const [taker] = planner.takers(withRoom);
    assert.ok(taker);
    return taker;
  };

  const roots = new SessionDriver(storage, 'roots');
  await roots.attach();
  const settlements = [];
  while (settlements.length < 30) {
    const run = newRun(graph);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [root] = await roots.claim(run, [0]);
    settlements.push({ run, reports: [executed(root!, values(1))] });
  }
  const onShards = new Set(settlements.map(({ run }) => storage.runs.shardOf(run.runId)));
  assert.equal(onShards.size, shards);

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
