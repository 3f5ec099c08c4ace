/** States that a retry by hand has superseded: they say so, and leave the counts and lists of their statuses. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type State,
  type StateFilter,
  stateStatuses,
} from '../../../services/state-manager/domain/model/state.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { listStates } from '../../../services/state-manager/engine/queries/list-states.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { dyingBehind, rethrowUnlessDead } from '../interleavings/dying-storage.ts';
import { jobsOf, lookAt, sweep } from '../interleavings/sweep.ts';
import { afterEmits, emitted, errored, executed, pruned, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** `merge` grows a fan-out, and one that emits. */
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', ['wide', 'emitter'], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    nodeTemplate('wide', ['leaf']),
    nodeTemplate('leaf'),
    nodeTemplate('emitter', ['echo']),
    nodeTemplate('echo'),
  ],
});
const [split, work, merge, wide, leaf, emitter, echo] = [0, 1, 2, 3, 4, 5, 6];

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

async function listed(run: LoadedRun, filter: StateFilter = {}): Promise<State[]> {
  const states: State[] = [];
  for (let pageToken = ''; ; ) {
    const view = (await storage.runs.view(run.runId))!;
    const page = await listStates(storage, run, view, filter, { pageSize: 1_000, pageToken });
    states.push(...page.items);
    if (page.nextPageToken === undefined) return states;
    pageToken = page.nextPageToken;
  }
}

/** A run whose unite has fired over a failure, and what the uniting state has grown in a fan-out of so many. */
async function grown(width: number): Promise<{ run: LoadedRun; failed: number }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await accept(run, executed(root!, values(2)));
  const [good, bad] = await driver.claim(run, [work]);
  await accept(run, executed(good!, [{}]), errored(bad!, false));
  const [united] = await driver.claim(run, [merge]);
  await accept(run, executed(united!, [{}]));
  const [fanOut] = await driver.claim(run, [wide]);
  await accept(run, executed(fanOut!, values(width)));
  return { run, failed: bad!.state };
}

async function retry(run: LoadedRun, state: number): Promise<void> {
  const [record] = await storage.runs.records(run.runId, [state]);
  await retryState(storage.runs, run, state, record!);
}

/** The numbers of a node's states, by status and superseded. */
async function countsOf(run: LoadedRun, node: number): Promise<Record<string, number>> {
  const view = (await storage.runs.view(run.runId))!;
  const counts = stateStatuses.map((status) => [status, view.count(node, status)] as const);
  return Object.fromEntries(
    [...counts, ['superseded', view.superseded(node)] as const].filter(([, n]) => n > 0),
  );
}

test('whatever has ended in a superseded generation leaves the counts of its status, in steps that may stop anywhere', async () => {
  const { run, failed } = await grown(300);
  const leaves = await driver.claim(run, [leaf], 20);
  await accept(run, ...leaves.slice(0, 5).map((one) => executed(one, [{}])));
  await accept(run, errored(leaves[5]!, false), errored(leaves[6]!, true), pruned(leaves[7]!));
  const [emitting] = await driver.claim(run, [emitter]);
  await accept(run, emitted(emitting!, 0, values(3)));
  await accept(run, errored(afterEmits(emitting!), true));
  const [echoed] = await driver.claim(run, [echo]);
  await accept(run, executed(echoed!, [{}]));
  await holdsTogether(run);

  await retry(run, failed);
  await holdsTogether(run);
  for (let writes = 1; ; writes++) {
    const [job] = await jobsOf(storage, run);
    if (!job) break;
    await lookAt(storage, run, job, dyingBehind(writes, storage.runs)).catch(rethrowUnlessDead);
    await holdsTogether(run);
  }
  assert.deepEqual(await countsOf(run, merge), { superseded: 1 });
  // The fan-out's siblings, a replaced attempt, and what the one that emits was accepted for.
  assert.deepEqual(await countsOf(run, wide), { superseded: 300 });
  assert.deepEqual(await countsOf(run, leaf), { superseded: 301 });
  assert.deepEqual(await countsOf(run, emitter), { superseded: 5 });
  assert.deepEqual(await countsOf(run, echo), { superseded: 3 });
  assert.deepEqual(await countsOf(run, work), { CREATED: 1, SUCCESS: 1, RETRY_CREATED: 1 });
  const all = await listed(run);
  assert.deepEqual(
    all.filter(({ isSuperseded }) => !isSuperseded).map(({ identifier }) => identifier),
    ['split', 'split', 'work', 'work', 'work'],
    'an attempt that was replaced is not superseded',
  );
  assert.equal(all.filter(({ isSuperseded }) => isSuperseded).length, 1 + 300 + 301 + 5 + 3);

  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  await driver.executeAll(run, () => [{}]);
  assert.deepEqual(await countsOf(run, merge), { SUCCESS: 1, superseded: 1 });
  assert.deepEqual(await countsOf(run, wide), { SUCCESS: 1, superseded: 300 });
  const { status, stateCount } = (await storage.runs.view(run.runId))!;
  assert.equal(status, 'SUCCESS');
  assert.equal(stateCount, (await listed(run)).length);
  await holdsTogether(run);
});

test('superseded failures are in the list of their status only if they are asked for, and cost it nothing', async () => {
  const { run, failed } = await grown(450);
  for (let held = await driver.claim(run, [leaf]); held.length > 0; held = await driver.claim(run, [leaf]))
    await accept(run, ...held.map((one) => errored(one, false)));
  await retry(run, failed);
  await sweep(storage, run);
  const [again] = await driver.claim(run, [work]);
  await accept(run, errored(again!, false));
  const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const costOf = async (filter: StateFilter) => {
    const before = await sent();
    const found = await listed(run, filter);
    return { found, bytes: (await sent()) - before };
  };
  const counting = await costOf({ statuses: ['ERRORED'] });
  const all = await costOf({ statuses: ['ERRORED'], includeSuperseded: true });
  assert.deepEqual(
    counting.found.map(({ identifier }) => identifier),
    ['work'],
  );
  assert.equal(all.found.length, 451);
  assert.deepEqual(
    all.found.filter(({ isSuperseded }) => !isSuperseded),
    counting.found,
  );
  assert.ok(counting.bytes < all.bytes / 10, `${counting.bytes} bytes, and ${all.bytes} with all`);
  assert.deepEqual(await listed(run, { statuses: ['ERRORED'], identifier: 'leaf' }), []);
  await holdsTogether(run);
});
