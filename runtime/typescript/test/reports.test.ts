/** Reports and emits on their way: in which frames, how often, and until when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, heldNode, Split } from './nodes.ts';
import { assignment, leaseOf, outputsOf, type PeerStream } from './peer.ts';

const lease = { stateId: 'run-1.1', leaseToken: 'session-1-1' };

async function acceptEmits(stream: PeerStream, count: number): Promise<number[]> {
  const indexes: number[] = [];
  while (indexes.length < count) {
    for (const { firstIndex = 0 } of (await stream.next('emits')).items ?? []) {
      indexes.push(firstIndex);
      stream.ack({ ...lease, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex });
    }
  }
  return indexes;
}

test('what becomes ready together is reported together, at most 256 a frame', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address, concurrency: 1_000 });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(...Array.from({ length: 600 }, (_, i) => assignment('DoubleNode', i, { value: i })));
  const reports = await stream.reports(600);
  assert.deepEqual(
    reports.map((report) => outputsOf(report)[0]),
    reports.map((_, i) => ({ value: 2 * i })),
  );
  const sizes = stream.frames.flatMap(({ reports: frame }) => (frame ? [frame.items?.length ?? 0] : []));
  assert.ok(sizes.length < 60, `${sizes.length} frames`);
  assert.ok(Math.max(...sizes) <= 256);
});

test('no frame is larger than the welcome allows, whatever the characters', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double, Split], { address: peer.address, concurrency: 1_000 });
  void runtime.start();
  const stream = await peer.welcome({ maxFrameBytes: 65_536, maxOutputBytes: 30_000 });
  stream.assign(
    ...Array.from({ length: 40 }, (_, i) => assignment('SplitNode', i, { count: 2, length: 5_000 })),
  );
  await stream.reports(40);
  assert.ok(Math.max(...peer.frameBytes) <= 65_536, `${Math.max(...peer.frameBytes)}`);
});

test('an accepted report is not sent again, and neither is one that is final otherwise', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  const statuses = [
    'ACK_STATUS_ACCEPTED',
    'ACK_STATUS_ALREADY_SETTLED',
    'ACK_STATUS_STALE_LEASE',
    'ACK_STATUS_INVALID',
  ] as const;
  before.assign(...[...statuses, 'unanswered'].map((_, i) => assignment('DoubleNode', i, { value: i })));
  const reports = await before.reports(5);
  before.ack(...statuses.map((status, i) => ({ ...leaseOf(reports[i]!), status })));
  before.send({ ping: { nonce: 1 } });
  await before.next('pong');
  before.fail(14);
  const { stream, hello } = await peer.open();
  assert.deepEqual((hello.heldLeases ?? []).map(leaseOf), [leaseOf(reports[4]!)]);
  stream.welcome({ resumed: true });
  assert.deepEqual(await stream.reports(1), [reports[4]]);
});

test('a report that is made while there is no stream waits for the next one', async (t) => {
  const peer = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('HeldNode', 1));
  await held.waitFor(1);
  before.fail(14);
  await before.ended();
  held.release();
  const { stream, hello } = await peer.open();
  assert.deepEqual((hello.heldLeases ?? []).map(leaseOf), [lease]);
  stream.welcome({ resumed: true });
  assert.deepEqual(outputsOf((await stream.reports(1))[0]), [{ ok: true }]);
});

test('more outputs than a report takes go ahead in chunks, few at a time, then the report counts them', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SplitNode', 1, { count: 12_345 }));
  const first: { firstIndex?: number; outputs?: unknown[] }[] = [];
  while (first.length < 8) first.push(...((await stream.next('emits')).items ?? []));
  stream.send({ ping: { nonce: 1 } });
  await stream.next('pong');
  const sent = stream.frames.flatMap(({ emits }) => emits?.items ?? []);
  assert.equal(sent.length, 8, 'no more than eight are unanswered');
  for (const { firstIndex = 0 } of first)
    stream.ack({ ...lease, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex });
  await acceptEmits(stream, 5);
  const [report] = await stream.reports(1);
  assert.equal(report?.executed?.emitCount, 12_345);
  assert.deepEqual(outputsOf(report), []);

  const chunks = stream.frames.flatMap(({ emits }) => emits?.items ?? []);
  let next = 0;
  for (const { stateId, leaseToken, firstIndex = 0, outputs = [] } of chunks) {
    assert.deepEqual({ stateId, leaseToken }, lease);
    assert.equal(firstIndex, next);
    assert.ok(outputs.length <= 1_000);
    for (const { outputJson = '' } of outputs) assert.equal(JSON.parse(outputJson).index, next++);
  }
  assert.equal(next, 12_345);
});

test('a few large outputs are cut into chunks by their bytes', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome({ maxFrameBytes: 65_536, maxOutputBytes: 30_000 });
  stream.assign(assignment('SplitNode', 1, { count: 10, length: 20_000 }));
  let emitted = 0;
  while (emitted < 10) {
    for (const { firstIndex = 0, outputs = [] } of (await stream.next('emits')).items ?? []) {
      emitted += outputs.length;
      stream.ack({ ...lease, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex });
    }
  }
  const [report] = await stream.reports(1);
  assert.equal(report?.executed?.emitCount, 10);
  assert.ok(Math.max(...peer.frameBytes) <= 65_536);
});

test('missing emits are sent again, then the report', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SplitNode', 1, { count: 3_000 }));
  await acceptEmits(stream, 3);
  const [report] = await stream.reports(1);
  stream.ack({ ...lease, status: 'ACK_STATUS_MISSING_EMITS', missing: [{ first: 1_000, end: 2_000 }] });
  const again = (await stream.next('emits')).items ?? [];
  assert.deepEqual(
    again.map(({ firstIndex, outputs }) => [firstIndex, outputs?.length]),
    [[1_000, 1_000]],
  );
  stream.ack({ ...lease, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex: 1_000 });
  assert.deepEqual(await stream.reports(1), [report]);
  stream.accept([report!]);
});

test('after a reconnect the unanswered chunks are sent again, and no report before they are answered', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Split], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('SplitNode', 1, { count: 3_000 }));
  while (before.frames.flatMap(({ emits }) => emits?.items ?? []).length < 3) await before.next('emits');
  before.ack({ ...lease, status: 'ACK_STATUS_ACCEPTED', isEmit: true, firstIndex: 1_000 });
  before.send({ ping: { nonce: 1 } });
  await before.next('pong');
  before.fail(14);
  const stream = await peer.welcome({ resumed: true });
  const indexes = await acceptEmits(stream, 2);
  assert.deepEqual(
    indexes.sort((a, b) => a - b),
    [0, 2_000],
  );
  const [report] = await stream.reports(1);
  assert.equal(report?.executed?.emitCount, 3_000);
});

test('a chunk whose state has ended ends the sending', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double, Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SplitNode', 1, { count: 20_000 }));
  await stream.next('emits');
  stream.ack({ ...lease, status: 'ACK_STATUS_STALE_LEASE', isEmit: true });
  stream.assign(assignment('DoubleNode', 2, { value: 1 }));
  const [only] = await stream.reports(1);
  assert.equal(only?.stateId, 'run-1.2');
});

test('an output over the limit fails its state alone', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double, Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome({ maxOutputBytes: 1_000 });
  stream.assign(
    assignment('SplitNode', 1, { count: 2, length: 1_001 }),
    assignment('DoubleNode', 2, { value: 1 }),
  );
  const [large, small] = (await stream.reports(2)).sort((a, b) => (a.stateId! < b.stateId! ? -1 : 1));
  assert.equal(large?.errored?.code, 'OUTPUT_TOO_LARGE');
  assert.equal(large?.errored?.notRetryable, true);
  assert.deepEqual(outputsOf(small), [{ value: 2 }]);
});
