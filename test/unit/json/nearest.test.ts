import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { didYouMean, nearest } from '../../../services/state-manager/domain/json/nearest.ts';

/** Levenshtein's definition, word for word. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const replaced = distance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  return a[0] === b[0]
    ? replaced
    : Math.min(replaced, distance(a.slice(1), b) + 1, distance(a, b.slice(1)) + 1);
}

describe('the nearest name', () => {
  it('is the one with the fewest slips', () => {
    assert.equal(nearest('procesor', ['processor', 'process', 'merger']), 'processor');
    assert.equal(nearest('Merger', ['merger']), 'merger');
    assert.equal(nearest('merger', ['splitter']), undefined);
    assert.equal(nearest('x'.repeat(65), ['x'.repeat(64)]), undefined);
  });

  it('is at the least distance that there is, and near enough', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { maxLength: 5 }), (wanted, candidates) => {
        const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
        const distances = candidates
          .filter((candidate) => candidate !== wanted)
          .map((each) => distance(wanted, each));
        const least = Math.min(...distances);
        const found = nearest(wanted, candidates);
        if (least > limit) assert.equal(found, undefined);
        else assert.equal(distance(wanted, found ?? ''), least);
      }),
    );
  });

  it('is asked for, and else what there is to choose from', () => {
    assert.equal(didYouMean('ordr', ['order', 'nodes']), 'did you mean "order"?');
    assert.equal(didYouMean('x', ['order', 'nodes']), 'there is "order", "nodes"');
    assert.equal(didYouMean('x', []), 'there is none');
    assert.match(
      didYouMean(
        'x',
        Array.from({ length: 12 }, (_, i) => `name-${i}`),
      ),
      /"name-9" and 2 more$/,
    );
  });
});
