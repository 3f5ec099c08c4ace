import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaCost } from '../../../services/state-manager/adapters/schema-cost.ts';

function stepsOf(schema: unknown): number {
  const cost = schemaCost(schema);
  return cost === 'UNBOUNDED' ? Number.POSITIVE_INFINITY : cost.stepsPerNode;
}

const alternatives = (count: number, each: unknown) => ({ anyOf: Array.from({ length: count }, () => each) });

test('schemas as people write them take a few steps for each node of a value', () => {
  const user = {
    type: 'object',
    properties: {
      id: { type: 'integer', minimum: 1 },
      role: { enum: ['admin', 'user'] },
      tags: { type: 'array', items: { type: 'string', maxLength: 20 }, uniqueItems: true },
      address: { $ref: '#/$defs/address' },
      former: { type: 'array', items: { $ref: '#/$defs/address' } },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['id'],
    additionalProperties: false,
    $defs: { address: { type: 'object', properties: { city: { type: 'string' } } } },
  };
  assert.ok(stepsOf(user) < 60, `${stepsOf(user)}`);
  assert.equal(schemaCost(true) === 'UNBOUNDED', false);
});

test('alternatives add up where they stand, and multiply within each other', () => {
  const one = stepsOf({ items: { type: 'null' } });
  const many = stepsOf({ items: alternatives(440, { type: 'null' }) });
  assert.ok(many > 440 * one);
  const nested = alternatives(10, alternatives(10, alternatives(10, { type: 'null' })));
  assert.ok(stepsOf(nested) > 1_000);
  const within = (levels: number): unknown =>
    levels === 0 ? { type: 'null' } : alternatives(10, { items: within(levels - 1) });
  assert.ok(stepsOf(within(3)) > 1_000, 'each element is visited by each alternative of each level above');
});

test('references count as what they stand for, and are counted without being copied', () => {
  const doubling = (levels: number) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, i) => [
        `d${i}`,
        i === levels - 1
          ? { type: 'null' }
          : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    ),
  });
  assert.ok(stepsOf(doubling(20)) > 2 ** 19);
  const wide = {
    properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, { $ref: '#/$defs/b' }])),
    $defs: { b: { properties: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`q${i}`, {}])) } },
  };
  const cost = schemaCost(wide);
  assert.ok(cost !== 'UNBOUNDED' && cost.expandedSchemas > 10_000);
});

test('patterns add up where they stand, and those that look at characters again are counted apart', () => {
  const linear = (count: number) => alternatives(count, { pattern: '^[a-z]+$' });
  assert.ok(stepsOf(linear(10)) > 5 * stepsOf(linear(1)));
  const squareOf = (schema: unknown) => {
    const cost = schemaCost(schema);
    return cost === 'UNBOUNDED' ? Number.NaN : cost.stepsPerSquare;
  };
  assert.equal(squareOf(linear(10)), 0);
  const square = { pattern: '^[^@]+@.+\\..+$' };
  assert.ok(squareOf(square) > 0);
  const $defs = { address: { properties: { mail: square } } };
  const twice = { items: { $ref: '#/$defs/address' }, contains: { $ref: '#/$defs/address' }, $defs };
  assert.equal(squareOf(twice), 2 * squareOf(square));
});

test('what no number of steps for each node bounds is UNBOUNDED', () => {
  const unbounded: readonly unknown[] = [
    { pattern: '^(a+)+$' },
    { pattern: 1 },
    { properties: { a: { items: { pattern: '^(a+)+$' } } } },
    { patternProperties: { a: {} } },
    { uniqueItems: true },
    { uniqueItems: true, items: { type: ['string', 'object'] } },
    { properties: { child: { $ref: '#' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    { if: { required: ['boom'] }, then: { $ref: '#' } },
    {
      $ref: '#/$defs/a',
      $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { items: { $ref: '#/$defs/a' } } },
    },
    { $dynamicRef: '#a' },
    { unevaluatedProperties: false },
    { $ref: 'https://example.com/x' },
    { $ref: '#/%24defs/a', $defs: { a: {} } },
    { $ref: '#/$defs/none' },
    { properties: { a: { $id: 'https://example.com/a' } } },
    { anyOf: 1 },
    { items: [{}] },
    'no schema',
    Array.from({ length: 100 }).reduce<unknown>((items) => ({ items }), {}),
  ];
  for (const schema of unbounded) assert.equal(schemaCost(schema), 'UNBOUNDED', JSON.stringify(schema));
});
