import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { CountedFailure } from '../../../services/state-manager/engine/ports/run-reader.ts';
import type { ClaimedState, PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import {
  errored,
  executed,
  failure,
  lost,
  returned,
  SessionDriver,
  standingOf,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** `split → work → merge`, where the merge unites the split. */
function uniting(strategy: string, retries = 0): Graph {
  return compile({
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { timeout_ms: 60_000 }),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy } }),
    ],
  });
}

const graph = uniting('ALL_SUCCESS');
const [split, work, merge] = [0, 1, 2];

async function triggered(of: Graph = graph): Promise<LoadedRun> {
  const run = newRun(of);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

/** A run whose split gave so many outputs, all of them in work. */
async function inWork(width: number, of: Graph = graph): Promise<{ run: LoadedRun; held: ClaimedState[] }> {
  const run = await triggered(of);
  const [root] = await driver.claim(run, [split]);
  await settle(run, executed(root!, values(width)));
  return { run, held: await driver.claim(run, [work]) };
}

/** Settles, and makes sure that the run holds together. */
async function settle(run: LoadedRun, ...reports: PlannedReport[]) {
  const result = await driver.settle(run, reports);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
  return result;
}

async function statusOf(run: LoadedRun): Promise<string | undefined> {
  return (await storage.runs.view(run.runId))?.status;
}

async function scopeOf(run: LoadedRun, execution = 1) {
  return (await storage.runs.scopes(run.runId, [{ unite: merge, execution }]))[0];
}

test('a settlement creates the next states, tells who waits for them, and keeps the outputs as they are', async () => {
  const run = await triggered();
  const [root] = await driver.claim(run);
  const report = {
    ...executed(root!, [{}, {}]),
    outputsJson: ['{"empty":[],"big":9007199254740993}', '{"o":"1"}'],
  };
  assert.deepEqual(await settle(run, report), {
    kind: 'committed',
    hasEnded: false,
    isCancelling: false,
    readyNodes: [work],
    handedOff: [],
  });
  const addresses = [0, 1, 2].map((output) => ({ state: 1, output }));
  assert.deepEqual(await storage.runs.outputs(run.runId, addresses), [...report.outputsJson, undefined]);
  const [first, second] = await storage.runs.records(run.runId, [2, 3]);
  assert.deepEqual([first?.status, first?.output, first?.standing.parent], ['CREATED', 0, 1]);
  assert.deepEqual(second?.standing.scopes, [{ unite: merge, execution: 1, branch: 1 }]);
});

test('the same report again is refused as settled, and writes nothing', async () => {
  const { run, held } = await inWork(3);
  const kinds = [executed(held[0]!, [{}]), errored(held[0]!, false), lost(held[0]!), returned(held[0]!)];
  await settle(run, kinds[0]!);
  const before = await dumpAll(redis);
  for (const report of kinds) {
    assert.deepEqual(await driver.settle(run, [report]), {
      kind: 'refused',
      reasons: new Map([[held[0]!.state, 'SETTLED']]),
    });
  }
  assert.deepEqual(await dumpAll(redis), before);
});

test('two reports on one state in one settlement are an error, and nothing is written', async () => {
  const { run, held } = await inWork(2);
  const before = await dumpAll(redis);
  const result = await driver.settle(run, [executed(held[0]!, [{}]), executed(held[0]!, [{}])]);
  assert.equal(result.kind, 'failed');
  assert.deepEqual(await dumpAll(redis), before);
});

test('a report under an earlier token is stale, and writes nothing', async () => {
  const { run, held } = await inWork(2);
  await settle(run, lost(held[0]!));
  const [again] = await driver.claim(run, [work]);
  const before = await dumpAll(redis);
  for (const report of [
    executed(held[0]!, [{}]),
    errored(held[0]!, true),
    lost(held[0]!),
    returned(held[0]!),
  ]) {
    assert.deepEqual(await driver.settle(run, [report]), {
      kind: 'refused',
      reasons: new Map([[held[0]!.state, 'STALE']]),
    });
  }
  const forged = { ...executed(again!, [{}]), leaseToken: 's1-forged' };
  assert.equal((await driver.settle(run, [forged])).kind, 'refused');
  const unknown = { ...executed(again!, [{}]), state: 999 };
  assert.deepEqual(await driver.settle(run, [unknown]), {
    kind: 'refused',
    reasons: new Map([[999, 'STALE']]),
  });
  assert.deepEqual(await dumpAll(redis), before);
});

test('one refused report keeps all of a settlement from being written, and is named', async () => {
  const { run, held } = await inWork(3);
  await settle(run, executed(held[1]!, [{}]));
  const before = await dumpAll(redis);
  const reports = held.map((one) => executed(one, [{}]));
  assert.deepEqual(await driver.settle(run, reports), {
    kind: 'refused',
    reasons: new Map([[held[1]!.state, 'SETTLED']]),
  });
  assert.deepEqual(await dumpAll(redis), before);
  assert.equal((await settle(run, reports[0]!, reports[2]!)).kind, 'committed');
  assert.equal((await scopeOf(run))?.status, 'FIRED');
});

test('a late report is good while nobody else has the state, and a lost lease then is not lost again', async () => {
  const { run, held } = await inWork(1);
  await settle(run, lost(held[0]!));
  const before = await dumpAll(redis);
  for (const report of [lost(held[0]!), returned(held[0]!)]) {
    assert.deepEqual(await driver.settle(run, [report]), {
      kind: 'refused',
      reasons: new Map([[held[0]!.state, 'STALE']]),
    });
  }
  assert.deepEqual(await dumpAll(redis), before);
  assert.equal((await settle(run, executed(held[0]!, [{}]))).kind, 'committed');
  assert.equal((await scopeOf(run))?.status, 'FIRED');
});

test('leases of a session are taken only when its deadline has passed', async () => {
  const { run, held } = await inWork(1);
  const before = await dumpAll(redis);
  assert.deepEqual(await driver.settle(run, [lost(held[0]!)], 's1'), { kind: 'alive' });
  assert.deepEqual(await dumpAll(redis), before);
  await redis.zadd(keys.sessions(0), 1, 's1');
  assert.deepEqual(await storage.sessions.expired(0, 10), ['s1']);
  assert.equal((await driver.settle(run, [lost(held[0]!)], 's1')).kind, 'committed');
  await driver.attach();
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
});

test('the third lost lease in a row is an error, and a retry begins to count anew', async () => {
  const { run, held: first } = await inWork(1, uniting('ALL_SUCCESS', 1));
  const attempts: number[] = [];
  for (let [held] = first; held; [held] = await driver.claim(run, [work])) {
    attempts.push(held.record.attempt);
    await settle(run, lost(held));
  }
  assert.deepEqual(attempts, [1, 2, 3]);
  assert.equal(await statusOf(run), 'FAILED');
  assert.equal((await storage.runs.failures(run.runId, [2]))[0]?.code, 'LEASE_LOST');
});

test('a failed attempt has a replacement with the same parents, path and idempotency', async () => {
  const { run, held } = await inWork(2, uniting('ALL_SUCCESS', 1));
  const [first] = held;
  await settle(run, errored(first!, true));
  const [old] = await storage.runs.records(run.runId, [first!.state]);
  assert.equal(old?.status, 'RETRY_CREATED');
  const [again] = await driver.claim(run, [work]);
  assert.equal(again!.state, old?.replacement);
  const { attempt, retries, work: ofWork, output } = again!.record;
  const expected = { attempt: 2, retries: 1, work: first!.state, output: first!.record.output };
  assert.deepEqual({ attempt, retries, work: ofWork, output }, expected);
  assert.deepEqual(standingOf(again!), standingOf(first!));
  assert.deepEqual(await storage.runs.failures(run.runId, [first!.state]), [failure]);
  await settle(run, errored(again!, true));
  assert.equal((await storage.runs.records(run.runId, [again!.state]))[0]?.status, 'ERRORED');
});

test('an empty list of outputs fires the unite over it, with no branches', async () => {
  for (const strategy of ['ALL_SUCCESS', 'ALL_DONE']) {
    const run = await triggered(uniting(strategy));
    const [root] = await driver.claim(run);
    assert.deepEqual(await settle(run, executed(root!, [])), {
      kind: 'committed',
      hasEnded: false,
      isCancelling: false,
      readyNodes: [merge],
      handedOff: [],
    });
    const [united] = await driver.claim(run);
    assert.deepEqual(standingOf(united!), { node: merge, parent: 1, scopes: [], refs: [] });
    assert.equal((await scopeOf(run))?.total, 0);
    assert.deepEqual(await settle(run, executed(united!, [{}])), {
      kind: 'committed',
      hasEnded: true,
      isCancelling: false,
      readyNodes: [],
      handedOff: [],
    });
    assert.equal(await statusOf(run), 'SUCCESS');
  }
});

test('a unite fires in the step that finishes the last branch, and the run ends with it', async () => {
  const ends: string[] = [];
  storage.notices.onEnd((runId) => ends.push(runId));
  const { run, held } = await inWork(3);
  for (const one of held.slice(0, 2))
    assert.deepEqual((await settle(run, executed(one, [{}]))).kind, 'committed');
  assert.equal((await scopeOf(run))?.status, 'OPEN');
  assert.deepEqual(await settle(run, executed(held[2]!, [{}])), {
    kind: 'committed',
    hasEnded: false,
    isCancelling: false,
    readyNodes: [merge],
    handedOff: [],
  });
  const [united] = await driver.claim(run, [merge]);
  assert.equal((await scopeOf(run))?.result, united!.state);
  assert.equal(await statusOf(run), 'RUNNING');
  await settle(run, executed(united!, [{}]));
  assert.equal(await statusOf(run), 'SUCCESS');
  await eventually(() => ends.includes(run.runId));
});

test('ALL_SUCCESS gives up over one failed branch, ALL_DONE fires and knows which', async () => {
  for (const [strategy, status, end] of [
    ['ALL_SUCCESS', 'GAVE_UP', 'FAILED'],
    ['ALL_DONE', 'FIRED', 'SUCCESS'],
  ] as const) {
    const { run, held } = await inWork(12, uniting(strategy));
    const reports = held.map((one, i) =>
      i === 1 || i === 11 ? errored(one, false) : executed(one, i === 5 ? [] : [{}]),
    );
    await settle(run, ...reports);
    const scope = await scopeOf(run);
    assert.deepEqual(
      [scope?.status, scope?.total, scope?.unfinished, scope?.succeeded, scope?.failed, scope?.pruned],
      [status, 12, 0, 9, 2, 1],
    );
    const address = { unite: merge, execution: 1 };
    const branchEnds = await storage.runs.branchEnds(run.runId, address, [0, 1, 5, 11], false);
    assert.deepEqual(branchEnds, ['SUCCEEDED', 'FAILED', 'PRUNED', 'FAILED']);
    const countedBehind = (after: CountedFailure | undefined, atMost: number) =>
      storage.runs.countedFailures(run.runId, address, { after, atMost });
    const [first, ...rest] = await countedBehind(undefined, 1);
    assert.deepEqual([first, rest], [{ branch: 1, state: held[1]!.state }, []]);
    assert.deepEqual(await countedBehind(first, 10), [{ branch: 11, state: held[11]!.state }]);
    if (status === 'GAVE_UP')
      assert.equal((await storage.runs.failures(run.runId, [scope!.result!]))[0]?.code, 'UNITE_UNSATISFIED');
    for (const united of await driver.claim(run, [merge])) await settle(run, executed(united, [{}]));
    assert.equal(await statusOf(run), end);
  }
});

test('two state managers that settle the last branches at once fire once', async () => {
  const other = new SessionDriver(await fixture.open(), 's1');
  for (let round = 0; round < 10; round++) {
    const { run, held } = await inWork(2);
    const results = await Promise.all([
      driver.settle(run, [executed(held[0]!, [{}])]),
      other.settle(run, [executed(held[1]!, [{}])]),
      other.settle(run, [executed(held[0]!, [{}])]),
      driver.settle(run, [executed(held[1]!, [{}])]),
    ]);
    assert.deepEqual(results.map(({ kind }) => kind).sort(), [
      'committed',
      'committed',
      'refused',
      'refused',
    ]);
    assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
    assert.equal((await scopeOf(run))?.status, 'FIRED');
  }
});

test('an ended attempt has no timeout any more, and one that has not ended is found when it is over', async () => {
  const { run, held } = await inWork(2);
  await settle(run, executed(held[0]!, [{}]));
  assert.deepEqual(await storage.runs.timedOut(0, 100), []);
  const lease = { runId: run.runId, state: held[1]!.state, leaseToken: held[1]!.record.leaseToken };
  await redis.zadd(keys.timeouts(0), 1, `${lease.runId}:${lease.state}:${lease.leaseToken}`);
  assert.deepEqual(await storage.runs.timedOut(0, 100), [lease]);
  await settle(run, errored(held[1]!, false));
  assert.deepEqual(await storage.runs.timedOut(0, 100), []);
});

test('claims of the same round trip get what the settlements before them made ready', async () => {
  const run = await triggered();
  const [root] = await driver.claim(run);
  const claim = {
    sessionId: 's1',
    streamId: 'stream',
    leaseToken: 's1-next',
    capacity: 1_000,
    atMost: 1_000,
    roomOf: new Map(),
    places: [{ run, node: work, atMost: 9 }],
  };
  const { settled, claimed } = await storage.runs.commit({
    settlements: [{ run, reports: [executed(root!, values(4))] }],
    claims: [claim],
  });
  assert.equal(settled[0]?.kind, 'committed');
  assert.ok(claimed[0]?.kind === 'claimed');
  assert.equal(claimed[0].states.length, 4);
});
