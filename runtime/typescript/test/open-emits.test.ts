/** Open fan-out: outputs travel while the node runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emit__Output } from '@fanout/proto';
import { z } from 'zod';
import { type AnyNode, defineNode, runNode } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { assignment, leaseOf, type PeerStream } from './peer.ts';

const accepted = { status: 'ACK_STATUS_ACCEPTED', isEmit: true } as const;
const lease = leaseOf(assignment('OpenNode', 0));

function openNode(run: (acceptedEmits: number) => AsyncGenerator<{ number: number }>): AnyNode {
  return defineNode({
    name: 'OpenNode',
    inputs: z.object({}),
    outputs: z.object({ number: z.number() }),
    openFanOut: true,
    run: (_, { acceptedEmits }) => run(acceptedEmits),
  });
}

/** Numbers without end, or up to one; `made` counts them. */
function counting(end = Number.POSITIVE_INFINITY, gate: Promise<void> = Promise.resolve()) {
  const made = { count: 0, isClosed: false };
  const node = openNode(async function* () {
    try {
      for (let number = 0; number < end; number++) {
        made.count++;
        yield { number };
        await gate;
      }
    } finally {
      made.isClosed = true;
    }
  });
  return { node, made };
}

async function emits(stream: PeerStream, outputs: number): Promise<Emit__Output[]> {
  const items: Emit__Output[] = [];
  const count = () => items.reduce((sum, item) => sum + (item.outputs?.length ?? 0), 0);
  while (count() < outputs) items.push(...((await stream.next('emits')).items ?? []));
  return items;
}

function numbersOf(items: readonly Emit__Output[]): number[] {
  return items.flatMap(({ outputs }) =>
    (outputs ?? []).map(({ outputJson = '' }) => JSON.parse(outputJson).number),
  );
}

test('the hello says which nodes emit, and the first output leaves before the second is made', async (t) => {
  const peer = await startPeer(t);
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { node, made } = counting(2, gate);
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  assert.equal(stream.frames[0]?.hello?.nodes?.[0]?.openFanOut, true);
  stream.assign(assignment('OpenNode', 0));
  const [first] = await emits(stream, 1);
  assert.deepEqual([first?.firstIndex ?? 0, numbersOf([first!]), made.count], [0, [0], 1]);
  open();
  const [second] = await emits(stream, 1);
  assert.equal(second?.firstIndex, 1);
  for (const firstIndex of [0, 1]) stream.ack({ ...lease, ...accepted, firstIndex });
  const [report] = await stream.reports(1);
  assert.deepEqual([report?.executed?.emitCount, report?.executed?.outputs ?? []], [2, []]);
});

test('the report waits until all emits are accepted, also when the node has failed', async (t) => {
  const peer = await startPeer(t);
  const node = openNode(async function* () {
    yield { number: 0 };
    throw new Error('it broke');
  });
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('OpenNode', 0));
  await emits(stream, 1);
  assert.ok(stream.frames.every(({ reports }) => !reports));
  stream.ack({ ...lease, ...accepted, firstIndex: 0 });
  assert.equal((await stream.reports(1))[0]?.errored?.message, 'it broke');
});

test('at most 1,000 outputs are unanswered, and an answer makes room for more', async (t) => {
  const peer = await startPeer(t);
  const { node, made } = counting();
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('OpenNode', 0));
  const items = await emits(stream, 1_000);
  assert.ok(items.every(({ outputs }) => (outputs?.length ?? 0) <= 500));
  assert.equal(made.count, 1_000);
  stream.ack({ ...lease, ...accepted, firstIndex: 0 });
  const more = await emits(stream, 1);
  assert.equal(more[0]?.firstIndex, 1_000);
  assert.ok(made.count <= 1_000 + (items[0]?.outputs?.length ?? 0));
});

test('what is unanswered is sent again on the next stream, and what was accepted is not', async (t) => {
  const peer = await startPeer(t);
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { node } = counting(3, gate);
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const before = await peer.welcome();
  before.assign(assignment('OpenNode', 0));
  await emits(before, 1);
  before.ack({ ...lease, ...accepted, firstIndex: 0 });
  open();
  await emits(before, 2);
  before.end();
  const after = await peer.welcome({ resumed: true });
  const again = await emits(after, 2);
  assert.deepEqual([again[0]?.firstIndex, numbersOf(again)], [1, [1, 2]]);
  for (const { firstIndex } of again) after.ack({ ...lease, ...accepted, firstIndex: firstIndex ?? 0 });
  assert.equal((await after.reports(1))[0]?.executed?.emitCount, 3);
});

test('outputs of earlier attempts are skipped, and a node may begin behind them', async (t) => {
  for (const continues of [false, true]) {
    const peer = await startPeer(t);
    const node = defineNode({
      name: 'OpenNode',
      inputs: z.object({}),
      outputs: z.object({ number: z.number() }),
      openFanOut: true,
      *run(_, { acceptedEmits, continueFrom }) {
        assert.equal(acceptedEmits, 3);
        assert.throws(() => continueFrom(4), RangeError);
        if (continues) continueFrom(2);
        for (let number = continues ? 2 : 0; number < 5; number++) yield { number };
      },
    });
    const { runtime } = hostNodes(t, [node], { address: peer.address });
    void runtime.start();
    const stream = await peer.welcome();
    stream.assign({ ...assignment('OpenNode', 0), acceptedEmits: 3 });
    const items = await emits(stream, 2);
    assert.deepEqual([items[0]?.firstIndex, numbersOf(items)], [3, [3, 4]]);
    for (const { firstIndex } of items) stream.ack({ ...lease, ...accepted, firstIndex: firstIndex ?? 0 });
    assert.equal((await stream.reports(1))[0]?.executed?.emitCount, 5);
  }
});

test('a node stops when nobody needs more outputs, and nothing is reported', async (t) => {
  const peer = await startPeer(t);
  const { node, made } = counting();
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('OpenNode', 0));
  await emits(stream, 1_000);
  stream.ack({ ...lease, status: 'ACK_STATUS_ALREADY_SETTLED', isEmit: true, firstIndex: 0 });
  await eventually(async () => assert.ok(made.isClosed));
  await runtime.stop();
  assert.ok(stream.frames.every(({ reports }) => !reports));
});

test('a gap that is sent before is sent again, and one that cannot be filled asks for another attempt', async (t) => {
  const peer = await startPeer(t);
  const { node } = counting();
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('OpenNode', 0));
  const [first, second] = await emits(stream, 1_000);
  const at = second?.firstIndex ?? 0;
  stream.ack({ ...lease, ...accepted, firstIndex: first?.firstIndex ?? 0 });
  const gap = (from: number, end: number) => ({
    ...lease,
    status: 'ACK_STATUS_MISSING_EMITS' as const,
    isEmit: true,
    firstIndex: end,
    missing: [{ first: from, end }],
  });
  stream.ack(gap(at, at + 1));
  const again = await emits(stream, 1);
  assert.ok(again.some(({ firstIndex }) => firstIndex === at));
  stream.ack(gap(0, at));
  const [report] = await stream.reports(1);
  assert.deepEqual([report?.errored?.code, report?.errored?.notRetryable ?? false], ['EMITS_LOST', false]);
});

test('without a server an open fan-out gives its outputs as any other node does', async () => {
  const { node } = counting(3);
  assert.deepEqual(await runNode(node, {}), [{ number: 0 }, { number: 1 }, { number: 2 }]);
});
