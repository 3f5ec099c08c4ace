/** Branches of a scope in cells: as a look at all states finds them, at the cost of what is kept by branch. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { BranchCell, BranchStatus } from '../../../services/state-manager/domain/model/branch-cells.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { summarizeBranches } from '../../../services/state-manager/engine/queries/summarize-branches.ts';
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
  type Held,
  pruned,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';
import { withNotedReads } from './noted-reads.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
/** A session for each test: each leaves some states leased. */
let driver: SessionDriver;
beforeEach(async ({ name }) => {
  driver = new SessionDriver(storage, name.replaceAll(/\W/g, '_'));
  await driver.attach();
});
const [split, work] = [0, 1];

function uniting(unites: object = {}, more: object[] = []): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE', ...unites } }),
      ...(more as ReturnType<typeof nodeTemplate>[]),
    ],
  });
}

async function settle(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function started(graph: Graph): Promise<{ run: LoadedRun; source: Held }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [split]);
  return { run, source: source! };
}

async function fannedOut(graph: Graph, width: number): Promise<{ run: LoadedRun; held: Held[] }> {
  const { run, source } = await started(graph);
  const report = executed(source, values(width));
  await settle(run, report);
  if (width > 500) while ((await storage.runs.expand(run, 1, report.plan, { atMost: 500 })).kind === 'more');
  return { run, held: await driver.claim(run, [work], width) };
}

/** Cells, and the number of records that were read for them. */
async function summary(run: LoadedRun, asked: { from?: number; to?: number; cells?: number } = {}) {
  const { source, read } = withNotedReads(storage);
  const question = { runId: run.runId, stateId: `${run.runId}.1`, from: 0, cells: 1_000, ...asked };
  const { cells, isIncomplete } = await summarizeBranches(source.runs, run, question);
  assert.equal(isIncomplete, false);
  return { cells, records: read.length };
}

/** Ends of branches as the test has brought them about; in cells. */
function expectedCells(ends: readonly BranchStatus[], from: number, cells: number): BranchCell[] {
  const worst = ['SUCCEEDED', 'PRUNED', 'UNFINISHED', 'FAILED'] as const;
  const number = Math.min(cells, ends.length);
  return Array.from({ length: number }, (_, i) => {
    const [first, end] = [i, i + 1].map((at) => Math.floor((at * ends.length) / number)) as [number, number];
    const own = ends.slice(first, end);
    const count = (status: BranchStatus) => own.filter((one) => one === status).length;
    return {
      from: from + first,
      branches: own.length,
      succeeded: count('SUCCEEDED'),
      failed: count('FAILED'),
      pruned: count('PRUNED'),
      unfinished: count('UNFINISHED'),
      worst: worst.findLast((status) => count(status) > 0)!,
    };
  });
}

const endOf = (branch: number): BranchStatus =>
  branch % 50 === 7 ? 'FAILED' : branch % 50 === 9 ? 'PRUNED' : branch % 9 === 4 ? 'UNFINISHED' : 'SUCCEEDED';

function reportOf(one: Held, branch: number): PlannedReport[] {
  const end = endOf(branch);
  if (end === 'UNFINISHED') return [];
  return [end === 'FAILED' ? errored(one, false) : end === 'PRUNED' ? pruned(one) : executed(one, [{}])];
}

async function settleAll(run: LoadedRun, held: readonly Held[], from = 0): Promise<void> {
  for (let at = 0; at < held.length; at += 90) {
    const reports = held.slice(at, at + 90).flatMap((one, i) => reportOf(one, from + at + i));
    if (reports.length > 0) await settle(run, ...reports);
  }
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

const policies = {
  'that fires when all have finished': {},
  'that may be decided by a timeout': { timeout_ms: 600_000 },
  'with windows': { window: { count: 1_000 } },
};

for (const [name, unites] of Object.entries(policies)) {
  for (const width of [40, 255, 256, 700]) {
    test(`${width} branches of a unite ${name} are told in cells as they ended`, async () => {
      const { run, held } = await fannedOut(uniting(unites), width);
      const untouched = await summary(run, { cells: 1 });
      assert.deepEqual(untouched.cells, expectedCells(new Array(width).fill('UNFINISHED'), 0, 1));
      await settleAll(run, held);
      await holdsTogether(run);
      const ends = held.map((_, branch) => endOf(branch));
      for (const cells of [1, 7, 1_000]) {
        const found = await summary(run, { cells });
        assert.deepEqual(found.cells, expectedCells(ends, 0, cells), `${cells} cells`);
        if (width >= 256) assert.equal(found.records, 2, 'twice that of the execution');
      }
      const [from, to] = [Math.floor(width / 3), width - 5];
      const part = await summary(run, { from, to, cells: 10 });
      assert.deepEqual(part.cells, expectedCells(ends.slice(from, to), from, 10));
      assert.deepEqual((await summary(run, { from: width })).cells, []);
    });
  }
}

test('branches that are retried by hand are unfinished again, and then have ended otherwise', async () => {
  const { run, held } = await fannedOut(uniting(), 300);
  await settle(run, ...held.map((one, i) => (i % 2 === 0 ? executed(one, [{}]) : errored(one, false))));
  const ends: BranchStatus[] = held.map((_, i) => (i % 2 === 0 ? 'SUCCEEDED' : 'FAILED'));
  assert.deepEqual((await summary(run)).cells, expectedCells(ends, 0, 1_000));
  for (const branch of [5, 101]) {
    const { state } = held[branch]!;
    const [record] = await storage.runs.records(run.runId, [state]);
    await retryState(storage.runs, run, state, record!);
    ends[branch] = 'UNFINISHED';
  }
  assert.deepEqual((await summary(run)).cells, expectedCells(ends, 0, 1_000));
  await sweep(storage, run);
  const [first, second] = await driver.claim(run, [work]);
  await settle(run, executed(first!, [{}]), pruned(second!));
  [ends[5], ends[101]] = ['SUCCEEDED', 'PRUNED'];
  assert.deepEqual((await summary(run)).cells, expectedCells(ends, 0, 1_000));
  await holdsTogether(run);
});

test('an open fan-out that was narrow before it was wide, and failed in the end', async () => {
  const { run, source } = await started(uniting());
  await settle(run, emitted(source, 0, values(200)));
  const first = await driver.claim(run, [work], 200);
  await settleAll(run, first);
  await settle(run, emitted(afterEmits(source), 200, values(200)));
  const second = await driver.claim(run, [work], 200);
  await settleAll(run, second, 200);
  const ends = Array.from({ length: 400 }, (_, branch) => endOf(branch));
  assert.deepEqual((await summary(run)).cells, expectedCells(ends, 0, 1_000));
  await settle(run, errored(afterEmits(source), false));
  assert.deepEqual((await summary(run)).cells, expectedCells([...ends, 'FAILED'], 0, 1_000));
  await holdsTogether(run);
});

test('branches that end as they are emitted have succeeded, and need no list', async () => {
  const graph = compile({
    nodes: [nodeTemplate('split', ['merge']), nodeTemplate('merge', [], { unites: { identifier: 'split' } })],
  });
  const { run, source } = await started(graph);
  await settle(run, emitted(source, 0, values(300)));
  const { cells } = await summary(run, { cells: 2 });
  assert.deepEqual(cells, expectedCells(new Array(300).fill('SUCCEEDED'), 0, 2));
  await settle(run, sealed(afterEmits(source), 300));
  assert.deepEqual((await summary(run, { cells: 2 })).cells, cells);
});

test('of a unite that has closed early the branches that it closed without are unfinished', async () => {
  const { run, held } = await fannedOut(uniting({ strategy: 'QUORUM', min_success: 100 }), 300);
  await settle(run, ...held.slice(0, 100).map((one) => executed(one, [{}])));
  const ends: BranchStatus[] = held.map((_, i) => (i < 100 ? 'SUCCEEDED' : 'UNFINISHED'));
  assert.deepEqual((await summary(run, { cells: 50 })).cells, expectedCells(ends, 0, 50));
});

test('an execution that two unites unite is asked about with the name of one', async () => {
  const graph = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge', 'count']),
      nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
      nodeTemplate('count', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  const { run } = await fannedOut(graph, 3);
  const question = { runId: run.runId, stateId: `${run.runId}.1`, from: 0, cells: 10 };
  const ask = (more: object) => summarizeBranches(storage.runs, run, { ...question, ...more });
  await assert.rejects(ask({}), /state ".*" is of several unites, merge and count: name one as identifier/);
  assert.equal((await ask({ identifier: 'count' })).unitingIdentifier, 'count');
  await assert.rejects(ask({ identifier: 'work' }), /the graph has no uniting node "work"/);
  await assert.rejects(ask({ stateId: `${run.runId}.2` }), /no unite waits for branches of state/);
});
