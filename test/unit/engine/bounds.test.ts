import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from '../../../services/state-manager/byte-budget.ts';
import { ExactNumber } from '../../../services/state-manager/domain/json/exact-json.ts';
import { OutOfRoom, Room, writeJsonWithin } from '../../../services/state-manager/domain/json/room.ts';
import { Failures } from '../../../services/state-manager/engine/ports/failures.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Uses of a budget that end when they are told to. */
function uses(budget: ByteBudget) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    use: (name: string, bytes: number) =>
      budget.use(name.slice(0, 1), bytes, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      }),
    async end(name: string) {
      ends.get(name)!();
      await turn();
    },
  };
}

test('a budget lets a tenant have its part, and others have theirs meanwhile, in turn', async () => {
  const { begun, use, end } = uses(new ByteBudget(30, 20));
  const all = [use('a1', 10), use('a2', 10), use('a3', 10), use('b1', 10), use('b2', 20), use('c1', 10)];
  await turn();
  assert.deepEqual(begun, ['a1', 'a2', 'b1']);
  await end('a1');
  assert.deepEqual(begun, ['a1', 'a2', 'b1', 'a3']);
  await end('a2');
  assert.deepEqual(begun.slice(4), ['c1']);
  for (const name of ['b1', 'a3']) await end(name);
  assert.deepEqual(begun.slice(5), ['b2']);
  for (const name of ['c1', 'b2']) await end(name);
  await Promise.all(all);
});

test('work that needs more than its tenant may have begins when the tenant has nothing else', async () => {
  const { begun, use, end } = uses(new ByteBudget(30, 20));
  const all = [use('a1', 1_000), use('a2', 1)];
  await turn();
  assert.deepEqual(begun, ['a1']);
  await end('a1');
  assert.deepEqual(begun, ['a1', 'a2']);
  await end('a2');
  await Promise.all(all);
});

test('work that fails gives its part back', async () => {
  const budget = new ByteBudget(10, 10);
  await assert.rejects(
    budget.use('a', 10, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await budget.use('a', 10, async () => 'done'), 'done');
});

test('a value is written if it has room, and stops to be counted where it has none', () => {
  const value = { a: ['x', 1, null, new ExactNumber('1e400')], b: { c: true } };
  assert.equal(writeJsonWithin(value, 100), '{"a":["x",1,null,1e400],"b":{"c":true}}');
  assert.throws(() => writeJsonWithin(value, 10), OutOfRoom);
  const large = 'x'.repeat(1_000_000);
  const many = Array.from({ length: 100_000 }, () => large);
  assert.throws(() => writeJsonWithin(many, 4_000_000), /more than 4000000 characters/);
  assert.throws(() => new Room(1).take(2), OutOfRoom);
});

test('parts behind one that fails have their turn, and the first failure is thrown at the end', async () => {
  const failures = new Failures();
  const done: number[] = [];
  for (const part of [1, 2, 3, 4]) {
    await failures.past(async () => {
      if (part % 2 === 0) throw new Error(`part ${part}`);
      done.push(part);
    });
  }
  assert.deepEqual(done, [1, 3]);
  assert.throws(() => failures.end(), /part 2/);
  assert.doesNotThrow(() => new Failures().end());
});
