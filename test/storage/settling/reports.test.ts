/** Reports between a turn and the next: which of them wait for it, and which for longer. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import { Bell } from '../../../services/state-manager/bell.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { Ack, DownFrame } from '../../../services/state-manager/domain/model/stream.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { SettleResult } from '../../../services/state-manager/engine/ports/settling.ts';
import type { Batch } from '../../../services/state-manager/engine/reports/report-batch.ts';
import { ReportPlanner } from '../../../services/state-manager/engine/reports/report-planner.ts';
import { Reports } from '../../../services/state-manager/engine/reports/reports.ts';
import { type HeldState, Session } from '../../../services/state-manager/engine/session/session.ts';
import { chain } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, quietLog, startStorage } from '../fixture.ts';
import { SessionDriver } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile(chain('only'));

/** Reports of a session that holds the roots of so many new runs, and what it is answered. */
async function reporting(width: number) {
  const acks: Ack[] = [];
  const send = (frame: DownFrame) => {
    if (frame.kind === 'acks') acks.push(...frame.items);
  };
  const hello = {
    protocolVersion: 1,
    namespace: 'default',
    runtimeName: 'r',
    language: '',
    nodes: [],
    capacity: { total: 10, perNode: {}, lingering: 0 },
    sessionId: '',
    heldLeases: [],
  };
  const session = new Session(driver.sessionId, driver.streamId, hello, { send, end: () => undefined });
  const work = new Bell();
  const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  const planner = new ReportPlanner(new AjvSchemaChecker(new CheckThreads(quietLog)), 1_000_000);
  const reports = new Reports({ storage: storage.runs, runs, planner, work, log: quietLog });
  const held: HeldState[] = [];
  for (let i = 0; i < width; i++) {
    const run = newRun(graph);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [root] = await driver.claim(run);
    const { state, record } = root!;
    const stateId = stateIdOf(run.runId, state);
    held.push({
      ...{ run, state, record, stateId, leaseToken: record.leaseToken },
      ...{ nodeName: graph.nodes[0]!.nodeName, heldSince: 0 },
    });
  }
  for (const one of held) session.hold(one);
  reports.take(
    session,
    held.map(({ stateId, leaseToken }) => ({
      ...{ stateId, leaseToken },
      outcome: { kind: 'executed', outputs: [{ outputJson: '{}' }], emitCount: 0 },
    })),
  );
  return { reports, held, acks, work };
}

async function commit({ settlements }: Batch): Promise<readonly SettleResult[]> {
  return (await storage.runs.commit({ settlements })).settled;
}

/** Makes something of the run that no script reads, and gives what mends it. */
async function breakRun({ run: { runId } }: HeldState): Promise<() => Promise<void>> {
  const key = keys.run(runId);
  await redis.rename(key, `kept:${runId}`);
  await redis.set(key, 'no hash');
  return async () => {
    await redis.rename(`kept:${runId}`, key);
  };
}

function runsOf({ settlements }: Batch): string[] {
  return settlements.flatMap(({ run, reports }) => reports.map(() => run.runId));
}

/** Has time pass by hand, until the test gives it back: nothing may be asked of Redis meanwhile. */
function stopTime(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return t.mock.timers;
}

/** All that a session flushes at the end of this turn of the event loop is sent. */
const flushed = () => new Promise((resolve) => setImmediate(resolve));

test('a report on a run that is broken is tried again a second later, and keeps no other', async (t) => {
  const { reports, held, acks, work } = await reporting(2);
  const [broken, fine] = [held[0]!, held[1]!];
  const mend = await breakRun(broken);
  const batch = reports.nextBatch(100);
  const settled = await commit(batch);

  const time = stopTime(t);
  let rings = 0;
  work.hear(() => rings++);
  assert.equal(reports.answer(batch, settled), 'DONE');
  assert.equal(reports.has(broken.stateId, broken.leaseToken), true);
  assert.equal(reports.has(fine.stateId, fine.leaseToken), false);
  time.tick(999);
  assert.deepEqual(runsOf(reports.nextBatch(100)), []);
  assert.equal(rings, 0);
  time.tick(1);
  assert.equal(rings, 1);
  const again = reports.nextBatch(100);
  assert.deepEqual(runsOf(again), [broken.run.runId]);
  time.reset();

  await mend();
  assert.equal(reports.answer(again, await commit(again)), 'DONE');
  assert.equal(reports.has(broken.stateId, broken.leaseToken), false);
  await flushed();
  assert.deepEqual(
    acks.map(({ stateId, status }) => [stateId, status]),
    [fine, broken].map(({ stateId }) => [stateId, 'ACCEPTED']),
  );
});

test('a report that storage takes no writes for is tried again at once', async () => {
  const { reports, held, acks } = await reporting(2);
  const batch = reports.nextBatch(100);
  await redis.replicaof('127.0.0.1', 1);
  const settled = await commit(batch).finally(() => redis.replicaof('NO', 'ONE'));
  assert.equal(reports.answer(batch, settled), 'FAILED');
  for (const { stateId, leaseToken } of held) assert.equal(reports.has(stateId, leaseToken), true);
  reports.putBack(batch);
  const again = reports.nextBatch(100);
  assert.deepEqual(runsOf(again), runsOf(batch));
  assert.equal(reports.answer(again, await commit(again)), 'DONE');
  await flushed();
  assert.equal(acks.length, 2);
});

test('a batch that is put back whole has what waits for later once', async (t) => {
  const { reports, held } = await reporting(1);
  await breakRun(held[0]!);
  const batch = reports.nextBatch(100);
  const settled = await commit(batch);
  const time = stopTime(t);
  reports.answer(batch, settled);
  reports.putBack(batch);
  assert.deepEqual(runsOf(reports.nextBatch(100)), []);
  time.tick(1_000);
  assert.deepEqual(runsOf(reports.nextBatch(100)), [held[0]!.run.runId]);
  time.tick(1_000);
  assert.deepEqual(runsOf(reports.nextBatch(100)), []);
});
