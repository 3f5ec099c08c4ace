import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readJsonObject } from '../../../services/state-manager/transport/codec/fields.ts';
import { jsonShape, wrongShape } from '../../../services/state-manager/transport/codec/json-shape.ts';
import { holds, refusal } from './codec-samples.ts';

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;
}

function rows(count: number, names: (row: number) => readonly string[]): string {
  return JSON.stringify({
    rows: Array.from({ length: count }, (_, row) =>
      Object.fromEntries(names(row).map((name) => [name, `:"${row}`])),
    ),
  });
}

const columns = Array.from({ length: 10 }, (_, column) => `column \\" ${column}`);

test('the depth of JSON is found without parsing it', () => {
  holds(
    fc.property(fc.jsonValue(), (value) =>
      assert.equal(jsonShape(JSON.stringify(value)).depth, depthOf(value)),
    ),
  );
  assert.throws(
    () => readJsonObject('x', '['.repeat(4_000_000)),
    refusal('FIELD_INVALID', 'nests deeper than 64'),
  );
  assert.equal(readJsonObject('x', '{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}');
});

test('rows that have the same columns are taken by the ten thousand', () => {
  assert.equal(wrongShape(rows(14_000, () => columns)), undefined);
  assert.match(String(wrongShape(rows(16_000, () => columns))), /has 160001 members .* 150000 are allowed/);
});

test('names that are all different are taken as long as there are not too many', () => {
  const differing = (row: number): string[] => columns.map((column) => `${column} of ${row}`);
  assert.equal(wrongShape(rows(1_950, differing)), undefined);
  assert.match(String(wrongShape(rows(2_100, differing))), /more than 20000 different names/);
  assert.match(String(wrongShape(`[${'1,'.repeat(1_100_000)}1]`)), /has 1100000 values/);
});
