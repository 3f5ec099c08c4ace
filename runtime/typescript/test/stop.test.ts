/** Leaving: a runtime drains, says goodbye, and ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, heldNode } from './nodes.ts';
import { assignment } from './peer.ts';

test('stopping takes nothing new, finishes, waits for the acks and says goodbye, once', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address, drainTimeout: '10s' });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  const stopped = Promise.all([runtime.stop(), runtime.stop()]);
  assert.deepEqual((await stream.next('capacity')).total ?? 0, 0);
  held.release();
  const reports = await stream.reports(1);
  assert.ok(!stream.frames.some(({ goodbye }) => goodbye), 'not before the report is acked');
  stream.accept(reports);
  await stream.next('goodbye');
  await stream.ended();
  stream.end();
  await stopped;
  assert.equal(stream.frames.filter(({ goodbye }) => goodbye).length, 1);
  assert.equal(peer.streamCount, 1);
});

test('a runtime that runs can be waited for until it is connected', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  const running = runtime.run();
  const started = runtime.start();
  const stream = await peer.welcome();
  await started;
  const stopped = runtime.stop();
  await stream.next('goodbye');
  stream.end();
  await Promise.all([stopped, running]);
});

test('stopping does not wait longer than the drain timeout, and aborts what still runs', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address, drainTimeout: '50ms' });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  const stopped = runtime.stop();
  await stream.next('goodbye');
  assert.ok(held.begun[0]?.signal.aborted);
  stream.end();
  await stopped;
  held.release();
});

test('stopping delivers its reports even if the stream breaks meanwhile', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address, drainTimeout: '10s' });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  const stopped = runtime.stop();
  await before.next('capacity');
  before.fail(14);
  const { stream, hello } = await peer.open();
  assert.equal(hello.capacity?.total ?? 0, 0);
  stream.welcome({ resumed: true });
  held.release();
  stream.accept(await stream.reports(1));
  await stream.next('goodbye');
  stream.end();
  await stopped;
});

test('stopping ends although the state manager does not end the stream', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  const started = runtime.start();
  const stream = await peer.welcome({
    heartbeatInterval: { nanos: 20e6 },
    leaseInterval: { seconds: 3_600 },
  });
  await started;
  const stopped = runtime.stop();
  await stream.next('goodbye');
  await stopped;
});

test('stopping while a state manager drains waits for nothing more than the work', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address, drainTimeout: '10s' });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  stream.send({ drain: { reason: 'restart', grace: { seconds: 3_600 } } });
  stream.send({ ping: { nonce: 1 } });
  await stream.next('pong');
  const stopped = runtime.stop();
  held.release();
  stream.accept(await stream.reports(1));
  await stream.next('goodbye');
  stream.end();
  await stopped;
});

test('a runtime that was never connected stops at once', async (t) => {
  const gone = await startPeer(t);
  gone.stop();
  const { runtime } = hostNodes(t, [Double], { address: gone.address, drainTimeout: '1h' });
  const started = runtime.start();
  await runtime.stop();
  await started;
});

test('a runtime that was stopped does not start again', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  await runtime.stop();
  await assert.rejects(runtime.start(), /was stopped, and does not start again: make a new one/);
  assert.equal(peer.streamCount, 0);
});

test('run() serves until SIGTERM, then resolves', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  const running = runtime.run();
  const stream = await peer.welcome();
  process.emit('SIGTERM');
  await stream.next('goodbye');
  stream.end();
  await running;
  assert.equal(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'), 0);
});

test('a welcome that comes while the runtime stops is answered with a goodbye', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  const started = runtime.start();
  const { stream } = await peer.open();
  const stopped = runtime.stop();
  stream.welcome();
  await stream.next('goodbye');
  stream.end();
  await Promise.all([started, stopped]);
});
