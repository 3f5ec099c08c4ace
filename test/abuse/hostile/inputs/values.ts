/** Texts of JSON, or nearly so, that cost more than they look like. */
import * as fc from 'fast-check';
import { oddNames, record, sizes, times } from './sizes.ts';

/** Characters of the largest texts: just over what a frame takes. */
const maxCharacters = 4_200_000;

/** Text of so many characters at most, made of one piece. */
function repeated(pieces: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...pieces), sizes(maxCharacters))
    .map(([piece, length]) => piece.repeat(Math.floor(length / piece.length)));
}

const deep = fc
  .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}']), sizes(400_000), fc.boolean(), fc.boolean())
  .map(([[open = '', close = ''], depth, isClosed, isMember]) => {
    const text = `${open.repeat(depth)}1${isClosed ? close.repeat(depth) : ''}`;
    return isMember ? `{"a":${text}}` : text;
  });

const wide = fc
  .tuple(sizes(300_000), fc.constantFrom('1', '{}', '[]', '"x"', '{"a":1}', 'null'), fc.boolean())
  .map(([count, value, isSame]) => `{${times(count, (i) => `"k${isSame ? 1 : i}":${value}`).join()}}`);

const long = fc
  .tuple(
    fc.constantFrom('p0', 'a', 'list'),
    sizes(1_100_000),
    fc.constantFrom('1', '{}', '"x"', 'null', '[1]'),
  )
  .map(([name, count, item]) => `{"${name}":[${times(count, () => item).join()}]}`);

const digits = fc
  .tuple(
    sizes(500_000),
    fc.constantFrom('', '.5', 'e9', 'e400', 'e-400', 'e999999999'),
    fc.constantFrom('', '-'),
  )
  .map(([count, end, sign]) => `{"a":${sign}1${'0'.repeat(count)}${end}}`);

const strings = fc
  .tuple(fc.constantFrom('a', 'p0', 'x'), repeated(['a', 'a!', 'ü', '\\u0000', '\\"', '😀', 'x y ', '${{ ']))
  .map(([name, text]) => `{"${name}":"${text}"}`);

const odd = fc
  .tuple(fc.array(oddNames, { maxLength: 20 }), fc.jsonValue({ maxDepth: 4 }))
  .map(([names, value]) => JSON.stringify(record(names.length, (i) => [names[i] ?? '', value])));

const broken = fc
  .tuple(fc.json({ maxDepth: 6 }), fc.nat(), fc.constantFrom('', '"', '\\', '\u0000', ',', '}}', '1e', 'nul'))
  .map(([text, at, more]) => text.slice(0, at % (text.length + 1)) + more);

/** A value that the usual schemas here have something to say about: `p0`, `a`, `list`. */
const meeting = fc
  .record(
    {
      p0: fc.jsonValue({ maxDepth: 3 }),
      a: fc
        .tuple(fc.constantFrom('a', 'ab', '😀', ' '), sizes(2_000))
        .map(([text, count]) => `${text.repeat(count)}!`),
      list: fc.array(fc.constantFrom<unknown>(1, '1', null, { a: 1 }, { a: '1' }, [1]), { maxLength: 40 }),
      boom: fc.constant(1),
      tree: sizes(60).map(treeOf),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((value) => JSON.stringify(value));

/** Tree of that depth: `{a: {a: …}}`. */
function treeOf(depth: number): unknown {
  return depth === 0 ? 1 : { a: treeOf(depth - 1), p0: { a: depth } };
}

/** Texts of every shape, for where an object is asked for. */
export const hostileValues: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: meeting },
  ...[deep, wide, long, digits, strings, odd, broken].map((arbitrary) => ({ weight: 1, arbitrary })),
);
