/** Unites that fire before all branches have finished, or more than once: what they list, cancel and hold up. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { eventually, never } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { inputsOf, PlayedRun } from '../../support/played-run.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
afterEach(() => system.disconnect());
after(() => system.stop());
const { client } = system;

const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ i }));
const i = (identifier: string) => ({ i: expression(`${identifier}.outputs.i`) });

/** `STATUS` of each state at a place, in path order. */
async function statusesAt(run: PlayedRun, identifier: string): Promise<string[]> {
  const states = await client.states(run.id, identifier);
  return states.map(({ status = '' }) => status.replace('STATE_STATUS_', ''));
}

test('lists are fixed when the unite fires, and are the same for every attempt', async () => {
  // `late` still needs the branches that `early` leaves out: they go on, and come too late for its lists.
  const seen = { list: expression('work.outputs.i'), counts: expression('unite.counts') };
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['early', 'late'], { inputs: i('split') }),
      nodeTemplate('early', [], {
        inputs: { ...seen, partial: expression('unite.partial') },
        unites: { identifier: 'split', strategy: 'QUORUM', min_success: 1 },
        retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
      }),
      nodeTemplate('late', [], { inputs: seen, unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  await run.give(await run.take('split'), ...numbered(3));
  const [first, second, third] = await run.takeAll('work', 3);
  await run.give(second!, { i: 1 });
  const early = await run.take('early');
  await run.give(first!, { i: 0 });
  await run.fail(third!);
  await run.fail(early, { retry: true });
  const again = await run.take('early');
  assert.deepEqual([early.attempt, again.attempt], [1, 2]);
  const counts = { total: 3, succeeded: 1, failed: 0, pruned: 0, unfinished: 2, left_out: 0 };
  for (const each of [early, again]) assert.deepEqual(inputsOf(each), { list: [1], counts, partial: true });
  await run.give(again, {});
  const late = await run.take('late');
  assert.deepEqual(inputsOf(late), {
    list: [0, 1],
    counts: { total: 3, succeeded: 2, failed: 1, pruned: 0, unfinished: 0, left_out: 0 },
  });
  await run.give(late, {});
  assert.equal((await client.end(run.id)).status, 'SUCCESS');
});

test('without fail_fast and timeout_ms a unite that cannot fire yet is decided with the last branch', async () => {
  for (const [policy, end] of [
    [{}, 'FAILED'],
    [{ strategy: 'ALL_SUCCESS', tolerated_failures: 1 }, 'SUCCESS'],
    [{ strategy: 'ALL_DONE' }, 'SUCCESS'],
    [{ strategy: 'QUORUM', min_success: 2 }, 'FAILED'],
  ] as const) {
    const run = await PlayedRun.start(system, {
      nodes: [
        nodeTemplate('split', ['work']),
        nodeTemplate('work', ['merge'], { inputs: i('split') }),
        nodeTemplate('merge', [], { unites: { identifier: 'split', ...policy } }),
      ],
    });
    await run.give(await run.take('split'), ...numbered(2));
    const [first, second] = await run.takeAll('work', 2);
    await run.fail(first!);
    assert.deepEqual(await statusesAt(run, 'merge'), [], JSON.stringify(policy));
    assert.deepEqual(await statusesAt(run, 'work'), ['ERRORED', 'QUEUED'], JSON.stringify(policy));
    await run.give(second!, { i: 1 });
    const status = end === 'FAILED' ? 'ERRORED' : 'QUEUED';
    await eventually(async () => (await statusesAt(run, 'merge'))[0] === status);
    if (end === 'SUCCESS') await run.give(await run.take('merge'), {});
    else assert.equal((await client.states(run.id, 'merge'))[0]?.failure?.code, 'UNITE_UNSATISFIED');
    assert.equal((await client.end(run.id)).status, end);
    await system.disconnect();
  }
});

test('a unite that closes early cancels what another one covers, if all ways there pass it', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('outer', ['split']),
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: i('split') }),
      nodeTemplate('merge', ['all'], {
        unites: { identifier: 'split', strategy: 'QUORUM', min_success: 1 },
      }),
      nodeTemplate('all', [], {
        inputs: { counts: expression('unite.counts') },
        unites: { identifier: 'outer' },
      }),
    ],
  });
  await run.give(await run.take('outer'), {});
  await run.give(await run.take('split'), ...numbered(3));
  const [, second] = await run.takeAll('work', 3);
  await run.give(second!, { i: 1 });
  await run.give(await run.take('merge'), {});
  const all = await run.take('all');
  assert.deepEqual(inputsOf(all).counts, {
    total: 1,
    succeeded: 1,
    failed: 0,
    pruned: 0,
    unfinished: 0,
    left_out: 0,
  });
  await run.give(all, {});
  assert.equal((await client.end(run.id)).status, 'SUCCESS');
  await eventually(async () => !(await statusesAt(run, 'work')).includes('QUEUED'));
  assert.deepEqual(await statusesAt(run, 'work'), ['CANCELLED', 'SUCCESS', 'CANCELLED']);
});

/** `outer → split → work → batch → all`: `batch` takes two branches at a time. */
const batches: TestGraph = {
  nodes: [
    nodeTemplate('outer', ['split']),
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['batch'], { inputs: i('split') }),
    nodeTemplate('batch', ['all'], {
      inputs: {
        list: expression('work.outputs.i'),
        final: expression('unite.final'),
        failures: expression('unite.failures'),
      },
      unites: { identifier: 'split', strategy: 'ALL_DONE', window: { count: 2 } },
    }),
    nodeTemplate('all', [], {
      inputs: { lists: expression('batch.outputs.list') },
      unites: { identifier: 'outer' },
    }),
  ],
};

test('a window lists what has newly succeeded, in path order; failures come with the last, and scopes around wait for all', async () => {
  const run = await PlayedRun.start(system, batches);
  await run.give(await run.take('outer'), {});
  await run.give(await run.take('split'), ...numbered(6));
  const work = await run.takeAll('work', 6);
  await run.fail(work[5]!);
  const windows = [];
  for (const [branch, fires] of [
    [4, false],
    [1, true],
    [3, false],
    [0, true],
    [2, true],
  ] as const) {
    await run.give(work[branch]!, { i: branch });
    if (fires) windows.push(await run.take('batch'));
  }
  assert.deepEqual(windows.map(inputsOf), [
    { list: [1, 4], final: false, failures: [] },
    { list: [0, 3], final: false, failures: [] },
    {
      list: [2],
      final: true,
      failures: [{ identifier: 'work', path: '0.0/5.0', code: 'BROKEN', message: 'BROKEN on purpose' }],
    },
  ]);
  for (const each of windows.slice(1)) await run.give(each, { list: inputsOf(each).list });
  assert.deepEqual(await statusesAt(run, 'all'), [], 'the first window is not finished');
  await run.give(windows[0]!, { list: [1, 4] });
  const all = await run.take('all');
  assert.deepEqual(inputsOf(all).lists, [[1, 4], [0, 3], [2]]);
  await run.give(all, {});
  assert.equal((await client.end(run.id)).status, 'SUCCESS');
});

test('the time of a unite counts from when the united node is settled, not from its beginning', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: i('split') }),
      nodeTemplate('merge', [], {
        inputs: { list: expression('work.outputs.i'), partial: expression('unite.partial') },
        unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 300 },
      }),
    ],
  });
  const split = await run.take('split');
  // No scope is open before the split is settled, so that no time of it runs.
  await never(320, async () => (await statusesAt(run, 'merge')).length > 0);
  await run.give(split, ...numbered(2));
  const settledAt = performance.now();
  const [first] = await run.takeAll('work', 2);
  await run.give(first!, { i: 0 });
  const merge = await run.take('merge');
  const tookMs = performance.now() - settledAt;
  assert.ok(tookMs > 250, `${Math.round(tookMs)} ms`);
  assert.deepEqual(inputsOf(merge), { list: [0], partial: true });
  await run.give(merge, {});
  assert.equal((await client.end(run.id)).status, 'SUCCESS');
});
