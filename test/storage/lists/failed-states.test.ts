/** States of a status: those that have failed are listed when they do, and what nothing has is not looked for. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { State, StateFilter } from '../../../services/state-manager/domain/model/state.ts';
import { planCancelled } from '../../../services/state-manager/domain/plan/endings.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { listStates } from '../../../services/state-manager/engine/queries/list-states.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { sweep } from '../interleavings/sweep.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  executedStaged,
  type Held,
  pruned,
  SessionDriver,
  sealed,
  stagedOutput,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** `emitter` emits its outputs one by one, and may fail behind them. */
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [
    nodeTemplate('source', ['emitter']),
    nodeTemplate('emitter', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', ['all'], { unites: { identifier: 'emitter' } }),
    nodeTemplate('all', [], { unites: { identifier: 'source', strategy: 'ALL_DONE' } }),
  ],
});
const [source, emitter] = [0, 1];

async function begun(of = graph): Promise<LoadedRun> {
  const run = newRun(of);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

async function settle(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

/** The list that a filter gives, page by page. */
async function listed(run: LoadedRun, filter: StateFilter = {}, pageSize = 1_000): Promise<State[]> {
  const states: State[] = [];
  for (let pageToken = ''; ; ) {
    const view = (await storage.runs.view(run.runId))!;
    const page = await listStates(storage, run, view, filter, { pageSize, pageToken });
    assert.ok(page.items.length <= pageSize);
    states.push(...page.items);
    if (page.nextPageToken === undefined) return states;
    pageToken = page.nextPageToken;
  }
}

const fate = fc.constantFrom('success', 'success', 'fails', 'retries', 'prune', 'cancelled' as const);

async function end(run: LoadedRun, held: Held, how: string): Promise<void> {
  const isEmitter = held.record.standing.node === emitter;
  let one = held;
  if (isEmitter && !held.record.hasEmitted) {
    await settle(run, emitted(held, 0, values(2)));
    one = afterEmits(held);
  }
  const outputs = held.record.standing.node === source ? values(3) : [{}];
  const failure = { code: 'CANCELLED', message: 'by a user' };
  const report = {
    success: () => (isEmitter ? sealed(one, 2) : executed(one, outputs)),
    fails: () => errored(one, false),
    retries: () => errored(one, true),
    prune: () => pruned(one),
    cancelled: () => ({ ...errored(one, false), plan: planCancelled(run.graph, one.record, failure, true) }),
  }[how]!;
  await settle(run, report());
}

test('states that have failed are listed as among all others, in pages of any size, whatever becomes of them', async () => {
  const fates = fc.array(fate, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fates, fc.nat(6), async (ends, retries) => {
      const run = await begun();
      const [root] = await driver.claim(run, [source]);
      await end(run, root!, 'success');
      let turn = 0;
      const playOn = async () => {
        for (let held = await driver.claim(run); held.length > 0; held = await driver.claim(run))
          for (const one of held) await end(run, one, ends[turn++ % ends.length]!);
        await sweep(storage, run);
      };
      await playOn();
      for (const { stateId, status, failure } of (await listed(run)).slice(-retries)) {
        const isRetryable = status === 'ERRORED' || status === 'CANCELLED';
        if (!isRetryable || failure!.code.startsWith('UNITE_')) continue;
        const state = Number(stateId.split('.')[1]);
        const [record] = await storage.runs.records(run.runId, [state]);
        await retryState(storage.runs, run, state, record!).catch(() => undefined);
        await playOn();
      }
      assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
      const all = await listed(run);
      for (const status of ['ERRORED', 'RETRY_CREATED', 'CANCELLED', 'SUCCESS', 'PRUNED'] as const) {
        for (const identifier of [undefined, 'emitter', 'work', 'merge']) {
          const expected = all.filter(
            (state) => state.status === status && (!identifier || state.identifier === identifier),
          );
          const filter = { statuses: [status], ...(identifier && { identifier }) };
          const counted = expected.filter(({ isSuperseded }) => !isSuperseded);
          for (const pageSize of [1, 3, 1_000]) {
            assert.deepEqual(await listed(run, filter, pageSize), counted);
            assert.deepEqual(await listed(run, { ...filter, includeSuperseded: true }, pageSize), expected);
          }
          const newest = await listed(run, { ...filter, order: 'NEWEST_FIRST' }, 3);
          assert.deepEqual(newest, counted.toReversed());
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('a page may begin at any state or sibling, also one that has another status', async () => {
  const run = await begun();
  const [root] = await driver.claim(run, [source]);
  await end(run, root!, 'success');
  for (const held of await driver.claim(run, [emitter])) await end(run, held, 'fails');
  const view = (await storage.runs.view(run.runId))!;
  const from = async (pageToken: string) => {
    const page = await listStates(storage, run, view, { statuses: ['ERRORED'] }, { pageSize: 2, pageToken });
    return [...page.items.map(({ stateId }) => stateId.slice(run.runId.length)), page.nextPageToken];
  };
  assert.deepEqual(await from(''), ['.2', '.3', '4.0']);
  assert.deepEqual(await from('2.1'), ['.3', '.4', undefined], 'the siblings of state 2 have not failed');
  assert.deepEqual(await from('4.0'), ['.4', undefined]);
  for (const late of ['5.0', '9.3', '999999999999999.0']) assert.deepEqual(await from(late), [undefined]);
  await assert.rejects(from('x'), /page_token/);
});

const wide = compile({
  retry_policy: { max_retries: 0 },
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')],
});

/** A run of so many branches, in which every 300th has failed. */
async function wideRun(width: number): Promise<LoadedRun> {
  const run = await begun(wide);
  const [root] = await driver.claim(run, [0]);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  for (let from = 0; from < width; from += 300)
    await storage.runs.stage(lease, from, values(Math.min(300, width - from)).map(stagedOutput), 1e9);
  const report = executedStaged(root!, width);
  await settle(run, report);
  while ((await storage.runs.expand(run, 1, report.plan, { atMost: 500 })).kind === 'more');
  for (
    let held = await driver.claim(run, [1], 250);
    held.length > 0;
    held = await driver.claim(run, [1], 250)
  )
    await settle(
      run,
      ...held.map((one) => (one.state % 300 === 0 ? errored(one, false) : executed(one, [{}]))),
    );
  return run;
}

test('what has failed is found for what it is, however many states have not; and what nothing is, for nothing', async () => {
  const costOf = async (run: LoadedRun, filter: StateFilter) => {
    const view = (await storage.runs.view(run.runId))!;
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await sent();
    const page = await listStates(storage, run, view, filter, { pageSize: 100, pageToken: '' });
    return {
      bytes: (await sent()) - before,
      found: page.items.length,
      isLast: page.nextPageToken === undefined,
    };
  };
  const [small, large] = [await wideRun(310), await wideRun(6_010)];
  const [few, many] = [
    await costOf(small, { statuses: ['ERRORED'] }),
    await costOf(large, { statuses: ['ERRORED'] }),
  ];
  assert.deepEqual([few.found, few.isLast, many.found, many.isLast], [1, true, 20, true]);
  assert.ok(many.bytes < 20 * few.bytes, `${many.bytes} bytes for 20, and ${few.bytes} for one`);
  const info = (await costOf(large, { identifier: 'nothing', statuses: ['SUCCESS'] })).bytes;
  for (const filter of [
    { statuses: ['PRUNED'] },
    { statuses: ['CREATED'] },
    { statuses: ['RETRY_CREATED'] },
    { identifier: 'split', statuses: ['ERRORED'] },
  ] as const) {
    const { bytes, found, isLast } = await costOf(large, filter);
    assert.deepEqual([found, isLast], [0, true]);
    assert.ok(bytes < info + 100, `${bytes} bytes for what no state is`);
  }
});

test('a fan-out whose children are being created is listed by what its record says, and its counts do not hide it', async () => {
  const run = await begun(wide);
  const [root] = await driver.claim(run, [0]);
  const report = executed(root!, values(600));
  await settle(run, report);
  await storage.runs.expand(run, 1, report.plan, { atMost: 10 });
  assert.equal((await listed(run, { statuses: ['EXECUTED'] })).length, 600);
  assert.equal((await listed(run, { statuses: ['CREATED'] })).length, 10);
  assert.equal((await listed(run, { statuses: ['SUCCESS'] })).length, 0);
});

test('states that succeed leave no list', async () => {
  const run = await begun();
  const [root] = await driver.claim(run, [source]);
  await end(run, root!, 'success');
  for (let held = await driver.claim(run); held.length > 0; held = await driver.claim(run))
    for (const one of held) await end(run, one, 'success');
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
  assert.equal(await redis.exists(keys.failedStates(run.runId)), 0);
});
