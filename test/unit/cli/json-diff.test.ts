import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../../services/cli/json/exact-json.ts';
import { diffJson } from '../../../services/cli/json/json-diff.ts';

const node = (identifier: string, more: object = {}) => ({ identifier, node_name: 'A', ...more });

test('places of a graph are compared by their names, wherever they stand', () => {
  const before = { nodes: [node('a'), node('b', { timeout_ms: 1 })] };
  const after = { nodes: [node('new'), node('a', { inputs: { x: [1, 2] } }), node('b', { timeout_ms: 2 })] };
  assert.deepEqual(diffJson(before, after), [
    { path: '$.nodes[a].inputs', before: undefined, after: { x: [1, 2] } },
    { path: '$.nodes[b].timeout_ms', before: 1, after: 2 },
    { path: '$.nodes[new]', before: undefined, after: node('new') },
  ]);
});

test('an order that has changed is a difference', () => {
  assert.deepEqual(diffJson([node('a'), node('b')], [node('b'), node('a')]), [
    { path: '$', before: '[a] [b]', after: '[b] [a]' },
  ]);
  assert.deepEqual(diffJson({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
});

test('lists without names, lists whose names are not unique, and values of other kinds are compared as they stand', () => {
  assert.deepEqual(diffJson([1, 2], [1, 3, 4]), [
    { path: '$[1]', before: 2, after: 3 },
    { path: '$[2]', before: undefined, after: 4 },
  ]);
  assert.deepEqual(diffJson([node('a'), node('a')], [node('a'), node('a', { x: 1 })]), [
    { path: '$[1].x', before: undefined, after: 1 },
  ]);
  assert.deepEqual(diffJson({ a: [] }, { a: {} }), [{ path: '$.a', before: [], after: {} }]);
  assert.deepEqual(diffJson(null, { a: 1 }), [{ path: '$', before: null, after: { a: 1 } }]);
});

test('numbers differ in their last digit', () => {
  const [difference] = diffJson(
    parseJson('{"id":12345678901234567890}'),
    parseJson('{"id":12345678901234567891}'),
  );
  assert.equal(difference?.path, '$.id');
});
