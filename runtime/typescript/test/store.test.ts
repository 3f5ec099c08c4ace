/** The run's store as a node sees it: in memory, and through a state manager. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { z } from 'zod';
import { RemoteStore } from '../src/hosting/remote-store.ts';
import { defineNode, FanoutError, MemoryStore, runNode } from '../src/index.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { assignment, outputsOf } from './peer.ts';

const Visit = defineNode({
  name: 'VisitNode',
  inputs: z.object({ page: z.string(), fails: z.boolean().default(false) }),
  outputs: z.object({ visits: z.number() }),
  async run({ page, fails }, { store, report }) {
    const visits = await store.increment('visits');
    report.append('pages', page);
    report.increment('done');
    report.set('last', { page });
    report.delete('first');
    if (fails) throw new Error('on purpose');
    return { visits };
  },
});

function isStoreInvalid(error: unknown): boolean {
  return error instanceof FanoutError && error.reason === 'STORE_INVALID';
}

describe('a store in memory', () => {
  test('takes what a node changes at once, and what its result brings', async () => {
    const store = new MemoryStore({ pages: ['a'], first: 1 });
    assert.deepEqual(await runNode(Visit, { page: 'b' }, { store }), [{ visits: 1 }]);
    assert.deepEqual(await runNode(Visit, { page: 'c' }, { store }), [{ visits: 2 }]);
    assert.deepEqual(store.values, { pages: ['a', 'b', 'c'], visits: 2, done: 2, last: { page: 'c' } });
  });

  test('forgets what a node that throws has collected', async () => {
    const store = new MemoryStore();
    await assert.rejects(runNode(Visit, { page: 'a', fails: true }, { store }), /on purpose/);
    assert.deepEqual(store.values, { visits: 1 });
  });

  test('makes all changes of a result, or none', async () => {
    const store = new MemoryStore({ done: 'a word' });
    await assert.rejects(runNode(Visit, { page: 'a' }, { store }), isStoreInvalid);
    assert.deepEqual(store.values, { done: 'a word', visits: 1 });
    await assert.rejects(runNode(Visit, { page: 'a' }, { store: { visits: [] } }), /both have to be numbers/);
  });

  test('does not count where a double would round, as a state manager does not', async () => {
    const store = new MemoryStore({ n: Number.MAX_SAFE_INTEGER });
    for (const by of [1, -(2 ** 60)])
      await assert.rejects(store.increment('n', by), /cannot be incremented exactly/);
    assert.equal(await store.increment('n', -1), Number.MAX_SAFE_INTEGER - 1);
  });

  test('reads, compares, sets and deletes as a state manager does', async () => {
    const store = new MemoryStore({ a: { x: 1, y: [2] } });
    assert.deepEqual(await store.compareAndSet<unknown>('a', { y: [2], x: 1 }, 'new'), {
      applied: true,
      value: 'new',
    });
    assert.deepEqual(await store.compareAndSet('a', 'old', 'newer'), { applied: false, value: 'new' });
    assert.deepEqual(await store.compareAndSet('b', undefined, 1), { applied: true, value: 1 });
    assert.deepEqual(await store.compareAndSet('b', 1, undefined), { applied: true, value: undefined });
    await store.set('c', null);
    assert.deepEqual(await store.getMany(['a', 'b', 'c']), { a: 'new', c: null });
    assert.equal(await store.get('b'), undefined);
    await store.delete('a');
    await store.append('d', 1);
    assert.deepEqual(store.values, { c: null, d: [1] });
    await assert.rejects(store.set('a.b', 1), isStoreInvalid);
    await assert.rejects(store.set('__proto__', 1), isStoreInvalid);
    assert.equal(await store.get('constructor'), undefined);
    await assert.rejects(store.append('c', 1), isStoreInvalid);
    await assert.rejects(store.set('a', undefined), TypeError);
  });
});

test('a key without a value has none, whatever objects call so', async () => {
  const store = new RemoteStore({
    read: async (keys) => ({ entries: [], lookedUp: keys.length }),
    change: async () => ({}),
  });
  for (const key of ['constructor', 'toString']) assert.equal(await store.get(key), undefined);
});

test('a change whose answer is lost is sent again under its number, and those behind it wait', async (t) => {
  const numbers: (number | undefined)[] = [];
  const peer = await startPeer(t, undefined, ({ changeNumber, change }) => {
    numbers.push(changeNumber);
    if (numbers.length < 3) throw Object.assign(new Error('lost'), { code: grpc.status.UNAVAILABLE });
    return { applied: true, valueJson: String(change?.increment) };
  });
  const Twice = defineNode({
    name: 'TwiceNode',
    inputs: z.object({}),
    outputs: z.object({ sums: z.array(z.number()) }),
    run: async (_, { store }) => ({
      sums: await Promise.all([store.increment('a', 7), store.increment('b', 8)]),
    }),
  });
  const { runtime } = hostNodes(t, [Twice], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('TwiceNode', 1));
  const [report] = await stream.reports(1);
  assert.deepEqual(outputsOf(report), [{ sums: [7, 8] }]);
  assert.deepEqual(numbers, [1, 1, 1, 2]);
  stream.accept([report!]);
});

test('a report carries the changes of a result, also ahead of emits, and none with an error', async (t) => {
  const Many = defineNode({
    name: 'ManyNode',
    inputs: z.object({
      outputs: z.number(),
      changes: z.number().default(1),
      fails: z.boolean().default(false),
    }),
    outputs: z.object({}),
    run({ outputs, changes, fails }, { report }) {
      for (let i = 0; i < changes; i++) report.increment('n', 2);
      if (fails) throw new Error('on purpose');
      return Array.from({ length: outputs }, () => ({}));
    },
  });
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Many], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  const inputs = [{ outputs: 1 }, { outputs: 1, fails: true }, { outputs: 1, changes: 257 }];
  stream.assign(...inputs.map((one, i) => assignment('ManyNode', i, one)));
  const [fine, thrown, tooMany] = await stream.reports(3);
  assert.deepEqual(
    fine?.storeChanges?.map(({ key, increment }) => [key, increment]),
    [['n', 2]],
  );
  assert.deepEqual([thrown?.errored?.code, thrown?.storeChanges ?? []], ['NODE_ERROR', []]);
  assert.deepEqual([tooMany?.errored?.code, tooMany?.storeChanges ?? []], ['STORE_INVALID', []]);
  stream.accept([fine!, thrown!, tooMany!]);

  const wide = assignment('ManyNode', 9, { outputs: 1_001 });
  stream.assign(wide);
  for (let left = 1_001; left > 0; ) {
    for (const { firstIndex = 0, outputs = [], stateId = '', leaseToken = '' } of (await stream.next('emits'))
      .items ?? []) {
      left -= outputs.length;
      stream.ack({ stateId, leaseToken, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex });
    }
  }
  const [staged] = await stream.reports(1);
  assert.equal(staged?.executed?.emitCount, 1_001);
  assert.equal(staged?.storeChanges?.length, 1);
  stream.accept([staged!]);
});

test('nothing is collected once the node has returned', async () => {
  let late: (() => void) | undefined;
  const Late = defineNode({
    name: 'LateNode',
    inputs: z.object({}),
    outputs: z.object({}),
    run: (_, { report }) => {
      late = () => report.increment('n');
      return {};
    },
  });
  await runNode(Late, {});
  assert.throws(() => late?.(), /"n" cannot be changed: the node has returned/);
});
