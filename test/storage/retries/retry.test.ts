/** Retries by hand in storage: what opens again, what counts, and what has to wait. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { jobsOf, lookAt, sweep } from '../interleavings/sweep.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  type Held,
  pruned,
  SessionDriver,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge, end] = [0, 1, 2, 3];

function uniting(unites: object): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', ['end'], { unites: { identifier: 'split', ...unites } }),
      nodeTemplate('end'),
    ],
  });
}

/** A run with so many branches, all of them leased. */
async function begun(graph: Graph, width: number): Promise<{ run: LoadedRun; held: Held[] }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await accept(run, executed(root!, values(width)));
  return { run, held: await driver.claim(run, [work]) };
}

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function scopeOf(run: LoadedRun, unite = merge) {
  return (await storage.runs.scopes(run.runId, [{ unite, execution: 1 }]))[0]!;
}

async function retry(run: LoadedRun, state: number): Promise<void> {
  const [record] = await storage.runs.records(run.runId, [state]);
  await retryState(storage.runs, run, state, record!);
}

async function executeAll(run: LoadedRun): Promise<void> {
  for (;;) {
    const held = await driver.claim(run);
    if (held.length === 0) return;
    for (const one of held) await accept(run, executed(one, [{}]));
  }
}

async function field(run: LoadedRun, name: string) {
  return redis.hget(keys.run(run.runId), name);
}

/** Retries without waiting for what is being cancelled. */
async function retryNow(run: LoadedRun, state: number) {
  const [record] = await storage.runs.records(run.runId, [state]);
  const scopes = record!.standing.scopes.map((scope) => ({ ...scope, counts: true }));
  return storage.runs.retry(run, state, record!, scopes, 0);
}

async function holdsTogether(run: LoadedRun): Promise<void> {
  assert.deepEqual(await audit(redis, 'test', run.runId, run.graph), []);
}

test('what is superseded takes back only failures that have counted', async () => {
  const { run, held } = await begun(uniting({ strategy: 'ALL_DONE' }), 2);
  await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
  await retry(run, held[1]!.state);
  await holdsTogether(run);
  // The uniting state of the first generation is cancelled: that was never counted as a failure.
  await sweep(storage, run);
  await holdsTogether(run);
  assert.equal(await field(run, 'failed'), '0');
  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  const [united] = await driver.claim(run, [merge]);
  await accept(run, errored(united!, false));
  assert.equal((await storage.runs.view(run.runId))?.status, 'FAILED');
  await holdsTogether(run);
});

test('the failure of an open fan-out that is superseded is taken back where it counted, and nowhere else', async () => {
  const graph = compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', ['source'], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      nodeTemplate('source', ['leaf']),
      nodeTemplate('leaf', ['all']),
      nodeTemplate('all', [], { unites: { identifier: 'source', strategy: 'ALL_DONE' } }),
    ],
  });
  const { run, held } = await begun(graph, 2);
  await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
  const [united] = await driver.claim(run, [merge]);
  await accept(run, executed(united!, [{}]));
  const [source] = await driver.claim(run, [3]);
  await accept(run, emitted(source!, 0, values(1)));
  await accept(run, errored(afterEmits(source!), false));
  await holdsTogether(run);
  await retry(run, held[1]!.state);
  await sweep(storage, run);
  assert.equal(await field(run, 'failed'), '0');
  await holdsTogether(run);
});

test('a branch that was cancelled below a unite that had given up is retried as one that never finished', async () => {
  const { run, held } = await begun(uniting({ fail_fast: true, tolerated_failures: 1 }), 4);
  await accept(run, errored(held[0]!, false), errored(held[1]!, false));
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  await storage.runs.markCancelled(run, { state: 1, output: 2 }, { outcome: 'CANCELLED', reason: '' });
  for (const job of await jobsOf(storage, run)) if (job.kind === 'below') await lookAt(storage, run, job);
  await sweep(storage, run);
  await retry(run, held[2]!.state);
  await holdsTogether(run);
  const { succeeded, failed, unfinished, generation } = await scopeOf(run);
  assert.deepEqual(
    { succeeded, failed, unfinished, generation },
    { succeeded: 0, failed: 2, unfinished: 1, generation: 2 },
  );
  // The last one comes back, since it was the unite that had cancelled it.
  await sweep(storage, run);
  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  assert.equal((await scopeOf(run)).status, 'GAVE_UP');
  await holdsTogether(run);
});

test('a unite that has closed is opened again only when what it left out is cancelled', async () => {
  const { run, held } = await begun(uniting({ strategy: 'QUORUM', min_success: 1 }), 3);
  await accept(run, errored(held[0]!, false), executed(held[1]!, [{}]));
  const [job] = await jobsOf(storage, run);
  assert.deepEqual(await retryNow(run, held[0]!.state), { kind: 'BUSY' });
  await sweep(storage, run);
  assert.equal((await retryNow(run, held[0]!.state)).kind, 'OK');
  // A look that began before, and was slow, cancels nothing of the new generation.
  await lookAt(storage, run, job!);
  await holdsTogether(run);
  const [again] = await driver.claim(run, [work]);
  assert.equal(again?.record.attempt, 2);
  await sweep(storage, run);
  await accept(run, executed(again!, [{}]));
  const { status, total, succeeded, unfinished } = await scopeOf(run);
  assert.deepEqual(
    { status, total, succeeded, unfinished },
    { status: 'FIRED', total: 3, succeeded: 2, unfinished: 0 },
  );
  await holdsTogether(run);
});

test('branches that were left out stay left out, also those that another unite lets go on', async () => {
  const graph = compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['first', 'all']),
      nodeTemplate('right', ['first', 'all']),
      nodeTemplate('first', [], {
        unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 60_000 },
      }),
      nodeTemplate('all', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  await accept(run, executed(root!, values(3)));
  const left = await driver.claim(run, [1]);
  const right = await driver.claim(run, [2]);
  await accept(run, errored(left[0]!, false), executed(left[1]!, [{}]), executed(right[1]!, [{}]));
  const scope = { unite: 3, execution: 1 };
  await redis.zadd(keys.timers(0), 1, `${run.runId}:3.1`);
  await storage.runs.decide(run, [scope]);
  assert.equal((await scopeOf(run, 3)).status, 'FIRED');
  await sweep(storage, run);
  await holdsTogether(run);
  await accept(run, executed(left[2]!, [{}]));
  await retry(run, left[0]!.state);
  await sweep(storage, run);
  await holdsTogether(run);
  const again = (await driver.claim(run, [1]))[0]!;
  // The branch that is retried waits for its other half; the one that was left out is not waited for.
  await accept(run, executed(again, [{}]));
  assert.deepEqual((await scopeOf(run, 3)).unfinished, 1);
  await accept(run, executed(right[2]!, [{}]));
  assert.deepEqual((await scopeOf(run, 3)).unfinished, 1);
  await holdsTogether(run);
  await accept(run, executed(right[0]!, [{}]));
  const { status, succeeded, total } = await scopeOf(run, 3);
  assert.deepEqual({ status, succeeded, total }, { status: 'FIRED', succeeded: 2, total: 3 });
  await executeAll(run);
  await holdsTogether(run);
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
});

test('the window that takes the place of a superseded one is told all that one was told', async () => {
  const { run, held } = await begun(uniting({ strategy: 'ALL_DONE', window: { count: 2 } }), 4);
  for (const one of held.slice(0, 3)) await accept(run, executed(one, [{}]));
  await accept(run, errored(held[3]!, false));
  await holdsTogether(run);
  const told = async (instance: number) => {
    const [record] = await storage.runs.windows(run.runId, { unite: merge, execution: 1 }, [instance]);
    const page = { after: -1, atMost: 10 };
    return (
      record && (await storage.runs.windowBranches(run.runId, { unite: merge, execution: 1 }, instance, page))
    );
  };
  assert.deepEqual([await told(1), await told(2)], [[0, 1], [2]]);
  await retry(run, held[3]!.state);
  await holdsTogether(run);
  await sweep(storage, run);
  const [again] = await driver.claim(run, [work]);
  await accept(run, executed(again!, [{}]));
  await holdsTogether(run);
  // Two have newly succeeded, so that one more window is full; the last one brings nothing new.
  assert.deepEqual(
    [await told(1), await told(2), await told(3), await told(4)],
    [[0, 1], undefined, [2, 3], []],
  );
  assert.deepEqual((await scopeOf(run)).status, 'FIRED');
});

test('what a superseded generation delivered further out is no success there', async () => {
  for (const second of ['delivers', 'prunes'] as const) {
    const graph = compile({
      retry_policy: { max_retries: 0 },
      nodes: [
        nodeTemplate('split', ['part']),
        nodeTemplate('part', ['work']),
        nodeTemplate('work', ['merge']),
        nodeTemplate('merge', ['all', 'aside'], { unites: { identifier: 'part', strategy: 'ALL_DONE' } }),
        nodeTemplate('aside', ['all']),
        nodeTemplate('all', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      ],
    });
    const run = newRun(graph);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    for (const node of [0, 1]) {
      const [one] = await driver.claim(run, [node]);
      await accept(run, executed(one!, values(node === 1 ? 2 : 1)));
    }
    const held = await driver.claim(run, [2]);
    await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
    const [united] = await driver.claim(run, [3]);
    await accept(run, executed(united!, [{}]));
    await holdsTogether(run);
    await retry(run, held[1]!.state);
    await holdsTogether(run);
    await sweep(storage, run);
    await holdsTogether(run);
    const [again] = await driver.claim(run, [2]);
    await accept(run, executed(again!, [{}]));
    const [reunited] = await driver.claim(run, [3]);
    await accept(run, second === 'prunes' ? pruned(reunited!) : executed(reunited!, [{}]));
    await executeAll(run);
    const { status, succeeded, pruned: without } = await scopeOf(run, 5);
    const expected = second === 'prunes' ? [0, 1] : [1, 0];
    assert.deepEqual([status, succeeded, without], ['FIRED', ...expected], second);
    await holdsTogether(run);
  }
});

test('what else delivered in the branch still has, when a generation in it is superseded', async () => {
  for (const route of [undefined, ['all'], ['part']]) {
    const graph = compile({
      retry_policy: { max_retries: 0 },
      nodes: [
        nodeTemplate('split', ['part', 'all']),
        nodeTemplate('part', ['work']),
        nodeTemplate('work', ['merge']),
        nodeTemplate('merge', ['all'], { unites: { identifier: 'part', strategy: 'ALL_DONE' } }),
        nodeTemplate('all', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      ],
    });
    if (route?.[0] === 'all') continue;
    const run = newRun(graph);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [root] = await driver.claim(run, [0]);
    await accept(run, executed(root!, [{}], [route]));
    const [part] = await driver.claim(run, [1]);
    await accept(run, executed(part!, values(2)));
    const held = await driver.claim(run, [2]);
    await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
    await retry(run, held[1]!.state);
    await sweep(storage, run);
    await holdsTogether(run);
    const [again] = await driver.claim(run, [2]);
    await accept(run, executed(again!, [{}]));
    const [united] = await driver.claim(run, [3]);
    await accept(run, pruned(united!));
    const { succeeded } = await scopeOf(run, 4);
    assert.equal(succeeded, route === undefined ? 1 : 0);
    await holdsTogether(run);
  }
});

test('what is superseded is not retried, not even while others that stand above it are', async () => {
  const { run, held } = await begun(uniting({ strategy: 'ALL_DONE' }), 2);
  await accept(run, executed(held[0]!, [{}]), errored(held[1]!, false));
  const [united] = await driver.claim(run, [merge]);
  await accept(run, executed(united!, [{}]));
  const [last] = await driver.claim(run, [end]);
  await accept(run, errored(last!, false));
  assert.equal((await storage.runs.view(run.runId))?.status, 'FAILED');
  await retry(run, held[1]!.state);
  assert.deepEqual(await retryNow(run, last!.state), { kind: 'BUSY' });
  await sweep(storage, run);
  const before = await dumpAll(redis);
  assert.deepEqual(await retryNow(run, last!.state), { kind: 'SUPERSEDED' });
  assert.deepEqual(await dumpAll(redis), before, 'nothing was written');
  await assert.rejects(retry(run, last!.state), /can be retried/);
  await executeAll(run);
  await holdsTogether(run);
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
});

test('a retry is made once: with the record that it replaces it is refused, and nothing is written', async () => {
  const { run, held } = await begun(uniting({}), 2);
  await accept(run, errored(held[0]!, false));
  const [failed] = await storage.runs.records(run.runId, [held[0]!.state]);
  assert.equal((await retryNow(run, held[0]!.state)).kind, 'OK');
  const before = await dumpAll(redis);
  const scopes = failed!.standing.scopes.map((scope) => ({ ...scope, counts: true }));
  assert.deepEqual(await storage.runs.retry(run, held[0]!.state, failed!, scopes, 0), { kind: 'CHANGED' });
  assert.deepEqual(await dumpAll(redis), before);
  await holdsTogether(run);
});
