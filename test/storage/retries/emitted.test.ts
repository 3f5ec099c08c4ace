/** Retry by hand of an open fan-out that has emitted: its work goes on, and the branch that its failure was is gone. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { scopesOfRetry } from '../../../services/state-manager/domain/plan/retry-by-hand.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  type Held,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];

function uniting(unites: object, more: string[] = []): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work', ...more]),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', ...unites } }),
      ...more.map((identifier) => nodeTemplate(identifier)),
    ],
  });
}

async function started(graph: Graph): Promise<{ run: LoadedRun; source: Held }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [split]);
  return { run, source: source! };
}

async function commit(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function retry(run: LoadedRun, state: number): Promise<void> {
  const [record] = await storage.runs.records(run.runId, [state]);
  await retryState(storage.runs, run, state, record!);
}

async function scopeOf(run: LoadedRun) {
  const [scope] = await storage.runs.scopes(run.runId, [{ unite: merge, execution: 1 }]);
  const { status, total, unfinished, succeeded, failed, isSealed } = scope!;
  return { status, total, unfinished, succeeded, failed, isSealed };
}

async function workOff(run: LoadedRun, atMost = 100): Promise<void> {
  for (const held of await driver.claim(run, [work], atMost)) await commit(run, executed(held, [{}]));
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

test('the failed branch of its end is gone, the total is open again, and later indexes follow', async () => {
  const { run, source } = await started(uniting({ strategy: 'ALL_DONE' }));
  await commit(run, emitted(source, 0, values(3)));
  await workOff(run, 1);
  await commit(run, errored(afterEmits(source), false));
  const failed = { status: 'OPEN', total: 4, unfinished: 2, succeeded: 1, failed: 1, isSealed: true };
  assert.deepEqual(await scopeOf(run), failed);
  await retry(run, 1);
  await holdsTogether(run);
  assert.deepEqual(await scopeOf(run), { ...failed, total: 3, failed: 0, isSealed: false });
  await workOff(run);
  const [again] = await driver.claim(run, [split]);
  assert.deepEqual([again?.record.work, again?.record.hasEmitted], [1, true]);
  assert.equal((await scopeOf(run)).status, 'OPEN', 'it waits for the work that goes on');
  await commit(run, emitted(again!, 3, values(2)));
  await holdsTogether(run);
  await workOff(run);
  await commit(run, sealed(again!, 5));
  assert.deepEqual(await scopeOf(run), {
    ...{ status: 'FIRED', total: 5, unfinished: 0, succeeded: 5, failed: 0, isSealed: true },
  });
  await holdsTogether(run);
});

test('it may fail again, and is one failed branch all the same', async () => {
  const { run, source } = await started(uniting({ tolerated_failures: 1 }));
  await commit(run, emitted(source, 0, values(1)));
  await commit(run, errored(afterEmits(source), false));
  for (let attempt = 0, state = 1; attempt < 3; attempt++) {
    await retry(run, state);
    const [again] = await driver.claim(run, [split]);
    state = again!.state;
    if (attempt > 0) await commit(run, emitted(again!, attempt, values(1)));
    await commit(run, errored(again!, false));
    await holdsTogether(run);
    const { total, failed } = await scopeOf(run);
    assert.deepEqual([total, failed], [attempt + 2, 1]);
  }
  await workOff(run);
  assert.equal((await scopeOf(run)).status, 'FIRED');
  await holdsTogether(run);
});

test('a unite that was decided before the work failed stays decided', async () => {
  const { run, source } = await started(uniting({ strategy: 'QUORUM', min_success: 1 }, ['side']));
  await commit(run, emitted(source, 0, values(2)));
  await workOff(run, 1);
  const decided = await scopeOf(run);
  assert.deepEqual([decided.status, decided.total], ['FIRED', 2]);
  await commit(run, emitted(source, 2, values(1)), errored(afterEmits(source), false)).catch(() => undefined);
  await commit(run, errored(afterEmits(source), false)).catch(() => undefined);
  await swept(run);
  await retry(run, 1);
  assert.deepEqual(await scopeOf(run), decided);
});

/** All that was left out, or is superseded, is cancelled, as far as storage is told. */
async function swept(run: LoadedRun): Promise<void> {
  const reopened = { unite: merge, execution: 1 };
  for (const job of await storage.runs.cancelling(0, -1, 100))
    await storage.runs.cancelled(run, job, { held: [], seen: '', reopened });
}

test('nothing is opened again before what it had left out is swept', async () => {
  const { run, source } = await started(uniting({ strategy: 'QUORUM', min_success: 1 }));
  await commit(run, executed(source, values(3)));
  const [first, second] = await driver.claim(run, [work]);
  await commit(run, errored(first!, false));
  await commit(run, executed(second!, [{}]));
  assert.equal((await scopeOf(run)).status, 'FIRED');
  const [record] = await storage.runs.records(run.runId, [first!.state]);
  const again = () => storage.runs.retry(run, first!.state, record!, scopesOfRetry(run.graph, record!), 0);
  assert.deepEqual(await again(), { kind: 'BUSY' });
  await swept(run);
  assert.equal((await again()).kind, 'OK');
  const { status, unfinished } = await scopeOf(run);
  assert.deepEqual([status, unfinished], ['OPEN', 1]);
});

test('a unite that was decided early and is opened again takes no outputs that come after that', async () => {
  const { run, source } = await started(uniting({ strategy: 'QUORUM', min_success: 2 }, ['side']));
  await commit(run, emitted(source, 0, values(4)));
  const [first, ...others] = await driver.claim(run, [work]);
  await commit(run, errored(first!, false));
  for (const held of others.slice(0, 2)) await commit(run, executed(held, [{}]));
  assert.equal((await scopeOf(run)).status, 'FIRED');
  await commit(run, emitted(source, 4, values(1)));
  await swept(run);
  await retry(run, first!.state);
  const opened = { status: 'OPEN', total: 4, unfinished: 1, succeeded: 2, failed: 0, isSealed: true };
  assert.deepEqual(await scopeOf(run), opened);
  await commit(run, emitted(source, 5, values(2)));
  assert.deepEqual(await scopeOf(run), opened, 'later outputs are no branches of it');
  const branches = Object.keys(await redis.hgetall(keys.run(run.runId))).filter((field) =>
    field.startsWith(`b${merge}.1.`),
  );
  assert.deepEqual(
    branches.sort(),
    [0, 1, 2].map((branch) => `b${merge}.1.${branch}`),
  );
  await commit(run, sealed(source, 7));
  const [again] = await driver.claim(run, [work]);
  await commit(run, executed(again!, [{}]));
  await swept(run);
  assert.equal((await scopeOf(run)).status, 'FIRED');
});
