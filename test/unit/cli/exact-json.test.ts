import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactJson, parseJson, writeJson } from '../../../services/cli/json/exact-json.ts';

test('numbers that no double holds come back as they were written', () => {
  for (const text of [
    '12345678901234567890',
    '-9007199254740993',
    '{"id":18446744073709551615,"list":[1e400,0.10000000000000000001,-1.5e-400]}',
    '["\\"12345678901234567890\\"",12345678901234567890]',
    '{"__proto__":12345678901234567891}',
  ])
    assert.equal(writeJson(parseJson(text)), text);
});

test('numbers that a double holds are numbers, however they are written', () => {
  assert.deepEqual(
    parseJson('[1, 1.0, 1e3, 100000000000000000000, 1e21, 0.1, -0, 0.0, 9007199254740992]'),
    [1, 1, 1000, 1e20, 1e21, 0.1, -0, 0, 9007199254740992],
  );
});

test('what is no JSON is refused, and what JSON cannot say is left out', () => {
  assert.throws(() => parseJson('{"id": 01}'), SyntaxError);
  assert.throws(() => parseJson(''), SyntaxError);
  assert.equal(writeJson({ a: undefined, b: 1 }), '{"b":1}');
  assert.equal(exactJson.stringify([1, 'a']), '[1,"a"]');
});

test('any JSON is read as JSON.parse reads it, and written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parseJson(text), JSON.parse(text));
      assert.equal(writeJson(parseJson(text)), JSON.stringify(JSON.parse(text)));
    }),
  );
});
