import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TurnSize } from '../../../services/state-manager/engine/turn/turn-size.ts';

/** A size, and turns of it that take so long. */
function sizes(t: TestContext) {
  let now = 1;
  t.mock.method(performance, 'now', () => now);
  const size = new TurnSize();
  const turn = (weight: number, ms: number, isShared = false) => {
    const timer = size.begin(weight, isShared);
    now += ms;
    timer.end();
  };
  return { size, turn, pass: (ms: number) => (now += ms) };
}

test('a turn takes in what fits into its time', (t) => {
  const { size, turn } = sizes(t);
  assert.equal(size.atMost, 256);
  for (let i = 0; i < 50; i++) turn(400, 8);
  assert.ok(size.atMost > 480 && size.atMost < 520, `${size.atMost}`);
  for (let i = 0; i < 50; i++) turn(400, 1);
  assert.equal(size.atMost, 1_024, 'and no more than this');
});

test('a turn on a slow machine takes in so much at least, and less while several runs wait', (t) => {
  const { size, turn, pass } = sizes(t);
  for (let i = 0; i < 50; i++) turn(256, 80);
  assert.equal(size.atMost, 256);
  turn(256, 80, true);
  assert.equal(size.atMost, 64);
  pass(2_000);
  assert.equal(size.atMost, 256, 'there is but one again');
});

test('a small turn tells nothing of how long a large one takes', (t) => {
  const { size, turn } = sizes(t);
  for (let i = 0; i < 50; i++) turn(5, 5);
  assert.equal(size.atMost, 256);
});

test('a turn that waits for the one before is measured from the end of that', (t) => {
  const { size, pass } = sizes(t);
  const [first, second] = [size.begin(1_024, false), size.begin(1_024, false)];
  pass(10);
  first.end();
  pass(10);
  second.end();
  const once = size.atMost;
  for (let i = 0; i < 50; i++) {
    const timer = size.begin(1_024, false);
    pass(10);
    timer.end();
  }
  assert.ok(once > 256 && size.atMost > 980, `${once}, ${size.atMost}`);
});
