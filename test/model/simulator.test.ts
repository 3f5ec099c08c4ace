import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { features } from './arbitrary.ts';
import type { ModelGraph } from './model-graph.ts';
import { compareObserved } from './running/compare.ts';
import { caseArbitrary } from './running/model-runner.ts';
import { type Flaw, simulate } from './simulator.ts';

const seed = 7;
const runs = 400;
const small = caseArbitrary(
  features.filter((each) => each !== 'open'),
  150,
);

/** Differences that the model finds in the outcome of a graph in one order. */
function differences(graph: ModelGraph, order: number, flaw?: Flaw): readonly string[] {
  let state = order;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const { observation, status } = simulate(graph, random, flaw);
  return compareObserved(graph, observation, status).differences;
}

test('whatever comes of some order of events, the model allows', async () => {
  const property = fc.property(small, fc.nat(), (graph, order) => {
    assert.deepEqual(differences(graph, order), [], JSON.stringify(graph));
  });
  await fc.assert(property, { seed, numRuns: runs });
});

const flaws: readonly Flaw[] = [
  'fires early',
  'counts pruned as succeeded',
  'lists a failed branch',
  'cancels nothing',
  'cancels what is spared',
  'forgets a route',
  'loses a window',
  'tolerates one more',
  'runs twice',
];
const graphs = fc.sample(small, { seed, numRuns: 600 });
for (const flaw of flaws) {
  test(`the model notices a system that ${flaw}`, () => {
    const isNoticed = graphs.some((graph, order) => differences(graph, order, flaw).length > 0);
    assert.ok(isNoticed, `none of ${graphs.length} graphs shows it`);
  });
}
