/** Getting a stream, keeping it, and getting another one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { z } from 'zod';
import { defineNode } from '../src/nodes/node.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, heldNode, Sum } from './nodes.ts';
import { assignment, leaseOf, outputsOf } from './peer.ts';

test('the hello names the nodes with their schemas, the capacity and the namespace', async (t) => {
  const peer = await startPeer(t);
  const slow = { ...Double, name: 'SlowNode', concurrency: 2 };
  const { runtime } = hostNodes(t, [Double, slow, Sum], {
    address: peer.address,
    namespace: 'tenant',
    concurrency: 7,
  });
  const started = runtime.start();
  const { stream, hello } = await peer.open();
  assert.equal(hello.protocolVersion, 1);
  assert.equal(hello.namespace, 'tenant');
  assert.equal(hello.runtimeName, 'test');
  assert.equal(hello.language, 'typescript');
  assert.equal(hello.sessionId ?? '', '');
  assert.deepEqual(hello.capacity, { total: 7, perNode: { SlowNode: 2 } });
  assert.deepEqual(
    hello.nodes?.map(({ name, iteratorInputs }) => [name, iteratorInputs ?? []]),
    [
      ['DoubleNode', []],
      ['SlowNode', []],
      ['SumNode', ['values']],
    ],
  );
  const schema = JSON.parse(hello.nodes?.[2]?.inputSchemaJson ?? '');
  assert.deepEqual(schema.properties.values, { type: 'array', items: { type: 'number' } });
  assert.deepEqual(schema.required, ['values'], 'what has a default need not be given');
  stream.welcome();
  await started;
});

test('the token goes with the stream', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address, token: 'secret' });
  const started = runtime.start();
  const stream = await peer.welcome();
  await started;
  assert.deepEqual(stream.metadata.get('authorization'), ['Bearer secret']);
});

test('starting waits for a state manager that is not there yet', async (t) => {
  const gone = await startPeer(t);
  gone.stop();
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], {
    addresses: [gone.address, peer.address],
    addressOrder: 'GIVEN',
  });
  const started = runtime.start();
  await peer.welcome();
  await started;
});

for (const [code, reason] of [
  [grpc.status.INVALID_ARGUMENT, 'HELLO_INVALID'],
  [grpc.status.PERMISSION_DENIED, 'PERMISSION_DENIED'],
  [grpc.status.UNAUTHENTICATED, 'TOKEN_INVALID'],
  [grpc.status.FAILED_PRECONDITION, 'PROTOCOL_VERSION'],
] as const) {
  test(`${reason} is final: starting fails with it`, async (t) => {
    const peer = await startPeer(t);
    const { runtime } = hostNodes(t, [Double], { address: peer.address });
    const started = runtime.start();
    const { stream } = await peer.open();
    stream.fail(code, reason);
    await assert.rejects(started, { name: 'FanoutError', code, reason });
    assert.equal(peer.streamCount, 1);
  });
}

test('a session that another stream took over ends run() with an error', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  const running = assert.rejects(runtime.run(), { reason: 'SESSION_SUPERSEDED' });
  const stream = await peer.welcome();
  stream.fail(grpc.status.ABORTED, 'SESSION_SUPERSEDED');
  await running;
  assert.equal(process.listenerCount('SIGTERM'), 0);
});

test('a runtime that only started does not go without a word', async (t) => {
  const peer = await startPeer(t);
  const { runtime, log } = hostNodes(t, [Double], { address: peer.address });
  const started = runtime.start();
  const stream = await peer.welcome();
  await started;
  stream.fail(grpc.status.UNAUTHENTICATED, 'TOKEN_INVALID');
  // Its loop ends with the error, and starting again tells it as well.
  await assert.rejects(runtime.run(), { reason: 'TOKEN_INVALID' });
  await assert.rejects(runtime.start(), { reason: 'TOKEN_INVALID' });
  const { level, event, reason } = log.at(-1)!;
  assert.deepEqual([level, event, reason], ['error', 'runtime_failed', 'TOKEN_INVALID']);
});

test('a final error aborts what runs, and stopping after it does not wait for it', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address, drainTimeout: '1h' });
  const running = assert.rejects(runtime.run(), { reason: 'SESSION_SUPERSEDED' });
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  stream.fail(grpc.status.ABORTED, 'SESSION_SUPERSEDED');
  await running;
  assert.ok(held.begun[0]?.signal.aborted);
  await runtime.stop();
  held.release();
});

test('a stream that breaks is replaced at the next address, and the session resumes with all its leases', async (t) => {
  const [first, second] = [await startPeer(t), await startPeer(t)];
  const held = heldNode();
  const { runtime } = hostNodes(t, [Double, held.node], {
    addresses: [first.address, second.address],
    addressOrder: 'GIVEN',
  });
  void runtime.start();
  const before = await first.welcome();
  before.assign(assignment('HeldNode', 1), assignment('DoubleNode', 2, { value: 4 }));
  const [unacked] = await before.reports(1);
  await held.waitFor(1);
  first.stop();

  const { stream, hello } = await second.open();
  assert.equal(hello.sessionId, 'session-1');
  const byId = (hello.heldLeases ?? []).map(leaseOf).sort((a, b) => (a.stateId < b.stateId ? -1 : 1));
  assert.deepEqual(byId, [
    { stateId: 'run-1.1', leaseToken: 'session-1-1' },
    { stateId: 'run-1.2', leaseToken: 'session-1-2' },
  ]);
  stream.welcome({ resumed: true });
  const [again] = await stream.reports(1);
  assert.deepEqual(again, unacked, 'an unacked report is sent again as it was');
  held.release();
  const [late] = await stream.reports(1);
  assert.deepEqual(leaseOf(late!), { stateId: 'run-1.1', leaseToken: 'session-1-1' });
  assert.equal(held.begun.length, 1, 'what runs goes on, and is not run again');
  assert.ok(!held.begun[0]?.signal.aborted);
});

test('leases that the welcome calls lost are aborted and never reported', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [Double, held.node], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1), assignment('DoubleNode', 2, { value: 4 }));
  await before.reports(1);
  await held.waitFor(1);
  before.fail(grpc.status.UNAVAILABLE);

  const { stream, hello } = await peer.open();
  stream.welcome({ resumed: true, lostLeases: (hello.heldLeases ?? []).map(leaseOf) });
  stream.assign(assignment('DoubleNode', 3, { value: 1 }));
  const [only] = await stream.reports(1);
  assert.equal(only?.stateId, 'run-1.3');
  assert.ok(held.begun[0]?.signal.aborted);
  held.release();
});

test('a session that could not be resumed begins anew, without what it held', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [Double, held.node], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  before.fail(grpc.status.UNAVAILABLE, 'SESSION_EXPIRED');

  const { stream, hello } = await peer.open();
  assert.equal(hello.sessionId ?? '', '');
  assert.deepEqual(hello.heldLeases ?? [], []);
  assert.ok(held.begun[0]?.signal.aborted);
  stream.welcome({ sessionId: 'session-2' });
  held.release();
  stream.assign(assignment('DoubleNode', 2, { value: 1 }));
  const [only] = await stream.reports(1);
  assert.equal(only?.stateId, 'run-1.2');
});

test('a welcome that did not resume the session ends all that was held', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [Double, held.node], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1), assignment('DoubleNode', 2, { value: 1 }));
  await held.waitFor(1);
  await before.reports(1);
  before.fail(grpc.status.UNAVAILABLE);
  const stream = await peer.welcome({ sessionId: 'session-2', resumed: false });
  stream.assign(assignment('DoubleNode', 3, { value: 1 }));
  const [only] = await stream.reports(1);
  assert.equal(only?.stateId, 'run-1.3');
  assert.ok(held.begun[0]?.signal.aborted);
  held.release();
});

test('a cancellation aborts the signal, and nothing is reported', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [Double, held.node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  stream.send({
    cancellations: { items: [{ stateId: 'run-1.1', leaseToken: 'another', reason: 'TIMEOUT' }] },
  });
  stream.send({ ping: { nonce: 1 } });
  await stream.next('pong');
  assert.ok(!held.begun[0]?.signal.aborted, 'another lease of the state is another matter');
  stream.send({
    cancellations: { items: [{ stateId: 'run-1.1', leaseToken: 'session-1-1', reason: 'TIMEOUT' }] },
  });
  stream.send({ ping: { nonce: 2 } });
  assert.deepEqual(await stream.next('pong'), { nonce: 2 });
  assert.ok(held.begun[0]?.signal.aborted);
  assert.equal(held.begun[0]?.signal.reason.code, 'TIMEOUT');
  held.release();
  stream.assign(assignment('DoubleNode', 2, { value: 21 }));
  const [only] = await stream.reports(1);
  assert.deepEqual(outputsOf(only), [{ value: 42 }]);
});

test('a frame of a kind that it does not know is ignored', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.send({});
  stream.assign(assignment('DoubleNode', 1, { value: 1 }));
  await stream.reports(1);
});

test('heartbeats come at the interval of the welcome, with the newest progress of each state', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome({ heartbeatInterval: { nanos: 50e6 } });
  await stream.next('heartbeat');
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  for (let row = 1; row <= 1_000; row++) held.begun[0]?.heartbeat(`row ${row}`);
  let progress = (await stream.next('heartbeat')).progress ?? [];
  while (progress.length === 0) progress = (await stream.next('heartbeat')).progress ?? [];
  assert.deepEqual(progress, [{ stateId: 'run-1.1', leaseToken: 'session-1-1', message: 'row 1000' }]);
  held.release();
});

test('a state manager that is silent for half a lease interval is left for the next one', async (t) => {
  const [silent, next] = [await startPeer(t), await startPeer(t)];
  const { runtime } = hostNodes(t, [Double], {
    addresses: [silent.address, next.address],
    addressOrder: 'GIVEN',
  });
  void runtime.start();
  await silent.welcome({ heartbeatInterval: { nanos: 40e6 }, leaseInterval: { nanos: 160e6 } });
  const { hello } = await next.open();
  assert.equal(hello.sessionId, 'session-1');
});

test('a node that keeps the event loop busy for longer does not cost the connection', async (t) => {
  const peer = await startPeer(t);
  const Busy = defineNode({
    name: 'BusyNode',
    inputs: z.object({}),
    outputs: z.object({}),
    run() {
      for (const until = performance.now() + 250; performance.now() < until; );
    },
  });
  const { runtime } = hostNodes(t, [Busy], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome({ heartbeatInterval: { nanos: 40e6 }, leaseInterval: { nanos: 160e6 } });
  const pings = setInterval(() => stream.send({ ping: { nonce: 1 } }), 10);
  t.after(() => clearInterval(pings));
  stream.assign(assignment('BusyNode', 1));
  stream.accept(await stream.reports(1));
  for (let beat = 0; beat < 5; beat++) await stream.next('heartbeat');
  assert.equal(peer.streamCount, 1);
});

test('a drain lets work finish, then leads to the next state manager with a new session', async (t) => {
  const [first, second] = [await startPeer(t), await startPeer(t)];
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], {
    addresses: [first.address, second.address],
    addressOrder: 'GIVEN',
  });
  void runtime.start();
  const leaving = await first.welcome();
  leaving.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  leaving.send({ drain: { reason: 'restart', grace: { seconds: 10 } } });
  leaving.send({ ping: { nonce: 1 } });
  await leaving.next('pong');
  held.release();
  const reports = await leaving.reports(1);
  assert.ok(!leaving.frames.some(({ goodbye }) => goodbye), 'not before the report is acked');
  leaving.accept(reports);
  await leaving.next('goodbye');
  await leaving.ended();
  leaving.end();
  const { hello } = await second.open();
  assert.equal(hello.sessionId ?? '', '');
  assert.deepEqual(hello.heldLeases ?? [], []);
});
