import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpret, type ModelOutcome } from './interpreter.ts';
import type { Fate, ModelGraph } from './model-graph.ts';
import { compareObserved } from './running/compare.ts';
import { buildGraph, fails, fanOut, prunes, returns } from './running/graph-builder.ts';
import { deliveryKey, Observation } from './running/observation.ts';
import { Topology } from './topology.ts';

function outcomeOf(graph: ModelGraph): ModelOutcome {
  assert.ok(new Topology(graph).isValid());
  return interpret(graph)!;
}

/** `STATUS` of each state of a node, in path order. */
function statuses({ rows }: ModelOutcome, identifier: string): string[] {
  return rows.filter((row) => row.identifier === identifier).map(({ status }) => status);
}

function inputsOf({ deliveries }: ModelOutcome, identifier: string, path: string): Record<string, unknown> {
  const { inputs } = deliveries.get(deliveryKey(identifier, path, 1))!;
  return Object.fromEntries(JSON.parse(inputs) as [string, unknown][]);
}

function counts(succeeded: number, failed: number, pruned: number) {
  return { total: succeeded + failed + pruned, succeeded, failed, pruned, unfinished: 0, left_out: 0 };
}

test('a fan-out of K makes K states of the node, and one next state for each of them', () => {
  const outcome = outcomeOf(fanOut({ strategy: 'ALL_SUCCESS' }));
  assert.deepEqual(statuses(outcome, 'split'), ['SUCCESS', 'SUCCESS', 'SUCCESS']);
  assert.deepEqual(
    outcome.rows.filter(({ identifier }) => identifier === 'work').map(({ path }) => path),
    ['0.0', '1.0', '2.0'],
  );
  assert.deepEqual(statuses(outcome, 'unite'), ['SUCCESS']);
  assert.equal((inputsOf(outcome, 'unite', 'u.2').l1 as unknown[]).length, 3);
  assert.equal(outcome.status, 'SUCCESS');
});

test('one failed branch: ALL_SUCCESS is given up and fails the run, ALL_DONE fires without that branch', () => {
  const graph = (strategy: 'ALL_SUCCESS' | 'ALL_DONE') =>
    buildGraph({
      split: { next: ['good', 'bad'], fates: [returns(1)] },
      good: { next: ['unite'] },
      bad: { next: ['unite'], fates: [fails] },
      unite: { unites: 'split', policy: { strategy } },
    });
  const strict = outcomeOf(graph('ALL_SUCCESS'));
  assert.equal(strict.rows.find(({ identifier }) => identifier === 'unite')?.code, 'UNITE_UNSATISFIED');
  assert.equal(strict.status, 'FAILED');
  const lenient = outcomeOf(graph('ALL_DONE'));
  assert.equal(lenient.status, 'SUCCESS');
  const inputs = inputsOf(lenient, 'unite', 'u.3');
  assert.deepEqual(inputs.counts, counts(0, 1, 0));
  assert.deepEqual(inputs.l1, [], 'no part of a failed branch is listed');
  assert.deepEqual(inputs.failures, ['bad 0.1 NODE_ERROR']);
});

test('K = 0 fires with empty lists', () => {
  const outcome = outcomeOf(fanOut({ strategy: 'ALL_SUCCESS' }, [returns()], 0));
  assert.deepEqual(inputsOf(outcome, 'unite', 'u.2').l0, []);
  assert.deepEqual(statuses(outcome, 'split'), ['SUCCESS']);
});

test('a pruned branch is not a failed one, and a quorum of all others is met without it', () => {
  const outcome = outcomeOf(fanOut({ strategy: 'ALL_SUCCESS' }, [prunes]));
  assert.deepEqual(inputsOf(outcome, 'unite', 'u.2').counts, counts(0, 0, 3));
  assert.equal(outcome.status, 'SUCCESS');
  assert.equal(outcomeOf(fanOut({ strategy: 'QUORUM', minSuccess: 1 }, [prunes])).status, 'FAILED');
  assert.equal(outcomeOf(fanOut({ strategy: 'QUORUM', minSuccess: '80%' }, [prunes])).status, 'SUCCESS');
});

test('an output with an empty route goes nowhere, and its branch is pruned', () => {
  const graph = buildGraph({
    split: { next: ['left', 'right'], fates: [returns(3, { routes: [[0], [1], []] })] },
    left: { next: ['unite'] },
    right: { next: ['unite'] },
    unite: { unites: 'split' },
  });
  const outcome = outcomeOf(graph);
  assert.deepEqual(
    outcome.rows.flatMap(({ identifier, path }) => (path.includes('.') ? [`${identifier} ${path}`] : [])),
    ['left 0.0', 'right 1.1', 'unite u.3'],
  );
  assert.deepEqual(inputsOf(outcome, 'unite', 'u.3').counts, counts(2, 0, 1));
});

test('an inner unite answers for the failures that it covers', () => {
  const nested = (strategy: 'ALL_SUCCESS' | 'ALL_DONE') =>
    buildGraph({
      outer: { next: ['inner'], fates: [returns(2)] },
      inner: { next: ['work'], fates: [returns(2)] },
      work: { next: ['gather'], fates: [fails] },
      gather: { next: ['finish'], unites: 'inner', policy: { strategy } },
      finish: { unites: 'outer', policy: { strategy: 'ALL_DONE' } },
    });
  const answered = outcomeOf(nested('ALL_DONE'));
  assert.deepEqual(inputsOf(answered, 'finish', 'u.4').counts, counts(2, 0, 0));
  assert.equal(answered.status, 'SUCCESS');
  const passedOn = outcomeOf(nested('ALL_SUCCESS'));
  assert.deepEqual(inputsOf(passedOn, 'finish', 'u.4').failures, [
    'gather 0.0/u.3 UNITE_UNSATISFIED',
    'gather 1.0/u.3 UNITE_UNSATISFIED',
  ]);
  assert.equal(passedOn.status, 'SUCCESS');
});

test('a failure outside of every scope that fired fails the run', () => {
  const graph = buildGraph({
    split: { next: ['work', 'aside'], fates: [returns(2)] },
    work: { next: ['unite'] },
    aside: { fates: [fails] },
    unite: { unites: 'split', policy: { strategy: 'ALL_DONE' } },
  });
  const outcome = outcomeOf(graph);
  assert.deepEqual(
    inputsOf(outcome, 'unite', 'u.3').counts,
    counts(2, 0, 0),
    'a side branch is not waited for',
  );
  assert.equal(outcome.status, 'FAILED');
});

test('an attempt that fails is replaced at the same path; a requeue is the same attempt, handed out again', () => {
  const outcome = outcomeOf(
    fanOut({ strategy: 'ALL_SUCCESS' }, [returns(1, { failsFirst: true, requeues: 2 })], 1),
  );
  assert.deepEqual(statuses(outcome, 'work'), ['RETRY_CREATED', 'SUCCESS']);
  assert.equal(outcome.deliveries.get(deliveryKey('work', '0.0', 1))?.times, 1);
  assert.equal(outcome.deliveries.get(deliveryKey('work', '0.0', 2))?.times, 3);
});

test('windows run for every count of branches that succeeded, then once more with the rest', () => {
  const outcome = outcomeOf(fanOut({ strategy: 'ALL_DONE', window: { count: 2 } }, [returns()], 5));
  const windows = ['u.2', 'u.2.2', 'u.2.3'].map((path) => inputsOf(outcome, 'unite', path));
  assert.deepEqual(
    windows.map(({ l0, final }) => [(l0 as unknown[]).length, final]),
    [
      [2, false],
      [2, false],
      [1, true],
    ],
  );
  const even = outcomeOf(fanOut({ strategy: 'ALL_DONE', window: { count: 2 } }, [returns()], 4));
  assert.deepEqual(inputsOf(even, 'unite', 'u.2.3').l0, [], 'the last one may be empty');
});

test('scopes may overlap: each waits for what it covers', () => {
  const graph = buildGraph({
    a: { next: ['b'], fates: [returns(2)] },
    b: { next: ['c'], fates: [returns(2)] },
    c: { next: ['all', 'each'] },
    all: { unites: 'a' },
    each: { unites: 'b' },
  });
  const topology = new Topology(graph);
  const outcome = outcomeOf(graph);
  assert.deepEqual(statuses(outcome, 'each'), ['SUCCESS', 'SUCCESS']);
  assert.equal((inputsOf(outcome, 'all', 'u.3').l2 as unknown[]).length, 4);
  // When `each` fires early, `all` still waits for `c`; `b` is awaited by `all` alone.
  assert.ok(topology.isSpared(4, 2));
  assert.ok(topology.isSpared(3, 2));
  assert.ok(!topology.isSpared(3, 1));
});

test('a unite is valid when the united node is an ancestor of, or is, every node that leads to it', () => {
  const valid = (unites: string) =>
    new Topology(
      buildGraph({
        root: { next: ['left', 'right'] },
        left: { next: ['join'] },
        right: { next: ['join'] },
        join: { unites },
      }),
    ).isValid();
  assert.ok(valid('root'));
  assert.ok(!valid('left'));
  const again = buildGraph({
    root: { next: ['first'] },
    first: { next: ['second'], unites: 'root' },
    second: { unites: 'root' },
  });
  assert.ok(!new Topology(again).isValid(), 'nothing reaches into a scope that a unite has closed');
});

test('an open fan-out carries no output itself; ending ERRORED it counts as one more, failed branch', () => {
  const open = (fate: Fate) =>
    buildGraph({
      split: { next: ['source'] },
      source: { next: ['unite'], isOpen: true, fates: [fate] },
      unite: { next: ['end'], unites: 'source', policy: { strategy: 'ALL_DONE' } },
      end: {},
    });
  const sealed = outcomeOf(open(returns(2)));
  assert.equal(statuses(sealed, 'source').length, 3);
  assert.deepEqual(inputsOf(sealed, 'unite', '0.0/u.2').counts, counts(2, 0, 0));
  const failed = outcomeOf(open({ kind: 'fails', isRetryable: false, emits: 2 }));
  assert.deepEqual(inputsOf(failed, 'unite', '0.0/u.2').counts, counts(2, 1, 0));
  assert.deepEqual(inputsOf(failed, 'unite', '0.0/u.2').failures, ['source 0.0 NODE_ERROR']);
  assert.equal(failed.status, 'SUCCESS', 'the failure lies in a scope that fired');
  const empty = outcomeOf(open(fails));
  assert.deepEqual(statuses(empty, 'unite'), [], 'without outputs no scope opens');
  assert.equal(empty.status, 'FAILED');
});

/** States that a run is seen with: `identifier path STATUS code`. */
function seen(graph: ModelGraph, changed: readonly string[]): Observation {
  const rows = outcomeOf(graph).rows.map((row) => {
    const [, , status, code = ''] =
      changed
        .map((line) => line.split(' '))
        .find(([identifier, path]) => identifier === row.identifier && path === row.path) ?? [];
    return status === undefined ? row : { ...row, status, code, output: '' };
  });
  return new Observation(rows, new Map());
}

test('what a user has cancelled is a failure in the unites around, and a unite in there is cancelled with it', () => {
  const single = fanOut({ strategy: 'ALL_DONE' });
  const observation = seen(single, ['work 1.0 CANCELLED CANCELLED']);
  const isCancelled = (path: string) => path.startsWith('1.');
  const around = interpret(single, { observation, isCancelled })!;
  assert.deepEqual(statuses(around, 'work'), ['SUCCESS', 'CANCELLED', 'SUCCESS']);
  assert.deepEqual(inputsOf(around, 'unite', 'u.2').counts, counts(2, 1, 0));
  assert.deepEqual(inputsOf(around, 'unite', 'u.2').failures, ['work 1.0 CANCELLED']);
  assert.deepEqual([around.status, around.problems], ['SUCCESS', []]);

  const nested = buildGraph({
    outer: { next: ['inner'], fates: [returns(2)] },
    inner: { next: ['work'], fates: [returns(2)] },
    work: { next: ['gather'] },
    gather: { next: ['all'], unites: 'inner' },
    all: { unites: 'outer', policy: { strategy: 'ALL_DONE' } },
  });
  const within = interpret(nested, {
    observation: seen(nested, ['work 1.0/0.0 CANCELLED CANCELLED']),
    isCancelled,
  })!;
  assert.deepEqual(statuses(within, 'gather'), ['SUCCESS', 'CANCELLED']);
  assert.deepEqual(inputsOf(within, 'all', 'u.4').failures, ['gather 1.0/u.3 UNITE_CANCELLED']);
  assert.deepEqual([within.status, within.problems], ['SUCCESS', []]);
});

test('a state that is cancelled outside of what a user has cancelled differs', () => {
  const graph = fanOut({ strategy: 'ALL_DONE' });
  const observation = seen(graph, ['work 2.0 CANCELLED CANCELLED']);
  const { differences } = compareObserved(graph, observation, 'SUCCESS', (path) => path.startsWith('1.'));
  assert.notDeepEqual(differences, []);
});
