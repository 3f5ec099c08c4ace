import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import { createLog } from '../../../services/state-manager/log.ts';

const log = createLog({ level: 'error' }, { write: () => undefined });
const started: CheckThreads[] = [];
after(() => Promise.all(started.map((threads) => threads.stop())));

/** A checker that gives a check some milliseconds. */
function newChecker(checkMs?: number) {
  const threads = new CheckThreads(log, checkMs);
  started.push(threads);
  const checker = new AjvSchemaChecker(threads);
  return {
    check: (schemaJson: string, value: unknown, namespace = 'a') =>
      checker.check(namespace, schemaJson, value, JSON.stringify(value)),
    compile: (schemaJson: string, namespace = 'a') => checker.compile(namespace, schemaJson),
  };
}

test('a value against its schema is refused with where and why, at once or in a thread', async () => {
  const checker = newChecker();
  for (const more of [{}, { pattern: '^(?:x|y)+$' }]) {
    const schema = JSON.stringify({
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'string', maxLength: 2, ...more } } },
      additionalProperties: false,
    });
    const isAtOnce = Object.keys(more).length === 0;
    assert.equal(checker.check(schema, {}) instanceof Promise, !isAtOnce);
    assert.equal(await checker.check(schema, { a: ['x', 'xx'] }), undefined);
    assert.match((await checker.check(schema, { a: ['x', 'xxx'] })) ?? '', /^a\.1 must NOT have more than 2/);
    assert.match((await checker.check(schema, { b: 1 })) ?? '', /must NOT have additional properties \(b\)/);
  }
});

test('a schema with harmless patterns is compiled and checked at once, as long as its texts are short for them', async () => {
  const checker = newChecker();
  const slug = '{"properties":{"a":{"pattern":"^[a-z0-9-]+$"}}}';
  assert.equal(checker.check(slug, { a: 'x-1' }), undefined);
  assert.match(String(checker.check(slug, { a: 'X' })), /^a must match pattern/);
  assert.equal(checker.check(slug, { a: 'x'.repeat(10_000) }), undefined);
  const mail = '{"properties":{"a":{"pattern":"^[^@]+@.+\\\\..+$"}}}';
  assert.equal(checker.check(mail, { a: 'a@b.c' }), undefined);
  assert.equal(checker.check(mail, { a: 'x'.repeat(10_000) }) instanceof Promise, true);
});

test('a schema can refer to itself, by its root and by its id', async () => {
  const checker = newChecker();
  const tree = (reference: string, more = {}) =>
    JSON.stringify({
      type: 'object',
      properties: { name: { type: 'string' }, child: { $ref: reference } },
      ...more,
    });
  for (const schema of [tree('#'), tree('https://example.com/tree', { $id: 'https://example.com/tree' })]) {
    assert.equal(await checker.check(schema, { name: 'a', child: { name: 'b' } }), undefined);
    assert.match(
      (await checker.check(schema, { name: 'a', child: { name: 1 } })) ?? '',
      /^child\.name must be string/,
    );
  }
});

test('a schema that refers to itself endlessly is told as such', async () => {
  const checker = newChecker();
  const schema = '{"if":{"required":["boom"]},"then":{"$ref":"#"}}';
  assert.equal(await checker.compile(schema), undefined);
  assert.equal(await checker.check(schema, {}), undefined);
  assert.match((await checker.check(schema, { boom: 1 })) ?? '', /never checked to an end: .* endlessly/);
});

test('ids in one schema mean nothing in another', async () => {
  const checker = newChecker();
  const withId = (type: string) =>
    JSON.stringify({
      $id: 'https://example.com/same',
      properties: { a: { $id: 'https://example.com/part', type } },
    });
  assert.equal(await checker.check(withId('string'), { a: 'x' }), undefined);
  assert.equal(await checker.check(withId('integer'), { a: 1 }), undefined);
  const part = '{"$ref":"https://example.com/part"}';
  assert.match((await checker.compile(part)) ?? '', /can't resolve reference/);
  assert.match((await checker.check(part, {})) ?? '', /can't resolve reference/);
});

test('what is no schema is refused with what is wrong with it', async () => {
  const checker = newChecker();
  const wrong = /type must be equal to one of the allowed values/;
  assert.match((await checker.compile('{"type":"nonsense"}')) ?? '', wrong);
  assert.match((await checker.check('{"type":"nonsense"}', {})) ?? '', wrong);
  assert.match((await checker.compile('{')) ?? '', /JSON/);
  const deep = `${'{"items":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;
  assert.match((await checker.compile(deep)) ?? '', /nests too much|Maximum call stack|cannot be compiled/);
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
    JSON.stringify({ a: Array.from({ length: 10_000 }, (_, id) => ({ id })) }),
  ],
];

test('a check that takes too long is broken off, and after the third one its schema is not tried again', async () => {
  await Promise.all(
    hostile.map(async ([schema, value], which) => {
      const checker = newChecker(50);
      const parsed: unknown = JSON.parse(value);
      // Each broken off costs a thread: one of the schemas shows what becomes of them all.
      for (let i = 0; i < (which === 0 ? 3 : 1); i++)
        assert.match((await checker.check(schema, parsed)) ?? '', /cannot be checked within 50 ms: simplify/);
      if (which > 0) return;
      const startedAt = performance.now();
      for (let i = 0; i < 100; i++) assert.match((await checker.check(schema, parsed)) ?? '', /50 ms/);
      // A hundred that were tried would have taken five seconds, and the rests between them minutes.
      assert.ok(performance.now() - startedAt < 3_000, schema);
    }),
  );
});

test('a namespace whose checks are broken off rests, and others have their turn meanwhile', async () => {
  const checker = newChecker(200);
  const [pattern, value] = [hostile[0]![0], JSON.parse(hostile[0]![1]) as unknown];
  const ended: string[] = [];
  const hanging = Array.from({ length: 4 }, async (_, i) => {
    await checker.check(pattern.replace('{', `{"$comment":"${i}",`), value, 'attacker');
    ended.push('attacker');
  });
  const good = '{"properties":{"a":{"pattern":"^(a)+$"}}}';
  for (let i = 0; i < 20; i++) {
    assert.equal(await checker.check(good, { a: 'aaa' }, 'bystander'), undefined);
    ended.push('bystander');
  }
  assert.ok(ended.filter((who) => who === 'attacker').length <= 2, ended.join(' '));
  await Promise.all(hanging);
});

test('a namespace that takes more than its share of the event loop is checked in a thread', async () => {
  const checker = newChecker();
  const results = Array.from({ length: 300 }, (_, i) => {
    const properties = Object.fromEntries(
      Array.from({ length: 150 }, (_, k) => [`p${k}`, { type: 'string' }]),
    );
    return checker.check(JSON.stringify({ $comment: `${i}`, properties }), {});
  });
  assert.ok(results.some((result) => result instanceof Promise));
  assert.equal(
    checker.check('{"type":"object"}', {}, 'another'),
    undefined,
    'another namespace is answered at once',
  );
  for (const result of await Promise.all(results)) assert.equal(result, undefined);
});
