import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeSteps, type Waiting } from '../../../services/state-manager/engine/reports/report-batch.ts';

/** A report as far as packing looks at it. */
function report(runId: string, state: number, { total = 1, children = 0, bytes = 0 } = {}): Waiting {
  const step = { kind: 'succeed', isWide: false, total, children: Array.from({ length: children }) };
  return {
    held: { run: { runId }, state, stateId: `${runId}:${state}` },
    planned: { plan: { step } },
    bytes,
  } as unknown as Waiting;
}

function reports(runId: string, count: number, options = {}): Waiting[] {
  return Array.from({ length: count }, (_, i) => report(runId, i + 1, options));
}

function takenOf(runId: string, steps: readonly (readonly Waiting[])[]): number {
  return steps.flat().filter(({ held }) => held.run.runId === runId).length;
}

test('what fits into a turn is taken, by run, in its order', () => {
  const waiting = [report('a', 1), report('b', 1), report('a', 2)];
  const { steps, rest } = takeSteps(waiting, 100);
  assert.deepEqual(steps, [[waiting[0], waiting[2]], [waiting[1]]]);
  assert.deepEqual(rest, []);
});

test('where more waits than a turn takes, each run gets an equal part', () => {
  const waiting = [...reports('wide', 1_000), ...reports('narrow', 2), ...reports('other', 1_000)];
  const { steps, rest } = takeSteps(waiting, 102);
  assert.equal(takenOf('narrow', steps), 2);
  assert.equal(takenOf('wide', steps), 50);
  assert.equal(takenOf('other', steps), 50);
  assert.equal(rest.length, waiting.length - 102);
});

test('a report that brings much along takes more of a turn, and one goes on in any case', () => {
  const heavy = reports('heavy', 10, { total: 100, children: 4 });
  const { steps } = takeSteps([...heavy, ...reports('light', 10)], 64);
  assert.equal(takenOf('heavy', steps), 1);
  assert.equal(takenOf('light', steps), 10);
  assert.equal(takeSteps(reports('bytes', 10, { bytes: 80_000 }), 44).steps.flat().length, 4);
});

test('a second report on one state waits for the next turn', () => {
  const waiting = [report('a', 1), report('a', 1), report('a', 2)];
  const { steps, rest } = takeSteps(waiting, 100);
  assert.deepEqual(steps, [[waiting[0], waiting[2]]]);
  assert.deepEqual(rest, [waiting[1]]);
});

test('a report on a state that is in a turn under way waits for the end of that one', () => {
  const waiting = [report('a', 1), report('a', 2), report('b', 1)];
  const { steps, rest, weight } = takeSteps(waiting, 100, new Set(['a:1']));
  assert.deepEqual(steps, [[waiting[1]], [waiting[2]]]);
  assert.deepEqual(rest, [waiting[0]]);
  assert.ok(weight >= 2 && weight < 3);
});
