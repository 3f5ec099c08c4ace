/** JSON Schemas that multiply, backtrack, refer to themselves, or are no schemas at all. */
import * as fc from 'fast-check';
import { oddNames, oddNumbers, record, sizes, times } from './sizes.ts';

type Schema = unknown;

/** Members that the values of `values.ts` have, so that a check gets to them. */
const members = ['p0', 'a', 'list', 'boom', 'tree'];
const member = fc.constantFrom(...members);

/** Each definition refers to some of the next ones: expanded it is larger by a power. */
const web = fc
  .tuple(sizes(120), sizes(40), fc.constantFrom('properties', 'allOf', 'anyOf', 'oneOf'), fc.boolean())
  .map(([count, width, keyword, isCircle]) => {
    const refer = (i: number) => ({
      $ref: `#/$defs/d${isCircle ? i % Math.max(1, count) : Math.min(i, count)}`,
    });
    const next = (i: number) => times(Math.max(1, width), (j) => refer(i + 1 + (j % 3)));
    const body = (i: number) =>
      keyword === 'properties' ? Object.fromEntries(next(i).map((each, j) => [`p${j}`, each])) : next(i);
    const $defs = record(count + 1, (i) => [
      `d${i}`,
      i === count ? { type: 'string' } : { [keyword]: body(i) },
    ]);
    return { $defs, properties: { p0: { $ref: '#/$defs/d0' } }, $ref: '#/$defs/d0' };
  });

const wideTimesReferences = fc.tuple(sizes(400), sizes(2_000)).map(([width, references]) => ({
  $defs: { b: { properties: record(width, (i) => [`q${i}`, { type: 'string' }]) } },
  properties: record(references, (i) => [`p${i}`, { $ref: '#/$defs/b' }]),
}));

// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
const endlessIf = { if: { required: ['boom'] }, then: { $ref: '#' } };
const circles: readonly Schema[] = [
  { $ref: '#' },
  { allOf: [{ $ref: '#' }] },
  { not: { $ref: '#' } },
  { anyOf: [{ $ref: '#' }, { $ref: '#' }] },
  endlessIf,
  { $defs: { x: { $ref: '#/$defs/y' }, y: { $ref: '#/$defs/x' } }, $ref: '#/$defs/x' },
  { properties: { a: { $ref: '#' }, p0: { $ref: '#' }, tree: { $ref: '#' } } },
  { additionalProperties: { $ref: '#' }, items: { $ref: '#' }, unevaluatedProperties: { $ref: '#' } },
  { dependentSchemas: { boom: { $ref: '#' } } },
  { propertyNames: { $ref: '#' } },
  { contains: { $ref: '#' }, properties: { list: { contains: { $ref: '#' } } } },
  { $dynamicAnchor: 'node', properties: { a: { $dynamicRef: '#node' }, tree: { $dynamicRef: '#node' } } },
  { $dynamicAnchor: 'node', allOf: [{ $dynamicRef: '#node' }] },
  { $id: 'https://x.test/a', $defs: { b: { $id: 'https://x.test/a', $ref: '#' } }, $ref: '#/$defs/b' },
];

const patterns = [
  '^(a+)+$',
  '^(a|a)*$',
  '^(a|aa)+$',
  '(.*a){20}',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(?=(a+))\\1+b',
  '^(?:(?:a{0,30}){0,30}){0,30}b$',
  'a{0,65535}b',
  '^\\p{L}+$',
  '(',
  '[\\d-\\w]',
  '(?<n>a)\\k<n>',
  `^${'(a?'.repeat(200)}${')'.repeat(200)}b$`,
  'x'.repeat(20_000),
];
const patterned = fc
  .tuple(
    fc.array(fc.constantFrom(...patterns), { minLength: 1, maxLength: 5 }),
    fc.constantFrom(0, 1, 2, 3),
    fc.nat(),
  )
  .map(([texts, where, nonce]): Schema => {
    const $comment = `another one: ${nonce}`;
    const all = texts.map((pattern) => ({ pattern }));
    if (where === 0) return { $comment, properties: { a: { anyOf: all } } };
    if (where === 1)
      return {
        $comment,
        patternProperties: Object.fromEntries(texts.map((text) => [text, { type: 'string' }])),
      };
    if (where === 2) return { $comment, propertyNames: { anyOf: all } };
    return { $comment, properties: { list: { items: { allOf: all } }, a: all[0] } };
  });

const alternatives = fc
  .tuple(sizes(3_000), fc.constantFrom('anyOf', 'oneOf', 'allOf'), sizes(6), member)
  .map(([count, keyword, depth, name]): Schema => {
    const one = (level: number): Schema =>
      level <= 0
        ? { type: 'null' }
        : { [keyword]: times(Math.max(1, Math.floor(count ** (1 / (depth + 1)))), () => one(level - 1)) };
    return { properties: { [name]: one(depth), list: { items: one(depth) } }, additionalProperties: one(1) };
  });

const enums = fc
  .tuple(
    sizes(20_000),
    fc.constantFrom<(i: number) => unknown>(
      (i) => i,
      (i) => `e${i}`,
      (i) => ({ a: [i] }),
      () => null,
    ),
    member,
  )
  .map(([count, value, name]) => ({
    properties: {
      [name]: { enum: times(count, value) },
      list: { items: { enum: times(Math.min(count, 500), value) } },
    },
  }));

/** Text before and after what is nested, for each way to nest. */
const nestings = [
  ...['items', 'not', 'additionalProperties', 'contains'].map((keyword) => [`{"${keyword}":`, '}'] as const),
  ['{"properties":{"a":', '}}'],
  ['{"allOf":[', ']}'],
  ['{"$defs":{"a":', '}}'],
] as const;
const deep = fc
  .tuple(sizes(8_000), fc.constantFrom(...nestings))
  .map(([depth, [before, after]]) => `${before.repeat(depth)}{}${after.repeat(depth)}`);

const unevaluated = fc
  .tuple(sizes(300), sizes(100), fc.constantFrom('anyOf', 'oneOf', 'allOf'))
  .map(([count, width, keyword]) => ({
    [keyword]: times(Math.max(1, count), (i) => ({ properties: record(width, (j) => [`p${i + j}`, true]) })),
    unevaluatedProperties: false,
    properties: {
      list: {
        [keyword]: times(Math.max(1, count), (i) => ({ prefixItems: times(i % 20, () => true) })),
        unevaluatedItems: false,
      },
    },
  }));

const lists = fc.tuple(oddNumbers, oddNumbers, fc.boolean()).map(([least, most, uniqueItems]) => ({
  properties: {
    list: {
      uniqueItems,
      contains: { type: 'object', required: ['a'] },
      minContains: least,
      maxContains: most,
      minItems: least,
      maxItems: most,
    },
    a: { minLength: least, maxLength: most, multipleOf: most, exclusiveMinimum: least, format: 'date-time' },
  },
  minProperties: least,
}));

const odd = fc.record(
  {
    $schema: fc.oneof(
      oddNames,
      fc.constantFrom(
        'http://json-schema.org/draft-04/schema#',
        'https://json-schema.org/draft/2020-12/schema',
      ),
    ),
    $id: fc.oneof(oddNames, fc.constant('https://x.test/a')),
    $anchor: oddNames,
    $ref: fc.oneof(
      oddNames,
      fc.constantFrom(
        '#/$defs/__proto__',
        'https://x.test/other',
        '#/properties/a/x',
        '#%',
        '#/~2',
        'file:///etc/passwd',
      ),
    ),
    $dynamicRef: oddNames,
    $vocabulary: fc.dictionary(oddNames, fc.boolean(), { maxKeys: 3, noNullPrototype: true }),
    $async: fc.constant(true),
    type: fc.oneof(oddNames, fc.array(oddNames, { maxLength: 4 }), fc.constantFrom('object', null, 7)),
    properties: fc.dictionary(
      oddNames,
      fc.constantFrom<unknown>(true, false, 1, null, { type: 'string' }, { $ref: '#' }),
      { maxKeys: 4, noNullPrototype: true },
    ),
    required: fc.oneof(oddNames, fc.array(oddNames, { maxLength: 4 })),
    enum: fc.jsonValue({ maxDepth: 2 }),
    const: fc.jsonValue({ maxDepth: 3 }),
    default: fc.jsonValue({ maxDepth: 2 }),
    pattern: oddNames,
    format: oddNames,
    multipleOf: oddNumbers,
    items: fc.constantFrom<unknown>(true, [], [{}], null, 'x'),
    discriminator: fc.constant({ propertyName: '__proto__' }),
    nullable: fc.constant(true),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Compositions of small schemas, some of which refer to what is around them. */
const { composed } = fc.letrec<{ composed: Schema; leaf: Schema; keyword: readonly [string, Schema] }>(
  (tie) => ({
    composed: fc.oneof(
      { depthSize: 'small', maxDepth: 5 },
      tie('leaf'),
      fc
        .array(tie('keyword'), { minLength: 1, maxLength: 3 })
        .map((keywords) => Object.fromEntries(keywords)),
    ),
    keyword: fc.oneof(
      ...['additionalProperties', 'items', 'contains', 'not', 'if', 'then', 'else'].map((keyword) =>
        fc.tuple(fc.constant(keyword), tie('composed')),
      ),
      ...['unevaluatedProperties', 'unevaluatedItems', 'propertyNames'].map((keyword) =>
        fc.tuple(fc.constant(keyword), tie('leaf')),
      ),
      ...['anyOf', 'oneOf', 'allOf', 'prefixItems'].map((keyword) =>
        fc.tuple(fc.constant(keyword), fc.array(tie('composed'), { minLength: 1, maxLength: 4 })),
      ),
      ...['properties', 'dependentSchemas', '$defs'].map((keyword) =>
        fc.tuple(
          fc.constant(keyword),
          fc.dictionary(fc.constantFrom('x', 'y', ...members), tie('composed'), {
            minKeys: 1,
            maxKeys: 4,
            noNullPrototype: true,
          }),
        ),
      ),
    ),
    leaf: fc.oneof(
      fc.constantFrom<Schema>(
        true,
        false,
        {},
        { type: 'string' },
        { type: ['object', 'null'] },
        { const: 1 },
      ),
      fc.constantFrom<Schema>(
        { $ref: '#' },
        { $ref: '#/$defs/x' },
        { $ref: '#/$defs/y' },
        { uniqueItems: true },
      ),
      patterned,
    ),
  }),
);

/** Texts of schemas of every shape. */
export const hostileSchemas: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: composed.map((schema) => JSON.stringify(schema)) },
  { weight: 2, arbitrary: fc.constantFrom(...circles).map((schema) => JSON.stringify(schema)) },
  { weight: 2, arbitrary: patterned.map((schema) => JSON.stringify(schema)) },
  { weight: 1, arbitrary: deep },
  ...[web, wideTimesReferences, alternatives, enums, unevaluated, lists, odd].map((arbitrary) => ({
    weight: 1,
    arbitrary: (arbitrary as fc.Arbitrary<Schema>).map((schema) => JSON.stringify(schema)),
  })),
);
