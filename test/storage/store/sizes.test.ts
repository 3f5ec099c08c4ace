/** Sizes of a store: limits of it and of its values, and a Redis that is full. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import type { StoreLimits } from '../../../services/state-manager/domain/run/store.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { executed } from '../session-driver.ts';
import { append, changing, increment, leaseOf, limits, remove, set, startStore } from './start-store.ts';

const fixture = await startStore();
after(() => fixture.stop());
const { redis, storage, keys, driver, inWork, storeOf } = fixture;

test('no value, no number of keys and no store grows beyond its limit, and what shrinks is let through', async () => {
  const { run, held } = await inWork(6, { a: '"12345678"', b: '[]' });
  const tight = { keys: 2, bytes: 30, valueBytes: 12, listBytes: 12, payloadBytes: 1_000 };
  const cases: readonly [StoreChange[], string?][] = [
    [[set('c', 1)], 'TOO_MANY_KEYS'],
    [[set('a', 'x'.repeat(11))], 'VALUE_TOO_LARGE'],
    [[append('b', 'x'.repeat(9))], 'VALUE_TOO_LARGE'],
    [
      [set('a', 'x'.repeat(10)), set('b', 'x'.repeat(10)), remove('a'), set('cccccccccccccccccccccc', 'x')],
      'STORE_TOO_LARGE',
    ],
    [[remove('b'), set('c', 1)]],
    [[set('a', '1')]],
  ];
  for (const [i, [changes, rule]] of cases.entries()) {
    const result = await driver.settle(run, [changing(executed(held[i]!, [{}]), changes, tight)]);
    const reason = result.kind === 'refused' ? result.reasons.get(held[i]!.state) : undefined;
    const refusal = typeof reason === 'object' && 'rule' in reason ? reason.rule : undefined;
    assert.equal(refusal, rule, JSON.stringify(changes));
  }
  assert.deepEqual(await storeOf(run), { a: '1', c: 1 });
});

test('a list that is appended to is bounded by itself, and the store counts in what the run is given', async () => {
  const { run, held } = await inWork(3, { list: '[1,2,3]' });
  const lease = leaseOf(held[0]!);
  const change = (one: StoreChange, within: StoreLimits) =>
    storage.store.change(lease, { change: one, number: 0 }, within);
  const short = { ...limits, listBytes: 9 };
  assert.equal((await change(append('list', 4), short)).kind, 'answered');
  const longer = await change(append('list', 5), short);
  assert.deepEqual(longer, { kind: 'refused', refusal: { rule: 'LIST_TOO_LARGE', key: 'list' } });
  assert.equal(
    (await change(set('list', [1, 2, 3, 4, 5]), short)).kind,
    'answered',
    'it can be set as a whole',
  );

  const [bytes, inStore] = (await redis.hmget(keys.run(run.runId), 'bytes', 'store_bytes')).map(Number);
  const full = { ...limits, payloadBytes: bytes! + inStore! + 5 };
  const beyond = await change(set('a', 'text'), full);
  assert.deepEqual(beyond, { kind: 'refused', refusal: { rule: 'PAYLOAD_TOO_LARGE', key: 'a' } });
  assert.equal((await change(set('a', 1), full)).kind, 'answered');
  // Outputs leave what the store has taken.
  const narrow = { ...run, limits: { ...run.limits, payloadBytes: bytes! + inStore! + 6 } };
  const [tooMuch] = [executed(held[1]!, [{ value: 'x' }])];
  const result = await driver.settle(narrow, [tooMuch!]);
  const reason = result.kind === 'refused' ? result.reasons.get(held[1]!.state) : undefined;
  assert.deepEqual(reason, { limit: 'payloadBytes', total: bytes! + inStore! + 2 + '{"value":"x"}'.length });
});

test('a full Redis refuses changes that can wait, and takes those that come with a report', async () => {
  const { run, held } = await inWork(1, { n: '1' });
  await redis.config('SET', 'maxmemory', 1);
  try {
    await assert.rejects(
      storage.store.change(leaseOf(held[0]!), { change: increment('n', 1), number: 1 }, limits),
      (error: unknown) => error instanceof FanoutError && error.reason === 'STORAGE_FULL',
    );
    const report = changing(executed(held[0]!, [{}]), [increment('n', 1)]);
    assert.equal((await driver.settle(run, [report])).kind, 'committed');
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
  assert.deepEqual(await storeOf(run), { n: 2 });
});
