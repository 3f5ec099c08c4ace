/** Missing branches of wide scopes: those that have finished are listed, so that only the others are asked. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { explainUnite } from '../../../services/state-manager/engine/queries/explain-unite.ts';
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
const { redis, storage, keys, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const [split, work, merge] = [0, 1, 2];

function uniting(unites: object = {}): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', ...unites } }),
    ],
  });
}

async function settle(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
}

async function started(graph: Graph): Promise<{ run: LoadedRun; source: Held }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [split]);
  return { run, source: source! };
}

/** A run with so many branches, all of them leased, by branch. */
async function fannedOut(graph: Graph, width: number): Promise<{ run: LoadedRun; held: Held[] }> {
  const { run, source } = await started(graph);
  const report = executed(source, values(width));
  await settle(run, report);
  if (width > 500) while ((await storage.runs.expand(run, 1, report.plan, { atMost: 500 })).kind === 'more');
  return { run, held: await driver.claim(run, [work], width) };
}

/** Indexes of the missing branches, the number of pages that they came in, and of records that were read for all of them. */
async function missing(
  run: LoadedRun,
  pageSize = 1_000,
): Promise<{ indexes: number[]; pages: number; records: number }> {
  const { source, read } = withNotedReads(storage);
  const indexes: number[] = [];
  for (let pageToken = '', pages = 1; ; pages++) {
    const question = { runId: run.runId, stateId: `${run.runId}.1` };
    const page = await explainUnite(source, run, question, { pageSize, pageToken });
    const found = page.items.flatMap((scope) => scope.missing.map(({ index }) => index));
    assert.ok(found.length <= pageSize);
    indexes.push(...found);
    if (page.nextPageToken === undefined) return { indexes, pages, records: read.length };
    pageToken = page.nextPageToken;
  }
}

/** Branches that are listed as finished. */
async function listed(run: LoadedRun): Promise<number[]> {
  const fields = Object.entries(await redis.hgetall(keys.run(run.runId)));
  return fields
    .flatMap(([field, value]) => {
      const block = /^f2\.1\.(\d+)$/.exec(field)?.[1];
      if (block === undefined) return [];
      const branches = Array.from({ length: 52 }, (_, i) => 52 * Number(block) + i);
      return branches.filter((_, i) => (BigInt(value) >> BigInt(i)) % 2n === 1n);
    })
    .sort((left, right) => left - right);
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

for (const [name, unites] of Object.entries({
  'that fires when all have finished': { strategy: 'ALL_DONE' },
  'that may be decided by a timeout': { strategy: 'ALL_DONE', timeout_ms: 600_000 },
  'with a quorum': { strategy: 'QUORUM', min_success: 700 },
  'with windows': { strategy: 'ALL_DONE', window: { count: 1_000 } },
})) {
  test(`of a wide scope ${name} only the branches that are missing are asked`, async () => {
    const { run, held } = await fannedOut(uniting(unites), 700);
    const left = new Set([0, 51, 52, 300, 699]);
    const finished = held.filter((_, branch) => !left.has(branch));
    const report = (one: Held, i: number) =>
      i % 50 === 7 ? errored(one, false) : i % 50 === 9 ? pruned(one) : executed(one, [{}]);
    for (let at = 0; at < finished.length; at += 90)
      await settle(run, ...finished.slice(at, at + 90).map((one, i) => report(one, at + i)));
    await holdsTogether(run);
    assert.deepEqual(
      await listed(run),
      upTo(700).filter((branch) => !left.has(branch)),
    );
    for (const pageSize of [1_000, 2, 1]) {
      const { indexes, pages, records } = await missing(run, pageSize);
      assert.deepEqual(indexes, [...left], `pages of ${pageSize}`);
      // The labels of a page's branches take the record of the execution.
      assert.ok(records <= 3 * left.size + pages, `${records} records were read`);
    }
  });
}

test('a narrow scope lists nothing, and its branches are asked until as many are found as are unfinished', async () => {
  const { run, held } = await fannedOut(uniting(), 255);
  await settle(
    run,
    ...held.filter((_, branch) => branch !== 2 && branch !== 4).map((one) => executed(one, [{}])),
  );
  await holdsTogether(run);
  assert.deepEqual(await listed(run), []);
  const { indexes, records } = await missing(run);
  assert.deepEqual(indexes, [2, 4]);
  assert.ok(records <= 3 * 5, `${records} records were read`);
  assert.deepEqual((await missing(run, 1)).indexes, [2, 4]);
});

test('a scope that grows lists what finishes once it is wide, and asks those that had finished before', async () => {
  const { run, source } = await started(uniting());
  await settle(run, emitted(source, 0, values(200)));
  await settle(
    run,
    ...(await driver.claim(run, [work], 200)).slice(0, 190).map((one) => executed(one, [{}])),
  );
  assert.deepEqual(await listed(run), []);
  for (let first = 200; first < 400; first += 50)
    await settle(run, emitted(afterEmits(source), first, values(50)));
  const held = await driver.claim(run, [work], 200);
  await settle(run, ...held.slice(0, 197).map((one) => executed(one, [{}])));
  await holdsTogether(run);
  assert.deepEqual(await listed(run), upTo(397).slice(200));
  const left = [190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 397, 398, 399];
  assert.deepEqual((await missing(run)).indexes, left);
  assert.deepEqual((await missing(run, 4)).indexes, left);
  await settle(run, sealed(afterEmits(source), 400));
  await holdsTogether(run);
  assert.deepEqual((await missing(run)).indexes, left);
});

test('a branch that is retried by hand is missing again, and has finished again when its retry has', async () => {
  for (const strategy of ['ALL_DONE', 'QUORUM']) {
    const unites = { strategy, ...(strategy === 'QUORUM' && { min_success: 300 }) };
    const { run, held } = await fannedOut(uniting(unites), 300);
    const failed = held[60]!;
    await settle(run, errored(failed, false));
    await settle(run, ...held.slice(61, 299).map((one) => executed(one, [{}])));
    assert.deepEqual(await listed(run), upTo(299).slice(60));
    const [record] = await storage.runs.records(run.runId, [failed.state]);
    await retryState(storage.runs, run, failed.state, record!);
    await holdsTogether(run);
    assert.deepEqual((await missing(run)).indexes, [...upTo(61), 299]);
    const [again] = await driver.claim(run, [work]);
    await settle(run, executed(again!, [{}]));
    await holdsTogether(run);
    assert.deepEqual((await missing(run)).indexes, [...upTo(60), 299]);
  }
});

test('of a scope that a retry by hand has opened again the branch that is retried is missing, and no other', async () => {
  const { run, held } = await fannedOut(uniting({ tolerated_failures: 0 }), 300);
  await settle(run, errored(held[60]!, false), errored(held[61]!, false));
  await settle(run, ...held.filter((_, i) => i < 60 || i > 61).map((one) => executed(one, [{}])));
  const [gaveUp] = await storage.runs.scopes(run.runId, [{ unite: merge, execution: 1 }]);
  assert.equal(gaveUp?.status, 'GAVE_UP');
  assert.deepEqual((await missing(run)).indexes, []);
  for (const [i, expected] of [
    [60, [60]],
    [61, [60, 61]],
  ] as const) {
    const [record] = await storage.runs.records(run.runId, [held[i]!.state]);
    await retryState(storage.runs, run, held[i]!.state, record!);
    await sweep(storage, run);
    await holdsTogether(run);
    assert.deepEqual((await missing(run)).indexes, expected);
  }
  const [first, second] = await driver.claim(run, [work]);
  await settle(run, executed(first!, [{}]));
  await holdsTogether(run);
  assert.deepEqual((await missing(run)).indexes, [61]);
  await settle(run, executed(second!, [{}]));
  await holdsTogether(run);
  assert.equal((await driver.claim(run, [merge])).length, 1, 'the unite fires');
});

test('what goes on emitting after a retry by hand gives the index of its failure to the next output', async () => {
  const { run, source } = await started(uniting());
  await settle(run, emitted(source, 0, values(300)));
  const held = await driver.claim(run, [work], 300);
  await settle(run, ...held.slice(1).map((one) => executed(one, [{}])));
  await settle(run, errored(afterEmits(source), false));
  assert.deepEqual((await missing(run)).indexes, [0], 'the branch behind the last one has failed');
  const [record] = await storage.runs.records(run.runId, [1]);
  await retryState(storage.runs, run, 1, record!);
  await holdsTogether(run);
  const [again] = await driver.claim(run, [split]);
  await settle(run, emitted(again!, 300, values(1)));
  await holdsTogether(run);
  assert.deepEqual((await missing(run)).indexes, [0, 300]);
  await settle(run, ...(await driver.claim(run, [work])).map((one) => executed(one, [{}])));
  await holdsTogether(run);
  assert.deepEqual((await missing(run)).indexes, [0]);
});

test('where no branch is unfinished none is asked, also of a scope whose branches finish as they are emitted', async () => {
  const direct = compile({
    nodes: [nodeTemplate('split', ['merge']), nodeTemplate('merge', [], { unites: { identifier: 'split' } })],
  });
  const { run, source } = await started(direct);
  await settle(run, emitted(source, 0, values(400)));
  const { indexes, records } = await missing(run);
  assert.deepEqual(indexes, []);
  assert.equal(records, 1, 'the state that is asked about');
});

test('a state whose children are being created keeps no branch unfinished that none of them stands in', async () => {
  const graph = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['aside', 'merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
      nodeTemplate('aside'),
    ],
  });
  const { run, held } = await fannedOut(graph, 2);
  await settle(run, executed(held[0]!, values(600)));
  const [record] = await storage.runs.records(run.runId, [held[0]!.state]);
  assert.equal(record?.status, 'EXECUTED');
  assert.deepEqual((await missing(run)).indexes, [1]);
});

test('a page asks no more branches than it may, over however many scopes, and the next ones go on from there', async () => {
  const nested = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['part']),
      nodeTemplate('part', ['merge']),
      nodeTemplate('merge', ['all'], { unites: { identifier: 'work' } }),
      nodeTemplate('all', [], { unites: { identifier: 'split' } }),
    ],
  });
  const [part, width] = [2, 230];
  const { run, held } = await fannedOut(nested, 10);
  await settle(run, ...held.map((one) => executed(one, values(width))));
  const expected: string[] = [];
  for (
    let some = await driver.claim(run, [part], width);
    some.length > 0;
    some = await driver.claim(run, [part], width)
  ) {
    // Of each scope only the last branch is missing, so that all of them are asked.
    const done = some.filter(({ record }) => record.output !== width - 1);
    await settle(run, ...done.map((one) => executed(one, [{}])));
  }
  for (const { state } of held) expected.push(`${run.runId}.${state} ${width - 1}`);
  const found: string[] = [];
  let pages = 0;
  for (let pageToken: string | undefined = ''; pageToken !== undefined; pages++) {
    const question = { runId: run.runId, identifier: 'merge' };
    const page = await explainUnite(storage, run, question, { pageSize: 1_000, pageToken });
    found.push(
      ...page.items.flatMap((scope) => scope.missing.map(({ index }) => `${scope.unitedStateId} ${index}`)),
    );
    pageToken = page.nextPageToken;
  }
  assert.deepEqual(found.sort(), expected.sort());
  assert.equal(pages, 2, '2,300 branches, and a page asks 2,000');
});
