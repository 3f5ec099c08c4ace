/** The first values of a store, and changes that come with reports. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { audit } from '../../support/audit/auditor.ts';
import { beginRun } from '../begin-run.ts';
import { dumpAll } from '../fixture.ts';
import { errored, executed, returned } from '../session-driver.ts';
import { append, changing, graph, increment, remove, set, startStore } from './start-store.ts';

const fixture = await startStore();
after(() => fixture.stop());
const { redis, storage, keyPrefix, driver, inWork, storeOf } = fixture;

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
