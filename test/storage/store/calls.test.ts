/** Calls that read and change a store: of the holder of a lease, and of users. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { dumpAll } from '../fixture.ts';
import { executed, returned } from '../session-driver.ts';
import { increment, leaseOf, limits, remove, set, startStore } from './start-store.ts';

const fixture = await startStore();
after(() => fixture.stop());
const { redis, storage, keys, driver, inWork, storeOf } = fixture;

test('a holder of a lease reads and changes, and nobody else does', async () => {
  const { run, held } = await inWork(2, { a: '1', b: '"x"' });
  const lease = leaseOf(held[0]!);
  const { store } = storage;
  assert.deepEqual(await store.read(lease, ['b', 'none', 'a'], 1_000), {
    kind: 'read',
    lookedUp: 3,
    entries: [
      { key: 'b', valueJson: '"x"' },
      { key: 'a', valueJson: '1' },
    ],
  });
  assert.deepEqual(await store.read(lease, ['b', 'none', 'a'], 3), {
    kind: 'read',
    lookedUp: 2,
    entries: [{ key: 'b', valueJson: '"x"' }],
  });
  await driver.settle(run, [executed(held[0]!, [{}])]);
  await driver.settle(run, [returned(held[1]!)]);
  const before = await dumpAll(redis);
  for (const gone of [
    lease,
    leaseOf(held[1]!),
    { ...lease, leaseToken: 'forged' },
    { ...lease, state: 99 },
    { ...lease, runId: 'nobody' },
  ]) {
    assert.deepEqual(await store.read(gone, ['a'], 1_000), { kind: 'stale' });
    assert.deepEqual(await store.change(gone, { change: set('a', 2), number: 1 }, limits), { kind: 'stale' });
  }
  assert.deepEqual(await dumpAll(redis), before);
});

test('a change is made only if the value is as expected, else the value that is there is answered', async () => {
  const { run, held } = await inWork(1, { n: '0.1', gone: '1' });
  const lease = leaseOf(held[0]!);
  const swap = async (key: string, expected: string | undefined, change: StoreChange = set(key, 'new')) => {
    const expectation =
      expected === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'json', json: expected } as const);
    const result = await storage.store.change(lease, { change, expected: expectation, number: 0 }, limits);
    return result.kind === 'answered' ? result.answer : result;
  };
  assert.deepEqual(await swap('n', '1'), { applied: false, valueJson: '0.1' });
  assert.deepEqual(await swap('n', undefined), { applied: false, valueJson: '0.1' });
  assert.deepEqual(await swap('none', '1'), { applied: false });
  assert.deepEqual(await swap('n', '0.1', increment('n', 0.2)), {
    applied: true,
    valueJson: '0.30000000000000004',
  });
  assert.deepEqual(await swap('n', '0.30000000000000004', set('n', { a: 1 })), { applied: true });
  assert.deepEqual(await swap('n', '{"a":1}'), { applied: true });
  assert.deepEqual(await swap('first', undefined), { applied: true });
  assert.deepEqual(await swap('gone', '1', remove('gone')), { applied: true });
  assert.deepEqual(await storeOf(run), { n: 'new', first: 'new' });
});

test('of many who compare and set at once, one wins each round', async () => {
  const { run, held } = await inWork(10, { n: '0' });
  const wins: number[] = [];
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(
      held.map((one) =>
        storage.store.change(
          leaseOf(one),
          { change: set('n', round + 1), expected: { kind: 'json', json: String(round) }, number: 0 },
          limits,
        ),
      ),
    );
    wins.push(answers.filter((result) => result.kind === 'answered' && result.answer.applied).length);
  }
  assert.deepEqual(wins, Array(20).fill(1));
  assert.deepEqual(await storeOf(run), { n: 20 });
});

test('a numbered change that is sent again is answered as before, and a late one is not made', async () => {
  const { run, held } = await inWork(2, {});
  const lease = leaseOf(held[0]!);
  const ask = (number: number, holder = lease) =>
    storage.store.change(holder, { change: increment('n', 1), number }, limits);
  const first = { kind: 'answered', answer: { applied: true, valueJson: '1' } };
  assert.deepEqual(await ask(1), first);
  assert.deepEqual(await ask(1, leaseOf(held[1]!)), {
    kind: 'answered',
    answer: { applied: true, valueJson: '2' },
  });
  assert.deepEqual(await ask(1), first);
  assert.deepEqual(await ask(2), { kind: 'answered', answer: { applied: true, valueJson: '3' } });
  assert.deepEqual(await ask(1), { kind: 'late' });
  assert.deepEqual(await storeOf(run), { n: 3 });
  assert.ok(
    (await redis.pttl(keys.storeMade(run.runId, lease.state, lease.leaseToken))) > 0,
    'it goes by itself',
  );
});

test('the store is read in pages, ordered by key, each within its bytes', async () => {
  const expected = Array.from({ length: 25 }, (_, i) => ({
    key: `k${String(i).padStart(2, '0')}`,
    valueJson: String(i),
  }));
  const { run } = await inWork(
    1,
    Object.fromEntries(expected.map(({ key, valueJson }) => [key, valueJson]).reverse()),
  );
  for (const [pageSize, maxBytes] of [
    [10, 1_000],
    [1_000, 7],
    [25, 1_000],
    [1, 0],
  ] as const) {
    const found = [];
    let pageToken = '';
    do {
      const page = await storage.store.page(run.runId, { pageSize, pageToken }, maxBytes);
      assert.ok(page.items.length <= pageSize);
      found.push(...page.items);
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    assert.deepEqual(found, expected);
  }
  assert.deepEqual(await storage.store.page('nobody', { pageSize: 5, pageToken: '' }, 10), { items: [] });
  await assert.rejects(
    storage.store.page(run.runId, { pageSize: 5, pageToken: 'a.b' }, 10),
    (error: unknown) => error instanceof FanoutError && error.reason === 'PAGE_TOKEN_INVALID',
  );
});
