/** Values that are changed: numbers, lists, and what is neither. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import { executed } from '../session-driver.ts';
import { append, changing, increment, leaseOf, limits, set, startStore } from './start-store.ts';

const fixture = await startStore();
after(() => fixture.stop());
const { redis, storage, driver, inWork, storeOf } = fixture;

test('every type but the right one is refused for an increment and for an append', async () => {
  const shown = { text: '"5"', list: '[5]', record: '{"a":5}', truth: 'true', nothing: 'null', number: '5' };
  const { run, held } = await inWork(1, shown);
  for (const key of Object.keys(shown)) {
    const number = await storage.store.change(
      leaseOf(held[0]!),
      { change: increment(key, 1), number: 0 },
      limits,
    );
    assert.equal(number.kind, key === 'number' ? 'answered' : 'refused', key);
    const list = await storage.store.change(leaseOf(held[0]!), { change: append(key, 1), number: 0 }, limits);
    assert.equal(list.kind, key === 'list' ? 'answered' : 'refused', key);
  }
  assert.deepEqual(await storeOf(run), {
    text: '5',
    list: [5, 1],
    record: { a: 5 },
    truth: true,
    nothing: null,
    number: 6,
  });
});

test('numbers are counted as doubles: integers stay integers, others have a text that reads the same, and none is rounded beyond 2^53', async () => {
  const { held } = await inWork(1);
  const lease = leaseOf(held[0]!);
  const limit = { noNaN: true, min: -1e16, max: 1e16 };
  const number = fc
    .oneof(fc.double(limit), fc.double(), fc.maxSafeInteger(), fc.integer())
    .filter(Number.isFinite);
  await fc.assert(
    fc.asyncProperty(number, number, async (from, by) => {
      await storage.store.change(lease, { change: set('n', from), number: 0 }, limits);
      const result = await storage.store.change(lease, { change: increment('n', by), number: 0 }, limits);
      const sum = from + by;
      const isTiny = from !== 0 && Math.abs(from) < 2.3e-308;
      if (isTiny || [from, by, sum].some((number) => Math.abs(number) > Number.MAX_SAFE_INTEGER)) {
        assert.deepEqual(result, { kind: 'refused', refusal: { rule: 'NOT_EXACT', key: 'n' } });
        return;
      }
      assert.ok(result.kind === 'answered');
      const text = result.answer.valueJson ?? '';
      assert.equal(JSON.parse(text), sum === 0 ? 0 : sum);
      if (Number.isSafeInteger(sum)) assert.equal(text, JSON.stringify(sum));
    }),
    { numRuns: 300 },
  );
});

test('a number that no double holds is not counted with, and is equal to no other', async () => {
  const { held } = await inWork(1);
  const lease = leaseOf(held[0]!);
  const change = (kind: StoreChange, expected?: string) =>
    storage.store.change(
      lease,
      { change: kind, number: 0, ...(expected && { expected: { kind: 'json', json: expected } }) },
      limits,
    );
  const texts = [
    '9007199254740993',
    '12345678901234567890',
    '0.12345678901234567891',
    '1e+400',
    '1e-400',
    '3e-324',
  ];
  for (const text of [...texts, '9'.repeat(40)]) {
    await change({ key: 'n', kind: 'set', json: text });
    assert.deepEqual(await change(increment('n', 1)), {
      kind: 'refused',
      refusal: { rule: 'NOT_EXACT', key: 'n' },
    });
    for (const near of [String(Number(text)), ...texts].filter((one) => one !== text))
      assert.deepEqual(await change(set('n', 0), near), {
        kind: 'answered',
        answer: { applied: false, valueJson: text },
      });
    assert.deepEqual(await change({ key: 'n', kind: 'set', json: '1e-7' }, text), {
      kind: 'answered',
      answer: { applied: true },
    });
  }
  await change(increment('n', 1e-7));
  assert.deepEqual(await change(increment('n', 1), '2e-7'), {
    kind: 'answered',
    answer: { applied: true, valueJson: '1.0000002' },
  });
  for (const [from, by] of [
    [2 ** 53 - 1, 1],
    [1, 2 ** 53],
    [-(2 ** 53), 1],
  ] as const) {
    await change(set('n', from));
    assert.equal((await change(increment('n', by))).kind, 'refused');
  }
  await change(set('n', 2 ** 53 - 2));
  const { answer } = (await change(increment('n', 1))) as { answer: { valueJson: string } };
  assert.equal(answer.valueJson, '9007199254740991');
});

test('an append leaves a list that any JSON parser reads, whatever it holds', async () => {
  const { held } = await inWork(1);
  const lease = leaseOf(held[0]!);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      fc.array(fc.jsonValue(), { minLength: 1 }),
      async (first, more) => {
        const { run, held: others } = await inWork(1, { list: JSON.stringify(first) });
        const report = changing(
          executed(others[0]!, [{}]),
          more.map((value) => append('list', value)),
        );
        assert.equal((await driver.settle(run, [report])).kind, 'committed');
        const expected = JSON.parse(JSON.stringify([...first, ...more]));
        assert.deepEqual(await storeOf(run), { list: expected });
      },
    ),
    { numRuns: 40 },
  );
  assert.equal(
    (await storage.store.change(lease, { change: append('l', ']'), number: 0 }, limits)).kind,
    'answered',
  );
});

test('a thousand appends to a large list in one step hold Redis up for milliseconds only', async () => {
  const { run, held } = await inWork(8, { list: JSON.stringify(Array(25_000).fill('abcdef')) });
  const reports = held.map((one) => changing(executed(one, [{}]), Array(125).fill(append('list', 'abcdef'))));
  await redis.config('RESETSTAT');
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
  const stats = await redis.info('commandstats');
  const [, microseconds] = /cmdstat_evalsha:calls=\d+,usec=(\d+)/.exec(stats) ?? [];
  assert.ok(Number(microseconds) < 40_000, `the step took ${microseconds} µs`);
  assert.equal(((await storeOf(run)).list as unknown[]).length, 26_000);
});
