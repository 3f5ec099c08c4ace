/** Places of a runtime: one is free when the function that has it has returned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './eventually.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, heldNode } from './nodes.ts';
import { assignment, leaseOf, outputsOf } from './peer.ts';

const lease = (number: number) => leaseOf(assignment('any', number));

test('an execution that has timed out keeps its place until its function has returned', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode('HeldNode', '50ms');
  const { runtime } = hostNodes(t, [held.node, Double], { address: peer.address, concurrency: 2 });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1), assignment('HeldNode', 2));
  await held.waitFor(2);
  stream.accept(await stream.reports(2));
  const kinds = stream.frames.map(({ frame }) => frame);
  assert.ok(
    kinds.indexOf('capacity') < kinds.indexOf('reports'),
    'told before the places could be given away',
  );
  assert.deepEqual(await stream.next('capacity'), { total: 1, lingering: 1 });
  assert.deepEqual(await stream.next('capacity'), { total: 0, lingering: 2 });

  // A state manager that has not heard it yet.
  stream.assign(assignment('DoubleNode', 3, { value: 1 }));
  held.release();
  const [report] = await stream.reports(1);
  assert.deepEqual([leaseOf(report!), outputsOf(report)], [lease(3), [{ value: 2 }]]);
  await eventually(async () => {
    const last = stream.frames.findLast(({ capacity }) => capacity)?.capacity;
    assert.deepEqual(last, { total: 2 });
  });
});

test('one place runs one at a time, however many were taken back', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const node = { ...held.node, concurrency: 1 };
  const { runtime } = hostNodes(t, [node, Double], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  for (let number = 1; number <= 5; number++) {
    stream.send({ cancellations: { items: [{ ...lease(number), reason: 'CANCELLED' }] } });
    stream.assign(assignment('HeldNode', number + 1));
  }
  // Another node has its own places.
  stream.assign(assignment('DoubleNode', 7, { value: 1 }));
  assert.equal((await stream.reports(1))[0]?.stateId, lease(7).stateId);
  assert.equal(held.begun.length, 1);
  assert.ok(held.begun[0]?.signal.aborted, 'it is told, as ever');
  held.release();
  await held.waitFor(2);
  assert.equal(held.begun[1]?.stateId, lease(6).stateId, 'what was taken back before it began never begins');
  held.release();
  assert.equal((await stream.reports(1))[0]?.stateId, lease(6).stateId);
  assert.equal(held.begun.length, 2);
});

test('an assignment that finds no place goes back, as the same attempt, so that others may take it', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime, log } = hostNodes(t, [held.node], { address: peer.address, concurrency: 1 });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  stream.send({ cancellations: { items: [{ ...lease(1), reason: 'UNITE_DECIDED' }] } });
  stream.assign(assignment('HeldNode', 2));
  const [report] = await stream.reports(1);
  assert.deepEqual(leaseOf(report!), lease(2));
  assert.deepEqual(report?.requeued?.delay, { seconds: 0, nanos: 0 });
  assert.equal(held.begun.length, 1);

  const lingers = log.find(({ event }) => event === 'node_lingers');
  const where = { nodeName: 'HeldNode', runId: 'run-1', stateId: 'run-1.1', identifier: 'place', attempt: 1 };
  assert.deepEqual(lingers, {
    level: 'warn',
    event: 'node_lingers',
    ...where,
    code: 'UNITE_DECIDED',
    lingering: 1,
  });
  held.release();
  await eventually(async () => {
    const { lingering, lingeredMs } = log.find(({ event }) => event === 'node_returned') ?? {};
    assert.equal(lingering, 0);
    assert.ok(Number(lingeredMs) >= 1_000);
  });
});

test('a new session begins with the places that are left', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [{ ...held.node, concurrency: 3 }], {
    address: peer.address,
    concurrency: 4,
  });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1), assignment('HeldNode', 2));
  await held.waitFor(2);
  before.fail(14, 'SESSION_EXPIRED');
  const { stream, hello } = await peer.open();
  assert.deepEqual(hello.capacity, { total: 2, perNode: { HeldNode: 1 }, lingering: 2 });
  stream.welcome({ sessionId: 'session-2' });
  held.release();
  let capacity = await stream.next('capacity');
  while (capacity.lingering) capacity = await stream.next('capacity');
  assert.deepEqual(capacity, { total: 4, perNode: { HeldNode: 3 } });
});
