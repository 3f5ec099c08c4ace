import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { patternCost } from '../../../services/state-manager/adapters/pattern-cost.ts';

/** Patterns as people write them, with the highest power of the text's length that a search takes. */
const harmless: readonly (readonly [pattern: string, power: 1 | 2])[] = [
  ['^[a-z0-9-]+$', 1],
  ['^[A-Z]{2}[0-9]{4}$', 1],
  ['^\\d{4}-\\d{2}-\\d{2}$', 1],
  ['^\\d+\\.\\d+\\.\\d+$', 1],
  ['^\\S+$', 1],
  ['^.*$', 1],
  ['^.{1,255}$', 1],
  ['^(?:https?|ftp)://[^/ ]+/.*$', 1],
  ['^#(?:[0-9a-f]{3}|[0-9a-f]{6})$', 1],
  ['^-?\\d+(\\.\\d+)?$', 1],
  ['^v?\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$', 1],
  ['^s3://', 1],
  ['@', 1],
  ['\\.json$', 1],
  ['^a|^b', 1],
  ['^[^a-z]*[a-z]*$', 1],
  ['^\\w+\\s\\w+$', 1],
  ['^[\\u4e00-\\u9fa5]+$', 1],
  ['^(?<year>\\d{4})-\\x41$', 1],
  ['^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$', 2],
  ['^[a-z]*[a-z0-9]*$', 2],
  ['[a-z]+!', 2],
  ['^.*x.*$', 2],
  ['', 1],
];

/** Patterns that go to a thread: what they cost is no small power of the length, or is not read. */
const notRead: readonly string[] = [
  ...['^(a+)+$', '^(a*)*$', '^(a|b)*$', '^(a|a)+$', '(x+x+)+y', '^(?:[a-z]+\\s?)*$', '^([a-z]+-)*[a-z]+$'],
  ...[
    '^.*.*.*$',
    '.*a.*b',
    '^a*a*a*$',
    '^(\\d+)\\.\\1$',
    '^(?=a)a',
    '^(?!a)',
    '(?<=a)b',
    '(?i:a)',
    '\\bword\\b',
  ],
  ...['^\\p{L}+$', '^[', '(', ')', 'a{2000}', '*', 'a**', '\\', `^${'a'.repeat(600)}`, '^(a{1,9}){2}$'],
];

test('patterns as people write them are bounded by a power of the length of a text', () => {
  for (const [pattern, power] of harmless) {
    new RegExp(pattern, 'u');
    const cost = patternCost(pattern);
    assert.notEqual(cost, 'UNBOUNDED', pattern);
    assert.equal((cost as { square: number }).square > 0 ? 2 : 1, power, pattern);
  }
});

test('patterns that repeat what is no single character, or may end in many places, are UNBOUNDED', () => {
  for (const pattern of notRead) assert.equal(patternCost(pattern), 'UNBOUNDED', pattern);
});

test('the bound grows with what may be repeated, and with what may be chosen', () => {
  const linear = (pattern: string) => {
    const cost = patternCost(pattern);
    return cost === 'UNBOUNDED' ? Number.NaN : cost.linear;
  };
  assert.ok(linear('^a{1,500}a{1,500}$') > 200_000);
  assert.ok(linear('^(a|b|c)(a|b|c)(a|b|c)(a|b|c)(a|b|c)$') > 3 ** 5);
  assert.ok(linear('^[a-z]+$') < 10);
});

/** Steps of a matcher that goes back wherever something may be chosen, as V8's does: a model of a few kinds of parts. */
type Piece = readonly [set: string, least: number, most: number];

function stepsToSearch(pieces: readonly Piece[], isAtStart: boolean, isToEnd: boolean, text: string): number {
  let steps = 0;
  const matches = (piece: number, at: number): boolean => {
    steps++;
    if (piece === pieces.length) return !isToEnd || at === text.length;
    const [set, least, most] = pieces[piece]!;
    let count = 0;
    for (; count < most && at + count < text.length && set.includes(text[at + count]!); count++) steps++;
    for (; count >= least; count--) if (matches(piece + 1, at + count)) return true;
    return false;
  };
  for (let start = 0; start <= (isAtStart ? 0 : text.length); start++) if (matches(0, start)) break;
  return steps;
}

test('no text takes more steps than the bound tells', () => {
  const piece = fc.tuple(
    fc.constantFrom('a', 'b', 'ab', 'abc'),
    fc.constantFrom(0, 1, 2),
    fc.constantFrom(2, 5, Number.POSITIVE_INFINITY),
  );
  const text = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', 'c'), minLength: 1, maxLength: 60 });
  let bounded = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      text,
      (pieces, isAtStart, isToEnd, value) => {
        const parts = pieces.map(
          ([set, least, most]) => `[${set}]{${least},${Number.isFinite(most) ? most : ''}}`,
        );
        const cost = patternCost(`${isAtStart ? '^' : ''}${parts.join('')}${isToEnd ? '$' : ''}`);
        if (cost === 'UNBOUNDED') return;
        bounded++;
        const steps = stepsToSearch(pieces, isAtStart, isToEnd, value);
        assert.ok(steps <= cost.linear * value.length + cost.square * value.length ** 2, parts.join(''));
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(bounded > 500, `only ${bounded} were bounded`);
});
