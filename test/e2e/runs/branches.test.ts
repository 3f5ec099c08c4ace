/** The branches of outputs: siblings, next states, their parents, and which branches a unite waits for. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import type { ExplainUniteResponse__Output } from '@fanout/proto';
import { expression, nestedUnites, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { inputsOf, PlayedRun } from '../../support/played-run.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
afterEach(() => system.disconnect());
after(() => system.stop());
const { client } = system;

const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ i }));

/** `PATH STATUS` of each state at a place, in path order. */
async function statesAt(run: PlayedRun, identifier: string): Promise<string[]> {
  const states = await client.states(run.id, identifier);
  return states.map(({ path, status = '' }) => `${path} ${status.replace('STATE_STATUS_', '')}`).sort();
}

/** `outer → inner → work → gather → finish`: `gather` unites `inner`, and `finish` unites `outer`. */
function nested(gather: object = {}, finish: object = {}): TestGraph {
  const seen = { counts: expression('unite.counts'), failures: expression('unite.failures') };
  return {
    nodes: [
      nodeTemplate('outer', ['inner']),
      nodeTemplate('inner', ['work'], { inputs: { i: expression('outer.outputs.i') } }),
      nodeTemplate('work', ['gather'], { inputs: { i: expression('inner.outputs.i') } }),
      nodeTemplate('gather', ['finish'], {
        inputs: { ...seen, list: expression('work.outputs.i') },
        unites: { identifier: 'inner', ...gather },
      }),
      nodeTemplate('finish', [], {
        inputs: { ...seen, list: expression('gather.outputs.list') },
        unites: { identifier: 'outer', ...finish },
      }),
    ],
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  };
}

test('a single output stays with its state; of several the state has the first, and siblings the others', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('root', ['split']),
      nodeTemplate('split', ['work']),
      nodeTemplate('work', [], { inputs: { i: expression('split.outputs.i') } }),
    ],
  });
  await run.give(await run.take('root'), { i: 7 });
  await run.give(await run.take('split'), ...numbered(3));
  for (const each of await run.takeAll('work', 3)) await run.give(each, {});
  assert.equal((await client.end(run.id)).run.stateCount, 1 + 3 + 3);
  const [root, ...others] = await client.states(run.id, 'root');
  assert.deepEqual([root?.stateId, root?.outputJson, others], [`${run.id}.1`, '{"i":7}', []]);
  const splits = await client.states(run.id, 'split');
  assert.deepEqual(
    splits.map(({ stateId, outputJson, parents, status }) => ({ stateId, outputJson, parents, status })),
    ['', '.1', '.2'].map((sibling, i) => ({
      stateId: `${run.id}.2${sibling}`,
      outputJson: `{"i":${i}}`,
      parents: { root: `${run.id}.1` },
      status: 'STATE_STATUS_SUCCESS',
    })),
  );
});

test('each output goes on by itself, with a state of its own for each of the next nodes', async () => {
  const i = { inputs: { i: expression('split.outputs.i') } };
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['end'], i),
      nodeTemplate('right', [], i),
      nodeTemplate('end', [], i),
    ],
  });
  await run.give(await run.take('split'), ...numbered(2));
  assert.deepEqual(
    await statesAt(run, 'split'),
    ['0 SUCCESS', '1 SUCCESS'].map((each) => each.slice(1)),
  );
  const [held, ahead] = await run.takeAll('left', 2);
  const [failing, slow] = await run.takeAll('right', 2);
  await run.fail(failing!);
  await run.give(ahead!, {});
  await run.give(await run.take('end'), {});
  assert.deepEqual(await statesAt(run, 'end'), ['1.0/0.0 SUCCESS']);
  assert.deepEqual(await statesAt(run, 'left'), ['0.0 QUEUED', '1.0 SUCCESS']);
  await run.give(held!, {});
  await run.give(slow!, {});
  await run.give(await run.take('end'), {});
  assert.deepEqual(await statesAt(run, 'right'), ['0.1 ERRORED', '1.1 SUCCESS']);
  assert.equal((await client.end(run.id)).status, 'FAILED');
});

test('the parents of a state are its ancestors, and a uniting node has those of the united one', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('root', ['split']),
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['both']),
      nodeTemplate('right', ['both']),
      nodeTemplate('both', ['merge']),
      nodeTemplate('merge', ['end'], { unites: { identifier: 'split' } }),
      nodeTemplate('end'),
    ],
  });
  await run.playOn(({ identifier }) => (identifier === 'split' ? [{}, {}] : [{}]), 'end');
  const ids = new Map(
    (await client.states(run.id)).map(({ identifier, path, stateId }) => [`${identifier} ${path}`, stateId]),
  );
  const parents = async (identifier: string, path: string) =>
    (await client.states(run.id, identifier)).find((state) => state.path === path)?.parents;
  const root = `${run.id}.1`;
  assert.deepEqual(await parents('split', '0.0'), { root });
  const above = { root, split: `${run.id}.2.1` };
  assert.deepEqual(await parents('right', '0.0/1.1'), above);
  // Also what lies on its own way and not on every one.
  const right = ids.get('right 0.0/1.1');
  assert.deepEqual(await parents('both', '0.0/1.1/0.0'), { ...above, right });
  assert.deepEqual(await parents('merge', '0.0/u.5'), { root });
  assert.deepEqual(await parents('end', '0.0/u.5/0.0'), { root, merge: ids.get('merge 0.0/u.5') });
});

test('side branches that do not lead to the uniting node are not waited for', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['work', 'side']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('side', ['after_side']),
      nodeTemplate('after_side'),
      nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
    ],
  });
  await run.give(await run.take('split'), {}, {});
  const [side, failing] = await run.takeAll('side', 2);
  await run.fail(failing!);
  for (const each of await run.takeAll('work', 2)) await run.give(each, {});
  await run.give(await run.take('merge'), {});
  assert.deepEqual(await statesAt(run, 'merge'), ['u.4 SUCCESS']);
  assert.deepEqual(await statesAt(run, 'side'), ['0.1 QUEUED', '1.1 ERRORED']);
  await run.give(side!, {});
  await run.give(await run.take('after_side'), {});
  assert.equal((await client.end(run.id)).status, 'FAILED', 'no scope that fired has the failure');
});

test('a branch with a failure has failed, whatever else of it is done; one that delivers nothing is pruned', async () => {
  const i = { inputs: { i: expression('split.outputs.i') } };
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['merge'], i),
      nodeTemplate('right', ['merge'], i),
      nodeTemplate('merge', [], {
        inputs: {
          counts: expression('unite.counts'),
          united: expression('split.outputs.i'),
          left: expression('left.outputs.i'),
          right: expression('right.outputs.i'),
        },
        unites: { identifier: 'split', strategy: 'ALL_DONE' },
      }),
    ],
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  });
  await run.give(await run.take('split'), ...numbered(5));
  const left = await run.takeAll('left', 5);
  const right = await run.takeAll('right', 5);
  // Branch 0 fails on one side, 1 succeeds at the second attempt, 2 has a side that ends, 3 ends on both, and 4
  // ends on one and fails on the other.
  await run.give(left[0]!, { i: 0 });
  await run.fail(right[0]!);
  await run.fail(left[1]!, { retry: true });
  for (const each of [right[1]!, await run.take('left')]) await run.give(each, { i: 1 }, { i: 11 });
  await run.prune(left[2]!);
  await run.give(right[2]!, { i: 2 });
  await run.prune(left[3]!);
  await run.give(right[3]!);
  await run.prune(left[4]!);
  await run.fail(right[4]!);
  const merge = await run.take('merge');
  assert.deepEqual(inputsOf(merge), {
    counts: { total: 5, succeeded: 2, failed: 2, pruned: 1, unfinished: 0, left_out: 0 },
    united: [1, 2],
    left: [1, 11],
    right: [1, 11, 2],
  });
});

test('a unite waits for the ways that outputs were routed to, and has delivered what came straight to it', async () => {
  const template = {
    nodes: [
      nodeTemplate('split', ['work', 'merge']),
      nodeTemplate('work', ['merge'], { inputs: { i: expression('split.outputs.i') } }),
      nodeTemplate('merge', [], {
        inputs: { counts: expression('unite.counts'), list: expression('split.outputs.i') },
        unites: { identifier: 'split' },
      }),
    ],
  };
  const routes = [['merge'], ['work'], ['work'], [], undefined, ['work', 'merge']];
  // As many as one step takes, and more.
  for (const nowhere of [0, 520]) {
    const run = await PlayedRun.start(system, template);
    await run.giveRouted(await run.take('split'), [...routes, ...Array.from({ length: nowhere }, () => [])]);
    const [pruned, fine, beside, both] = await run.takeAll('work', 4);
    for (const each of [pruned!, beside!, both!]) await run.prune(each);
    assert.deepEqual(await statesAt(run, 'merge'), []);
    await run.give(fine!, {});
    const merge = await run.take('merge');
    assert.deepEqual(inputsOf(merge), {
      counts: {
        total: 6 + nowhere,
        succeeded: 4,
        failed: 0,
        pruned: 2 + nowhere,
        unfinished: 0,
        left_out: 0,
      },
      list: [0, 2, 4, 5],
    });
    await run.give(merge, {});
    assert.equal((await client.end(run.id)).status, 'SUCCESS');
    await system.disconnect();
  }
});

test('a failure counts in the inner unite that covers it, and outwards only if that gives up', async () => {
  for (const [strategy, failed] of [
    ['ALL_DONE', 0],
    ['ALL_SUCCESS', 1],
  ] as const) {
    const run = await PlayedRun.start(system, nested({ strategy }, { strategy: 'ALL_DONE' }));
    await run.give(await run.take('outer'), ...numbered(2));
    for (const each of await run.takeAll('inner', 2)) await run.give(each, ...numbered(2));
    const [broken, ...others] = await run.takeAll('work', 4);
    await run.fail(broken!);
    for (const each of others) await run.give(each, { i: 0 });
    const gathers = failed === 0 ? await run.takeAll('gather', 2) : [await run.take('gather')];
    for (const each of gathers) await run.give(each, { list: [] });
    const finish = await run.take('finish');
    const { counts, failures } = inputsOf(finish);
    await run.give(finish, {});
    assert.equal((await client.end(run.id)).status, 'SUCCESS');
    assert.deepEqual(counts, {
      total: 2,
      succeeded: 2 - failed,
      failed,
      pruned: 0,
      unfinished: 0,
      left_out: 0,
    });
    const names = (failures as { identifier: string; code: string }[]).map((each) => [
      each.identifier,
      each.code,
    ]);
    assert.deepEqual(names, failed === 0 ? [] : [['gather', 'UNITE_UNSATISFIED']]);
    await system.disconnect();
  }
});

test('an execution of the united node that ends without outputs opens no scope', async () => {
  const run = await PlayedRun.start(system, nested({}, { strategy: 'ALL_DONE' }));
  await run.give(await run.take('outer'), ...numbered(4));
  const [broken, pruned, , fine] = await run.takeAll('inner', 4);
  await run.fail(broken!);
  await run.prune(pruned!);
  // All that grew from the third output.
  const stateId = `${run.id}.1.2`;
  await client.call((...more) => client.runs.cancelRun({ runId: run.id, stateId }, ...more));
  await run.give(fine!, { i: 3 });
  await run.give(await run.take('work'), { i: 3 });
  await run.give(await run.take('gather'), { list: [3] });
  const { counts, list } = inputsOf(await run.take('finish'));
  assert.deepEqual(counts, { total: 4, succeeded: 1, failed: 2, pruned: 1, unfinished: 0, left_out: 0 });
  assert.deepEqual(list, [[3]]);
  const { scopes = [] } = await client.call<ExplainUniteResponse__Output>((...more) =>
    client.runs.explainUnite({ runId: run.id, identifier: 'gather' }, ...more),
  );
  assert.deepEqual(
    scopes.map(({ unitedStateId }) => unitedStateId),
    [fine!.stateId],
  );
});

test('a scope is of one execution, with all of its outputs', async () => {
  const run = await PlayedRun.start(system, nested());
  await run.give(await run.take('outer'), ...numbered(2));
  const [first, second] = await run.takeAll('inner', 2);
  await run.give(first!, { i: 1 }, { i: 2 }, { i: 3 });
  await run.give(second!, { i: 4 });
  for (const each of await run.takeAll('work', 4)) await run.give(each, inputsOf(each));
  const gathers = await run.takeAll('gather', 2);
  const lists = gathers.map((each) => inputsOf(each).list);
  assert.deepEqual(lists.sort(), [[1, 2, 3], [4]]);
});

test('unites within each other, 8 deep, each unite their own', async () => {
  const run = await PlayedRun.start(system, nestedUnites(8));
  const widths: Readonly<Record<string, number>> = { split_1: 2, split_4: 2, split_8: 3 };
  const outputsOf = ({ identifier = '', inputsJson = '' }: { identifier?: string; inputsJson?: string }) => {
    const { value = '', values } = JSON.parse(inputsJson) as { value?: string; values?: unknown[] };
    if (identifier.startsWith('unite')) return [{ values }];
    return Array.from({ length: widths[identifier] ?? 1 }, (_, i) => ({
      value: identifier in widths ? `${value}${i}` : value,
    }));
  };
  await run.playOn(outputsOf, 'unite_1');
  const innermost = (prefix: string) => [[[['0', '1', '2'].map((last) => `${prefix}${last}`)]]];
  const inOf4 = (prefix: string) => [0, 1].map((i) => innermost(`${prefix}${i}`));
  const { outputs } = await client.end(run.id);
  assert.deepEqual(outputs, [{ values: [0, 1].map((i) => [[inOf4(`${i}`)]]) }]);
});
