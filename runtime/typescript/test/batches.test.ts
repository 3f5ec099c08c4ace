/** Nodes whose executions are made together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type BatchItem, Cancelled, defineBatchNode, NotRetryable, Prune, runNode } from '../src/index.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { assignment, leaseOf, outputsOf } from './peer.ts';

const inputs = z.object({ value: z.number() });
const outputs = z.object({ value: z.number() });
type Items = readonly BatchItem<{ value: number }>[];

/** A node that doubles, and the values of each batch that it was given. */
function doubling(size: number, within: `${number}ms` | `${number}h`) {
  const batches: number[][] = [];
  const node = defineBatchNode({
    name: 'DoublingNode',
    inputs,
    outputs,
    batch: { size, within },
    run: async (items) => {
      batches.push(items.map((item) => item.inputs.value));
      return items.map((item) => ({ value: 2 * item.inputs.value }));
    },
  });
  return { node, batches };
}

test('a batch begins when it is full, and each execution gets its own result', async () => {
  const { node, batches } = doubling(3, '1h');
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((value) => runNode(node, { value })));
  assert.deepEqual(
    results.flat().map(({ value }) => value),
    [2, 4, 6, 8, 10, 12],
  );
  assert.deepEqual(batches, [
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

test('a batch that does not fill begins after its time', async () => {
  const { node, batches } = doubling(100, '5ms');
  const results = await Promise.all([1, 2].map((value) => runNode(node, { value })));
  assert.deepEqual(results, [[{ value: 2 }], [{ value: 4 }]]);
  assert.deepEqual(batches, [[1, 2]]);
});

test('an error, a signal and a list among the results concern their execution alone', async () => {
  const node = defineBatchNode({
    name: 'MixedNode',
    inputs,
    outputs,
    batch: { size: 4, within: '1h' },
    run: async () => [
      { value: 1 },
      new NotRetryable('no such row', { code: 'NO_ROW' }),
      new Prune({ why: 'old' }),
      [{ value: 4 }, { value: 5 }],
    ],
  });
  const [first, second, third, fourth] = await Promise.allSettled(
    [1, 2, 3, 4].map((value) => runNode(node, { value })),
  );
  assert.deepEqual(first, { status: 'fulfilled', value: [{ value: 1 }] });
  assert.ok(second?.status === 'rejected' && second.reason.code === 'NO_ROW');
  assert.ok(third?.status === 'rejected' && third.reason instanceof Prune);
  assert.deepEqual(fourth, { status: 'fulfilled', value: [{ value: 4 }, { value: 5 }] });
});

test('what the function throws fails all of its batch, and the next one begins anew', async () => {
  let calls = 0;
  const node = defineBatchNode({
    name: 'ThrowingNode',
    inputs,
    outputs,
    batch: { size: 2, within: '1h' },
    run: async (items: Items) => {
      if (++calls === 1) throw new Error('the database is away');
      return items.map((item) => item.inputs);
    },
  });
  const run = () => Promise.allSettled([1, 2].map((value) => runNode(node, { value })));
  for (const each of await run())
    assert.ok(each.status === 'rejected' && /is away/.test(each.reason.message));
  assert.deepEqual(
    (await run()).map(({ status }) => status),
    ['fulfilled', 'fulfilled'],
  );
});

test('results that are not one for each execution fail all of them, once and for all', async () => {
  for (const wrong of [[{ value: 1 }], 'none']) {
    const node = defineBatchNode({
      name: 'MiscountingNode',
      inputs,
      outputs,
      batch: { size: 2, within: '1h' },
      run: async () => wrong as { value: number }[],
    });
    const given = Array.isArray(wrong) ? '1 results' : 'no list';
    for (const each of await Promise.allSettled([1, 2].map((value) => runNode(node, { value })))) {
      assert.ok(each.status === 'rejected' && each.reason instanceof NotRetryable);
      assert.equal(
        each.reason.message,
        `MiscountingNode has returned ${given} for a batch of 2: return one result for each execution, in their order`,
      );
    }
  }
});

test('an execution that is cancelled while it waits leaves its batch', async () => {
  const { node, batches } = doubling(2, '1h');
  const controller = new AbortController();
  const left = runNode(node, { value: 1 }, { signal: controller.signal });
  controller.abort(new Cancelled('CANCELLED', 'by a user'));
  await assert.rejects(left, /by a user/);
  await Promise.all([2, 3].map((value) => runNode(node, { value })));
  assert.deepEqual(batches, [[2, 3]]);
});

test('a batch that cannot work is refused', () => {
  const define = (batch: { size: number; within: number }, concurrency?: number) =>
    defineBatchNode({ name: 'BadNode', inputs, outputs, batch, concurrency, run: async () => [] });
  assert.throws(
    () => define({ size: 1, within: 10 }),
    /BadNode: batch.size 1: must be a whole number from 2 to/,
  );
  assert.throws(() => define({ size: 10, within: 0 }), /batch.within 0: must be more than 0/);
  assert.throws(
    () => define({ size: 10, within: 10 }, 9),
    /batch.size 10: must be at most its concurrency, which is 9/,
  );
  assert.throws(() => define({ size: 10, within: 10, wait: 1 } as never), /wait/);
});

test('states of a runtime are executed in one call, and reported one by one', async (t) => {
  const peer = await startPeer(t);
  const { node, batches } = doubling(3, '1h');
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(...[1, 2, 3].map((value) => assignment('DoublingNode', value, { value })));
  const reports = await stream.reports(3);
  assert.deepEqual(batches, [[1, 2, 3]]);
  const found = reports.map((report) => [leaseOf(report).stateId, outputsOf(report)]);
  assert.deepEqual(
    new Map(found as [string, unknown][]),
    new Map(
      [1, 2, 3].map((value) => [leaseOf(assignment('DoublingNode', value)).stateId, [{ value: 2 * value }]]),
    ),
  );
});
