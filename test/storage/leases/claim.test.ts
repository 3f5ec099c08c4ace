import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimPlace, ClaimResult } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { executed, lost, returned, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const graph = compile({
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work', [], { timeout_ms: 60_000 })],
});
const [split, work] = [0, 1];
const driver = new SessionDriver(storage);
await driver.attach();

/** A run with so many ready states of `work`. */
async function fannedOut(width: number, fields: Partial<LoadedRun> = {}): Promise<LoadedRun> {
  const run = newRun(graph, fields);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(root!, values(width))]);
  return run;
}

const violations = (run: LoadedRun) => audit(redis, keyPrefix, run.runId, graph);

test('a claim leases ready states, each to one session, with a token and a timeout', async () => {
  const run = await fannedOut(5);
  const held = await driver.claim(run, [work], 3);
  assert.deepEqual(
    held.map(({ record }) => [record.status, record.output, record.attempt]),
    [
      ['QUEUED', 0, 1],
      ['QUEUED', 1, 1],
      ['QUEUED', 2, 1],
    ],
  );
  assert.deepEqual(await violations(run), []);
  assert.deepEqual(
    await storage.sessions.leases('s1'),
    held.map(({ state, record }) => ({ runId: run.runId, state, leaseToken: record.leaseToken })),
  );
  const rest = await driver.claimResult(run, [work]);
  assert.ok(rest.kind === 'claimed');
  assert.equal(rest.states.length, 2);
  assert.deepEqual(rest.left, [0]);
  assert.deepEqual(await storage.runs.readyPlaces(0, [{ namespace: 'default', nodeName: 'WorkNode' }], 10), [
    [],
  ]);
  await driver.settle(
    run,
    [...held, ...rest.states].map((one) => executed(one, [])),
  );
  assert.deepEqual(await storage.sessions.leases('s1'), []);
  assert.deepEqual(await violations(run), []);
});

test('a session never holds more than its capacity, whoever claims for it', async () => {
  const run = await fannedOut(10);
  const other = new SessionDriver(await fixture.open(), 'capacity');
  await other.attach();
  const claims = await Promise.all(
    [1, 2, 3].map(() => other.claimResult(run, [work], { capacity: 4, atMost: 3 })),
  );
  const states = claims.flatMap((claim) => (claim.kind === 'claimed' ? claim.states : []));
  assert.equal(states.length, 4);
  assert.deepEqual(await violations(run), []);
});

test('two state managers that claim at once lease nothing twice', async () => {
  const run = await fannedOut(200);
  const others = await Promise.all(
    [1, 2, 3].map(async (i) => new SessionDriver(await fixture.open(), `rival${i}`)),
  );
  await Promise.all(others.map((other) => other.attach()));
  const rounds = Array.from({ length: 30 }, (_, i) => others[i % 3]!.claim(run, [work], 10));
  const states = (await Promise.all(rounds)).flat().map(({ state }) => state);
  assert.equal(states.length, 200);
  assert.equal(new Set(states).size, 200);
  assert.deepEqual(await violations(run), []);
});

test('a session that has a newer stream, or whose deadline has passed, gets nothing', async () => {
  const run = await fannedOut(1);
  const old = new SessionDriver(storage, 's9', 'old');
  await old.attach();
  const young = new SessionDriver(storage, 's9', 'young');
  assert.equal(await young.attach(600_000, false), true);
  let before = await dumpAll(redis);
  assert.deepEqual(await old.claimResult(run), { kind: 'superseded' });
  assert.deepEqual(await dumpAll(redis), before);
  await redis.zadd(keys.sessions(0), 1, 's9');
  before = await dumpAll(redis);
  assert.deepEqual(await young.claimResult(run), { kind: 'expired' });
  assert.deepEqual(await new SessionDriver(storage, 'unknown').claimResult(run), { kind: 'superseded' });
  assert.deepEqual(await dumpAll(redis), before);
});

test('entries of the ready list are hints: what was settled meanwhile is passed over', async () => {
  const run = await fannedOut(4);
  const [first, second] = await driver.claim(run, [work], 2);
  await driver.settle(run, [returned(first!), returned(second!)]);
  // The late report is good while no other session has the state; its entry stays behind.
  await driver.settle(run, [executed(second!, [])]);
  const states = (await driver.claim(run, [work])).map(({ state }) => state);
  assert.equal(states.includes(second!.state), false);
  assert.deepEqual(states.sort(), [first!.state, first!.state + 2, first!.state + 3]);
  assert.deepEqual(await violations(run), []);
});

test('a state that stands twice in a ready list is leased once', async () => {
  const run = await fannedOut(3);
  await redis.rpush(keys.ready(run.runId, work), 2, 3, 2);
  const states = (await driver.claim(run, [work])).map(({ state }) => state);
  assert.deepEqual(states, [2, 3, 4]);
  assert.deepEqual(await violations(run), []);
});

test('a lost lease gives the same state with the next attempt, a returned one with the same', async () => {
  const run = await fannedOut(1);
  const [first] = await driver.claim(run, [work]);
  await driver.settle(run, [returned(first!)]);
  const [second] = await driver.claim(run, [work]);
  assert.deepEqual([second!.state, second!.record.attempt, second!.record.losses], [first!.state, 1, 0]);
  await driver.settle(run, [lost(second!)]);
  const [third] = await driver.claim(run, [work]);
  assert.deepEqual([third!.state, third!.record.attempt, third!.record.losses], [first!.state, 2, 1]);
  assert.deepEqual(await violations(run), []);
});

test('a place with thousands of ready states can be claimed at once, and loses none', async () => {
  const run = await fannedOut(2_000);
  await storage.runs.expand(
    run,
    1,
    executed({ run, state: 1, record: (await storage.runs.records(run.runId, [1]))[0]! }, values(2_000)).plan,
    { atMost: 2_000 },
  );
  await redis.rpush(keys.ready(run.runId, work), ...Array.from({ length: 9_000 }, (_, i) => 1_000_000 + i));
  const wide = new SessionDriver(storage, 'wide');
  await wide.attach();
  const states = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const claim = await wide.claimResult(run, [work], { atMost: 100_000, capacity: 100_000 });
    if (claim.kind === 'failed') throw claim.error;
    assert.ok(claim.kind === 'claimed');
    for (const { state } of claim.states) states.add(state);
    if (claim.left[0] === 0) break;
  }
  assert.equal(states.size, 2_000);
  assert.deepEqual(await violations(run), []);
});

test('places are served by priority, then those that were served longest ago', async () => {
  const namespace = 'turns';
  const low = await fannedOut(3, { namespace, priority: 0 });
  const lower = await fannedOut(3, { namespace, priority: 0 });
  const high = await fannedOut(3, { namespace, priority: 5 });
  const places = async () => {
    const [found] = await storage.runs.readyPlaces(0, [{ namespace, nodeName: 'WorkNode' }], 10);
    return found!.map(({ runId }) => runId);
  };
  assert.deepEqual(await places(), [high.runId, low.runId, lower.runId]);
  const started = Date.now();
  while (Date.now() === started) await redis.ping();
  await driver.claim(low, [work], 1);
  assert.deepEqual(await places(), [high.runId, lower.runId, low.runId]);
});

test('places are served in the order that the claim gives, up to its number of states', async () => {
  const run = newRun(
    compile({
      nodes: [nodeTemplate('split', ['left', 'right']), nodeTemplate('left'), nodeTemplate('right')],
    }),
  );
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(root!, values(4))]);
  const claim = await commitClaim(
    [2, 1].map((node) => ({ run, node, atMost: 100 })),
    { atMost: 5 },
  );
  assert.deepEqual(
    claim.states.map(({ record }) => record.standing.node),
    [2, 2, 2, 2, 1],
  );
  assert.deepEqual(claim.left, [0, 3]);
});

test('runs of one priority get even parts, what one leaves goes on to the next, and higher ones go first', async () => {
  const [small, wide, high] = [await fannedOut(1), await fannedOut(50), await fannedOut(3, { priority: 9 })];
  const places = [high, small, wide].map((run) => ({ run, node: work, atMost: 100 }));
  const { states } = await commitClaim(places, { atMost: 10 });
  const count = (run: LoadedRun) => states.filter((state) => state.run === run).length;
  assert.deepEqual([count(high), count(small), count(wide)], [3, 1, 6]);
  const even = await Promise.all([fannedOut(50), fannedOut(50)]);
  const half = await commitClaim(
    even.map((run) => ({ run, node: work, atMost: 100 })),
    { atMost: 10 },
  );
  assert.deepEqual(
    even.map((run) => half.states.filter((state) => state.run === run).length),
    [5, 5],
  );
});

test('a node with a room of its own gets no more, over all runs', async () => {
  const runs = await Promise.all([fannedOut(5), fannedOut(5)]);
  const places = runs.map((run) => ({ run, node: work, atMost: 100 }));
  const { states } = await commitClaim(places, { atMost: 100, roomOf: new Map([['WorkNode', 7]]) });
  assert.equal(states.length, 7);
});

/** A claim of a session of its own. */
async function commitClaim(
  places: readonly ClaimPlace[],
  { atMost, roomOf = new Map() }: { atMost: number; roomOf?: ReadonlyMap<string, number> },
): Promise<ClaimResult & { kind: 'claimed' }> {
  const own = new SessionDriver(storage, `own${++owners}`);
  await own.attach();
  const { sessionId, streamId } = own;
  const claim = {
    sessionId,
    streamId,
    leaseToken: `${sessionId}-1`,
    capacity: 1_000,
    atMost,
    roomOf,
    places,
  };
  const { claimed } = await storage.runs.commit({ claims: [claim] });
  assert.ok(claimed[0]?.kind === 'claimed');
  return claimed[0];
}
let owners = 0;
