import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';

let places: ReadyPlaces;
beforeEach(() => {
  places = new ReadyPlaces();
});
const find = (runId: string, { node = 0, priority = 0, key = 'a' } = {}) =>
  places.found(key, { runId, node, priority });
const inTurn = (keys = ['a'], atMost = 16) => places.runs(keys, atMost).map(({ runId }) => runId);

test('runs come in turn: who was served is last', () => {
  for (const runId of ['first', 'second', 'third']) find(runId);
  assert.deepEqual(inTurn(), ['first', 'second', 'third']);
  places.served('first');
  assert.deepEqual(inTurn(), ['second', 'third', 'first']);
  find('first');
  assert.deepEqual(inTurn(), ['second', 'third', 'first'], 'more of a run does not change its turn');
});

test('a higher priority is in front, whenever it was found', () => {
  find('low', { priority: -5 });
  find('middle');
  find('high', { priority: 7 });
  places.served('high');
  assert.deepEqual(inTurn(), ['high', 'middle', 'low']);
  assert.deepEqual(inTurn(['a'], 1), ['high']);
});

test('a run has its turn over all nodes', () => {
  find('one', { key: 'a', node: 0 });
  find('two', { key: 'b', node: 1 });
  find('one', { key: 'b', node: 1 });
  assert.deepEqual(inTurn(['a', 'b']), ['one', 'two']);
  places.served('one');
  assert.deepEqual(inTurn(['a', 'b']), ['two', 'one']);
  assert.deepEqual([...places.runs(['b'], 16)[1]!.places.keys()], [0, 1], 'with its places at every node');
});

test('a place that is removed is forgotten, and with its last place a run', () => {
  find('run', { node: 0 });
  find('run', { node: 1 });
  places.remove({ runId: 'run', node: 0 });
  assert.deepEqual(inTurn(), ['run']);
  places.removeRun('run');
  assert.deepEqual(inTurn(), []);
  places.remove({ runId: 'run', node: 1 });
});

test('a node with no place is looked for until a look finds that there is none', () => {
  assert.equal(places.needsLook('a'), true);
  places.looked('a', [], true);
  assert.equal(places.needsLook('a'), false);
  places.doubt();
  assert.equal(places.needsLook('a'), true, 'from time to time it is looked for again');
  find('run');
  assert.equal(places.needsLook('a'), true, 'although something is remembered');
});

test('a look knows best who waits longest', () => {
  for (const runId of ['first', 'second']) find(runId);
  places.looked(
    'a',
    ['new', 'second'].map((runId) => ({ runId, node: 0, priority: 0 })),
    false,
  );
  assert.deepEqual(inTurn(['a'], 2).sort(), ['new', 'second']);
});

test('when there are too many, a higher priority takes the place of a lower one, and a look is needed', () => {
  for (let i = 0; i < 1_000; i++) find(`low-${i}`);
  find('too-many');
  find('high', { priority: 1 });
  const all = inTurn(['a'], 2_000);
  assert.equal(all.length, 1_000);
  assert.equal(all[0], 'high');
  assert.ok(!all.includes('too-many'));
  places.removeRun('high');
  for (let i = 0; i < 1_000; i++) places.removeRun(`low-${i}`);
  assert.equal(places.needsLook('a'), true);
});
