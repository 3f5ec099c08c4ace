/** Names and sizes that nobody expects. */
import * as fc from 'fast-check';

/** Limits of the state manager that somebody who knows it goes up to, and beyond. */
const limits = [64, 100, 128, 256, 1_000, 1_024, 10_000, 20_000, 65_536, 100_000, 150_000, 262_144];

/** A whole number from 0 to `most`: each size as likely as another one, and limits with their neighbours more so. */
export function sizes(most: number): fc.Arbitrary<number> {
  const near = limits.filter((limit) => limit < most).flatMap((limit) => [limit - 1, limit, limit + 1]);
  const any = fc.double({ min: 0, max: 1, noNaN: true }).map((part) => Math.floor((most + 1) ** part) - 1);
  return fc.oneof(
    { weight: 3, arbitrary: any },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, most, ...near) },
  );
}

const oddTexts = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'store',
  'trigger',
  'unite',
  '.',
  '..',
  'a.b',
  'a/b~c',
  '}{:*\r\n',
  '${{',
  '${{ a.outputs.x }}',
  '\u202egnp.txt\u202c',
  '\u0000\u0001\u001b[31m',
  '\ud800',
  '\ufeff\u200b',
  'ü😀',
  '%s%n%x',
  '-1',
  '9007199254740993',
];
const oddLengths = [127, 128, 129, 256, 257, 1_024, 1_025, 4_097, 60_000];

/** Texts for where a name belongs. */
export const oddNames: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddTexts) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('n', 'ü', '😀', '\u0000', '"'), fc.constantFrom(...oddLengths))
      .map(([text, length]) => text.repeat(length)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

/** Numbers for where a small one belongs. */
export const oddNumbers: fc.Arbitrary<number> = fc.constantFrom(
  ...[0, -0, 1, -1, 2, 0.5, 1e-300, 1e300, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, 1_001],
);

/** List of so many items. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Object with so many members. */
export function record<T>(count: number, entry: (index: number) => readonly [string, T]): Record<string, T> {
  return Object.fromEntries(times(count, entry));
}
