import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';

test('a value against its schema is refused with where and why', () => {
  const checker = new AjvSchemaChecker();
  const schema = JSON.stringify({
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'string', pattern: '^x+$' } } },
    additionalProperties: false,
  });
  assert.equal(checker.check(schema, { a: ['x', 'xx'] }), undefined);
  assert.match(checker.check(schema, { a: ['x', 'y'] }) ?? '', /^a\.1 must match pattern/);
  assert.match(checker.check(schema, { b: 1 }) ?? '', /must NOT have additional properties \(b\)/);
});

test('a schema can refer to itself, by its root and by its id', () => {
  const checker = new AjvSchemaChecker();
  const tree = (reference: string, more = {}) =>
    JSON.stringify({
      type: 'object',
      properties: { name: { type: 'string' }, child: { $ref: reference } },
      ...more,
    });
  for (const schema of [tree('#'), tree('https://example.com/tree', { $id: 'https://example.com/tree' })]) {
    assert.equal(checker.check(schema, { name: 'a', child: { name: 'b' } }), undefined);
    assert.match(
      checker.check(schema, { name: 'a', child: { name: 1 } }) ?? '',
      /^child\.name must be string/,
    );
  }
});

test('ids in one schema mean nothing in another', () => {
  const checker = new AjvSchemaChecker();
  const withId = (type: string) =>
    JSON.stringify({
      $id: 'https://example.com/same',
      properties: { a: { $id: 'https://example.com/part', type } },
    });
  assert.equal(checker.check(withId('string'), { a: 'x' }), undefined);
  assert.equal(checker.check(withId('integer'), { a: 1 }), undefined);
  assert.throws(() => checker.check('{"$ref":"https://example.com/part"}', {}), /can't resolve reference/);
});

test('what is no schema is refused with what is wrong with it', () => {
  const checker = new AjvSchemaChecker();
  assert.throws(
    () => checker.check('{"type":"nonsense"}', {}),
    /type must be equal to one of the allowed values/,
  );
});

/** Schemas with values that would take them hours. */
const hostile: readonly (readonly [string, string])[] = [
  ['{"properties":{"a":{"pattern":"^(a+)+$"}}}', `{"a":"${'a'.repeat(60)}!"}`],
  ['{"properties":{"a":{"\\u0070attern":"^(a+)+$"}}}', `{"a":"${'a'.repeat(60)}!"}`],
  [
    '{"type":"object","anyOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}',
    `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`,
  ],
  [
    '{"properties":{"a":{"uniqueItems":true}}}',
    JSON.stringify({ a: Array.from({ length: 50_000 }, (_, id) => ({ id })) }),
  ],
];

test('a schema that takes too long to check is broken off, and after the third time not tried again', () => {
  for (const [schema, value] of hostile) {
    const checker = new AjvSchemaChecker(50);
    const parsed: unknown = JSON.parse(value);
    const results: string[] = [];
    const startedAt = performance.now();
    for (let i = 0; i < 100; i++) results.push(checker.check(schema, parsed) ?? '');
    assert.ok(performance.now() - startedAt < 2_000, 'three were tried');
    for (const result of results) assert.match(result, /cannot be checked within 50 ms: simplify/, schema);
  }
});
