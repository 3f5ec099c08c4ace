import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import type { StoreChange } from '../../services/state-manager/domain/model/store.ts';
import type { StoreLimits, StoreStep } from '../../services/state-manager/domain/run/store.ts';
import { storeLimits } from '../../services/state-manager/domain/run/store.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimedState, PlannedReport } from '../../services/state-manager/engine/ports/settling.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { audit } from '../support/audit/auditor.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from './fixture.ts';
import { errored, executed, returned, SessionDriver, values } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')],
});
const limits = storeLimits(1_000_000, 4_000_000_000);

/** A run with so many states of its second node leased. */
async function inWork(
  width: number,
  store: Readonly<Record<string, string>> = {},
): Promise<{ run: LoadedRun; held: ClaimedState[] }> {
  const run = newRun(graph);
  await beginRun(storage.runs, {
    ...run,
    digest: '',
    inputsJson: '{}',
    store: new Map(Object.entries(store)),
  });
  const [root] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(root!, values(width))]);
  return { run, held: await driver.claim(run, [1]) };
}

function changing(
  report: PlannedReport,
  changes: StoreChange[],
  within: StoreLimits = limits,
): PlannedReport {
  const store: StoreStep = { changes, limits: within };
  return { ...report, store };
}

const set = (key: string, value: unknown): StoreChange => ({ key, kind: 'set', json: JSON.stringify(value) });
const remove = (key: string): StoreChange => ({ key, kind: 'delete' });
const increment = (key: string, by: number): StoreChange => ({ key, kind: 'increment', by });
const append = (key: string, value: unknown): StoreChange => ({
  key,
  kind: 'append',
  json: JSON.stringify(value),
});

async function storeOf({ runId }: LoadedRun): Promise<Record<string, unknown>> {
  const stored = await redis.hgetall(keys.store(runId));
  const bytes = Object.entries(stored)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  assert.equal(Number(await redis.hget(keys.run(runId), 'store_bytes')), bytes, 'the size is counted right');
  return Object.fromEntries(Object.entries(stored).map(([key, text]) => [key, JSON.parse(text)]));
}

function leaseOf(held: ClaimedState) {
  return { runId: held.run.runId, state: held.state, leaseToken: held.record.leaseToken };
}

test('a run begins with its first values, once', async () => {
  const { run } = await inWork(1, { a: '"é"', b: '[]' });
  assert.deepEqual(await storeOf(run), { a: 'é', b: [] });
  const again = { ...run, digest: '', inputsJson: '{}', store: new Map([['a', '1']]) };
  assert.deepEqual(await beginRun(storage.runs, again), { created: false, digest: '' });
  assert.deepEqual(await storeOf(run), { a: 'é', b: [] });
});

test('changes of reports are made in the step that settles, in their order, and once', async () => {
  const { run, held } = await inWork(2, { gone: '1', list: '[{"x":1}]', count: '40' });
  const first = changing(executed(held[0]!, [{}]), [
    increment('count', 1),
    append('list', { y: [] }),
    append('new', 1),
    remove('gone'),
    remove('never'),
    set('text', 'old'),
  ]);
  const second = changing(errored(held[1]!, true), [
    increment('count', 1),
    append('new', 2),
    set('text', 'new'),
  ]);
  assert.equal((await driver.settle(run, [first, second])).kind, 'committed');
  const expected = { count: 42, list: [{ x: 1 }, { y: [] }], new: [1, 2], text: 'new' };
  assert.deepEqual(await storeOf(run), expected);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  const before = await dumpAll(redis);
  assert.equal((await driver.settle(run, [first])).kind, 'refused');
  assert.equal((await driver.settle(run, [second])).kind, 'refused');
  assert.deepEqual(await dumpAll(redis), before);
});

test('a report whose changes break a rule is refused, writes nothing, and does not count for those behind it', async () => {
  const { run, held } = await inWork(4, { text: '"1"', count: '1' });
  const reports = [
    changing(executed(held[0]!, [{}]), [increment('count', 1)]),
    changing(executed(held[1]!, [{}]), [set('count', 'a word'), increment('text', 1)]),
    changing(executed(held[2]!, [{}]), [increment('count', 1), append('list', 1)]),
    changing(executed(held[3]!, [{}]), [append('list', 2), append('count', 3)]),
  ];
  const before = await dumpAll(redis);
  const [, second, , fourth] = held.map(({ state }) => state);
  assert.deepEqual(await driver.settle(run, reports), {
    kind: 'refused',
    reasons: new Map([
      [second!, { rule: 'NOT_A_NUMBER', key: 'text' }],
      [fourth!, { rule: 'NOT_A_LIST', key: 'count' }],
    ]),
  });
  assert.deepEqual(await dumpAll(redis), before);
  assert.equal((await driver.settle(run, [reports[0]!, reports[2]!])).kind, 'committed');
  assert.deepEqual(await storeOf(run), { text: '1', count: 3, list: [1] });
});

test('a stale report says so before anybody looks at its changes', async () => {
  const { run, held } = await inWork(2, { text: '"1"' });
  await driver.settle(run, [returned(held[0]!)]);
  await driver.claim(run, [1]);
  const stale = changing(executed(held[0]!, [{}]), [set('text', 1)]);
  const fine = changing(executed(held[1]!, [{}]), [increment('text', 1)]);
  assert.deepEqual(await driver.settle(run, [stale, fine]), {
    kind: 'refused',
    reasons: new Map([[held[0]!.state, 'STALE']]),
  });
});

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
