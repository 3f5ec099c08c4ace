/** Tallies of node templates, and their slowest states. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { State } from '../../../services/state-manager/domain/model/state.ts';
import { planCancelled } from '../../../services/state-manager/domain/plan/endings.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { listStates } from '../../../services/state-manager/engine/queries/list-states.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { redisTimePasses } from '../../support/redis-time.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  failure,
  type Held,
  lost,
  pruned,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const [split, work] = [0, 1];

const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
  ],
});

async function begun(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

async function settle(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function fannedOut(width: number): Promise<{ run: LoadedRun; held: Held[] }> {
  const run = await begun();
  const [root] = await driver.claim(run, [split]);
  await settle(run, executed(root!, values(width)));
  return { run, held: await driver.claim(run, [work], width) };
}

async function tallies(run: LoadedRun, node: number) {
  const view = await storage.runs.view(run.runId);
  return view!.tallies(node);
}

async function numbers(run: LoadedRun, node: number): Promise<number[]> {
  const { executions, outputs, retries } = await tallies(run, node);
  return [executions, outputs, retries];
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);

test('one execution with 129 outputs is one execution, and has 129 outputs', async () => {
  const { run } = await fannedOut(129);
  assert.deepEqual(await numbers(run, split), [1, 129, 0]);
  assert.equal((await storage.runs.view(run.runId))!.count(split, 'SUCCESS'), 129);
  assert.deepEqual(await numbers(run, work), [0, 0, 0]);
  await holdsTogether(run);
});

test('each attempt is an execution, whatever becomes of it, and replacements are retries', async () => {
  const { run, held } = await fannedOut(5);
  const [fails, ends, prunes, cancelled, empty] = held;
  await settle(run, errored(fails!, true), executed(ends!, values(2)), pruned(prunes!), executed(empty!, []));
  assert.deepEqual(await numbers(run, work), [4, 2, 1]);
  const [again] = await driver.claim(run, [work]);
  await settle(run, errored(again!, true));
  const plan = planCancelled(run.graph, cancelled!.record, failure, true);
  await settle(run, { ...executed(cancelled!, []), plan });
  assert.deepEqual(await numbers(run, work), [6, 2, 1]);
  const [failed] = await storage.runs.records(run.runId, [again!.state]);
  await retryState(storage.runs, run, again!.state, failed!);
  assert.deepEqual(await numbers(run, work), [6, 2, 2]);
  const { waitingTimes, runningTimes } = await tallies(run, work);
  assert.deepEqual([sum(waitingTimes), sum(runningTimes)], [6, 6]);
  await holdsTogether(run);
});

test('what is emitted counts as outputs of one execution', async () => {
  const run = await begun();
  const [root] = await driver.claim(run, [split]);
  await settle(run, emitted(root!, 0, values(3)));
  assert.deepEqual(await numbers(run, split), [0, 3, 0]);
  await settle(run, emitted(afterEmits(root!), 3, values(2)));
  await settle(run, sealed(afterEmits(root!), 5));
  assert.deepEqual(await numbers(run, split), [1, 5, 0]);
  await holdsTogether(run);
});

test('a lost lease is no execution, and a late report is one that began when the lease was given back', async () => {
  const { run, held } = await fannedOut(2);
  await redisTimePasses(redis, 30);
  await settle(run, lost(held[0]!));
  assert.deepEqual(await numbers(run, work), [0, 0, 0]);
  await redisTimePasses(redis, 70);
  await settle(run, executed(held[0]!, [{}]));
  const { executions, waitingTimes, runningTimes } = await tallies(run, work);
  assert.deepEqual([executions, waitingTimes[0]], [1, 1]);
  assert.equal(sum(runningTimes.slice(4)), 1, 'it took 64 ms at least');
  await holdsTogether(run);
});

test('what ends without having been leased is no execution', async () => {
  const { run, held } = await fannedOut(1);
  await settle(run, errored(held[0]!, true));
  const replacement = held[0]!.state + 1;
  const [record] = await storage.runs.records(run.runId, [replacement]);
  const plan = planCancelled(run.graph, record!, failure, true);
  const waiting = { state: replacement, sessionId: '', leaseToken: '', outputsJson: [], guards: [] };
  await settle(run, { ...waiting, record: record!, plan });
  assert.deepEqual(await numbers(run, work), [1, 0, 1]);
  await holdsTogether(run);
});

/** States from the slowest on, page by page. */
async function slowest(run: LoadedRun, pageSize: number, identifier?: string): Promise<State[]> {
  const states: State[] = [];
  const filter = { order: 'SLOWEST' as const, ...(identifier !== undefined && { identifier }) };
  for (let pageToken = ''; ; ) {
    const view = await storage.runs.view(run.runId);
    const page = await listStates(storage, run, view!, filter, { pageSize, pageToken });
    assert.ok(page.items.length <= pageSize);
    states.push(...page.items);
    if (page.nextPageToken === undefined) return states;
    pageToken = page.nextPageToken;
  }
}

const ranMs = ({ startedAt, endedAt }: State) => endedAt! - startedAt!;

test('the hundred slowest states of each node are listed, those first that took longest', async () => {
  const { run, held } = await fannedOut(260);
  await redisTimePasses(redis, 15);
  // The first ones are the quickest: each step takes a little longer than the one before.
  for (let at = 0; at < held.length; at += 20) {
    await settle(run, ...held.slice(at, at + 20).map((one) => executed(one, [{}])));
    await redisTimePasses(redis, 1);
  }
  const found = await slowest(run, 33, 'work');
  assert.deepEqual(
    new Set(found.map(({ stateId }) => stateId)),
    new Set(held.slice(160).map(({ state }) => `${run.runId}.${state}`)),
  );
  const times = found.map(ranMs);
  assert.deepEqual(
    times,
    [...times].sort((left, right) => right - left),
  );
  assert.equal((await redis.zcard(keys.slowest(run.runId))) <= 101, true, 'the root may be one more');
  await holdsTogether(run);
  const [merge] = await driver.claim(run, [2]);
  await settle(run, executed(merge!, [{}]));
  assert.ok(await storage.runs.retire(run.runId, run, { isUnwanted: true }));
  assert.deepEqual(await redis.keys(`*${run.runId}*`), []);
});

test('quick states are listed nowhere, and the slowest of all nodes stand in one list', async () => {
  const run = await begun();
  const [root] = await driver.claim(run, [split]);
  await redisTimePasses(redis, 40);
  await settle(run, executed(root!, values(2)));
  const [first, second] = await driver.claim(run, [work]);
  await redisTimePasses(redis, 90);
  await settle(run, executed(first!, [{}]));
  await redisTimePasses(redis, 10);
  await settle(run, errored(second!, true));
  const found = await slowest(run, 1);
  assert.deepEqual(
    found.map(({ stateId }) => stateId),
    [second!.state, first!.state, root!.state].map((state) => `${run.runId}.${state}`),
  );
  assert.deepEqual(await slowest(run, 10, 'merge'), []);
});
