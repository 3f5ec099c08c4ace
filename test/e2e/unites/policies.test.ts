/** Policies that do not wait for all branches, or look at each of them: docs/rules/execution.md, Policies. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defineNode, NotRetryable, Prune, type Run } from '@fanout/runtime';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';
import { eventually, never } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';

/** The behaviour of a branch: it ends well, fails, waits until it is stopped, or is pruned. */
const kind = z.enum(['good', 'bad', 'slow', 'pruned']);

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ kinds: z.array(kind) }),
  outputs: z.object({ index: z.number(), kind }),
  run: ({ kinds }) => kinds.map((each, index) => ({ index, kind: each })),
});
const aborted: string[] = [];
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ index: z.number(), kind }),
  outputs: z.object({ index: z.number() }),
  async run({ index, kind: what }, { signal, stateId }) {
    if (what === 'pruned') throw new Prune();
    if (what === 'bad') throw new NotRetryable(`${index} is bad`, { code: 'BAD' });
    if (what === 'slow') {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      aborted.push(stateId);
    }
    return { index };
  },
});
const shape = z.object({
  indexes: z.array(z.number()),
  counts: z.record(z.string(), z.number()),
  failures: z.array(z.object({ code: z.string(), path: z.string() }).loose()),
  partial: z.boolean(),
  window: z.number().nullable(),
  final: z.boolean(),
});
const Merge = defineNode({ name: 'MergeNode', inputs: shape, outputs: shape, run: (inputs) => inputs });

const environment = await startTestEnvironment({
  nodes: [Split, Work, Merge],
  env: { FANOUT_LEASE_MS: '5000' },
});
const raw = new RawClient(environment.address);
after(async () => {
  raw.close();
  await environment.stop();
});
const { client } = environment;

function uniting(policy: object): TestGraph {
  return {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], {
        inputs: { index: expression('split.outputs.index'), kind: expression('split.outputs.kind') },
      }),
      nodeTemplate('merge', [], {
        inputs: {
          indexes: expression('work.outputs.index'),
          counts: expression('unite.counts'),
          failures: expression('unite.failures'),
          partial: expression('unite.partial'),
          window: expression('unite.window'),
          final: expression('unite.final'),
        },
        unites: { identifier: 'split', ...policy },
      }),
    ],
  };
}

let graphs = 0;

/** Runs a graph to its end. */
async function outcome(
  policy: object,
  kinds: readonly z.infer<typeof kind>[],
): Promise<{ run: Run; merges: z.infer<typeof shape>[]; statuses: string[] }> {
  const name = `policy-${++graphs}`;
  await client.upsert({ name, template: uniting(policy) });
  const { id: runId } = await client.trigger(name, { kinds });
  let run: Run | undefined;
  for await (const snapshot of client.watch(runId)) run = snapshot;
  const merges: z.infer<typeof shape>[] = [];
  for await (const { output } of client.results(runId)) merges.push(output as z.infer<typeof shape>);
  const statuses: string[] = [];
  for await (const state of client.states(runId, { identifier: 'work' })) statuses.push(state.status);
  return { run: run!, merges, statuses };
}

test('a quorum fires as soon as enough branches have succeeded, and cancels the others', async () => {
  const { run, merges, statuses } = await outcome({ strategy: 'QUORUM', min_success: 2 }, [
    'slow',
    'good',
    'slow',
    'good',
  ]);
  assert.equal(run.status, 'SUCCESS');
  assert.deepEqual(merges, [
    {
      indexes: [1, 3],
      counts: { total: 4, succeeded: 2, failed: 0, pruned: 0, unfinished: 2, left_out: 0 },
      failures: [],
      partial: true,
      window: null,
      final: true,
    },
  ]);
  assert.deepEqual(statuses.sort(), ['CANCELLED', 'CANCELLED', 'SUCCESS', 'SUCCESS']);
  assert.equal(aborted.length, 2, 'the handlers were told');
});

test('a quorum that is not reached is given up when all branches have finished', async () => {
  const { run, merges } = await outcome({ strategy: 'QUORUM', min_success: '50%' }, ['good', 'bad', 'bad']);
  assert.equal(run.status, 'FAILED');
  assert.deepEqual(merges, []);
  const failures = [];
  for await (const { identifier, failure } of client.states(run.id, { status: 'ERRORED' }))
    failures.push(`${identifier} ${failure?.code}`);
  assert.deepEqual(failures.sort(), ['merge UNITE_UNSATISFIED', 'work BAD', 'work BAD']);
});

test('a percentage of a quorum is rounded up, and one of tolerated failures down', async () => {
  const quorum = await outcome({ strategy: 'QUORUM', min_success: '34%' }, ['good', 'good', 'bad']);
  assert.equal(quorum.run.status, 'SUCCESS');
  assert.deepEqual(quorum.merges[0]?.indexes, [0, 1]);
  const tolerant = { tolerated_failures: '34%' };
  assert.equal((await outcome(tolerant, ['good', 'bad', 'good'])).run.status, 'SUCCESS');
  assert.equal((await outcome(tolerant, ['bad', 'good'])).run.status, 'FAILED');
});

test('a percentage is of the branches without those that were pruned', async () => {
  const quorum = await outcome({ strategy: 'QUORUM', min_success: '100%' }, ['good', 'pruned', 'good']);
  assert.equal(quorum.run.status, 'SUCCESS');
  assert.deepEqual(quorum.merges[0]?.indexes, [0, 2]);
  // 25 % of 3 branches are none that may fail; with the pruned one it would be 1.
  const tolerant = { tolerated_failures: '25%' };
  assert.equal((await outcome(tolerant, ['good', 'pruned', 'bad', 'good'])).run.status, 'FAILED');
  assert.equal((await outcome(tolerant, ['good', 'good', 'bad', 'good'])).run.status, 'SUCCESS');
});

test('without any branch both ALL_ strategies fire, and a quorum of 1 gives up', async () => {
  for (const strategy of ['ALL_SUCCESS', 'ALL_DONE']) {
    const { run, merges } = await outcome({ strategy }, []);
    assert.equal(run.status, 'SUCCESS');
    assert.deepEqual([merges.length, merges[0]?.indexes, merges[0]?.counts.total], [1, [], 0]);
  }
  const { run, merges } = await outcome({ strategy: 'QUORUM', min_success: 1 }, []);
  assert.deepEqual([run.status, merges], ['FAILED', []]);
  const failures = [];
  for await (const { identifier, failure } of client.states(run.id, { status: 'ERRORED' }))
    failures.push(`${identifier} ${failure?.code}`);
  assert.deepEqual(failures, ['merge UNITE_UNSATISFIED']);
});

test('tolerated failures are told, and lists have the other branches', async () => {
  const { run, merges } = await outcome({ tolerated_failures: 1 }, ['good', 'bad', 'good']);
  assert.equal(run.status, 'SUCCESS');
  assert.deepEqual(merges[0]?.indexes, [0, 2]);
  assert.deepEqual(
    merges[0]?.failures.map(({ code, path }) => [code, path]),
    [['BAD', '1.0']],
  );
});

test('fail_fast gives up with the first failure that is too many, and cancels the others', async () => {
  const all = await outcome({ fail_fast: true }, ['slow', 'bad', 'slow']);
  assert.equal(all.run.status, 'FAILED');
  assert.deepEqual(all.statuses.sort(), ['CANCELLED', 'CANCELLED', 'ERRORED']);
  const quorum = await outcome({ strategy: 'QUORUM', min_success: 3, fail_fast: true }, [
    'slow',
    'bad',
    'slow',
  ]);
  assert.deepEqual(quorum.statuses.sort(), ['CANCELLED', 'CANCELLED', 'ERRORED']);
});

test('a timeout decides over what has finished, and cancels the rest', async () => {
  const { run, merges, statuses } = await outcome({ timeout_ms: 300, strategy: 'ALL_DONE' }, [
    'good',
    'slow',
    'bad',
  ]);
  assert.equal(run.status, 'SUCCESS');
  assert.deepEqual([merges[0]?.indexes, merges[0]?.partial, merges[0]?.counts.unfinished], [[0], true, 1]);
  assert.deepEqual(statuses.sort(), ['CANCELLED', 'ERRORED', 'SUCCESS']);
  const failed = await outcome({ timeout_ms: 300 }, ['good', 'slow', 'bad']);
  assert.equal(failed.run.status, 'FAILED');
  const short = await outcome({ timeout_ms: 300, strategy: 'QUORUM', min_success: 2 }, ['good', 'slow']);
  assert.equal(short.run.status, 'FAILED');
  const whole = await outcome({ timeout_ms: 60_000 }, ['good', 'good']);
  assert.deepEqual([whole.merges[0]?.indexes, whole.merges[0]?.partial], [[0, 1], false]);
});

test('a window fires for every so many successes, then once more at the end', async () => {
  const { run, merges } = await outcome({ strategy: 'ALL_DONE', window: { count: 2 } }, [
    'good',
    'good',
    'bad',
    'good',
    'good',
    'good',
  ]);
  assert.equal(run.status, 'SUCCESS');
  assert.equal(merges.length, 3);
  assert.deepEqual(
    merges.map(({ final }) => final),
    [false, false, true],
  );
  assert.deepEqual(
    merges.map(({ window }) => window),
    [1, 2, 3],
  );
  assert.deepEqual(
    merges.map(({ indexes }) => indexes.length),
    [2, 2, 1],
  );
  assert.deepEqual(merges.flatMap(({ indexes }) => indexes).sort(), [0, 1, 3, 4, 5]);
  assert.deepEqual(merges.at(-1)?.failures.length, 1);
  const even = await outcome({ strategy: 'ALL_DONE', window: { count: 1 } }, ['good']);
  assert.deepEqual(
    even.merges.map(({ indexes, final }) => [indexes, final]),
    [
      [[0], false],
      [[], true],
    ],
  );
});

test('a window fires by time for what is new, and not if nothing is', async () => {
  const name = `policy-${++graphs}`;
  await client.upsert({ name, template: uniting({ strategy: 'ALL_DONE', window: { interval_ms: 100 } }) });
  const { id: runId } = await client.trigger(name, { kinds: ['good', 'slow', 'good'] });
  const merged = async () => {
    const counts = (await client.get(runId)).counts.find(({ identifier }) => identifier === 'merge');
    return (counts?.success ?? 0) + (counts?.queued ?? 0) + (counts?.created ?? 0);
  };
  await eventually(async () => (await merged()) > 0);
  // Nothing new, none fires.
  await never(350, async () => (await merged()) !== 1);
  await raw.call((...more) => raw.runs.cancelRun({ runId }, ...more));
});
