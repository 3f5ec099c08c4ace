/** Signals that nodes throw, and routes of their outputs: what the state manager is told of them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Report__Output } from '@fanout/proto';
import { z } from 'zod';
import { Cancelled, type Duration, defineNode, Prune, RequeueAfter, route, Signal } from '../src/index.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { heldNode } from './nodes.ts';
import { assignment, outputsOf } from './peer.ts';

type Run = () => unknown;

/** Reports on nodes that do that. */
async function reportsOf(t: TestContext, runs: readonly Run[], welcome = {}): Promise<Report__Output[]> {
  const nodes = runs.map((run, i) =>
    defineNode({
      name: `Node${i}`,
      inputs: z.object({}),
      outputs: z.object({ value: z.number() }).partial(),
      run: run as () => { value: number },
    }),
  );
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, nodes, { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome(welcome);
  stream.assign(...nodes.map(({ name }, i) => assignment(name, i)));
  const reports = await stream.reports(nodes.length);
  return reports.sort((a, b) => (a.stateId! < b.stateId! ? -1 : 1));
}

function raise(thrown: unknown): never {
  throw thrown;
}

function routesOf({ executed }: Report__Output): (string[] | undefined)[] {
  return (executed?.outputs ?? []).map(({ route: to }) => to && (to.nextNodes ?? []));
}

test('a prune is reported with its data, or without', async (t) => {
  const reports = await reportsOf(t, [
    () => raise(new Prune()),
    async () => raise(new Prune({ reason: 'empty' })),
    function* () {
      yield { value: 1 };
      throw new Prune('half-way');
    },
    async function* () {
      yield { value: 1 };
      throw new Prune(null);
    },
  ]);
  assert.deepEqual(
    reports.map(({ pruned }) => pruned?.dataJson ?? ''),
    ['', '{"reason":"empty"}', '"half-way"', 'null'],
  );
  assert.ok(reports.every(({ executed, errored, pruned }) => !executed && !errored && pruned));
});

test('the data of a prune that cannot travel fails the state for good', async (t) => {
  const reports = await reportsOf(
    t,
    [() => raise(new Prune(7n)), () => raise(new Prune('x'.repeat(2_000)))],
    { maxOutputBytes: 1_000 },
  );
  assert.deepEqual(
    reports.map(({ errored }) => [errored?.code, errored?.notRetryable]),
    [
      ['OUTPUT_INVALID', true],
      ['OUTPUT_TOO_LARGE', true],
    ],
  );
});

test('a requeue is reported with its delay, in whole milliseconds', async (t) => {
  const delays: Duration[] = [0, 0.2, 1_500, '250ms', '365m'];
  const reports = await reportsOf(
    t,
    delays.map((delay) => () => raise(new RequeueAfter(delay))),
  );
  assert.deepEqual(
    reports.map(({ requeued }) => {
      const { seconds = 0, nanos = 0 } = requeued?.delay ?? {};
      return [seconds, nanos];
    }),
    [
      [0, 0],
      [0, 1_000_000],
      [1, 500_000_000],
      [0, 250_000_000],
      [21_900, 0],
    ],
  );
});

test('a delay that is negative, longer than a year or no duration is refused where it is made', () => {
  for (const delay of [-1, Number.NaN, '8761h', 366 * 24 * 3_600_000] as Duration[])
    assert.throws(() => new RequeueAfter(delay), RangeError, String(delay));
  assert.throws(() => new RequeueAfter('soon' as Duration), /duration "soon": write it like 250ms/);
});

test('signals are told from errors by their class', () => {
  assert.ok(new Prune() instanceof Signal && new RequeueAfter(1) instanceof Signal);
  assert.ok(new Prune() instanceof Error);
});

test('a signal that is returned or yielded is an error that says to throw it', async (t) => {
  const reports = await reportsOf(t, [
    () => new Prune(),
    () => [{ value: 1 }, new RequeueAfter(1)],
    function* () {
      yield new Prune();
    },
  ]);
  for (const { errored } of reports) {
    assert.equal(errored?.code, 'OUTPUT_INVALID');
    assert.match(errored?.message ?? '', /is a (Prune|RequeueAfter): throw it/);
  }
});

test('an output goes to all next nodes, or where it is routed: to one, to several, to none', async (t) => {
  const output = { value: 1 };
  const reports = await reportsOf(t, [
    () => output,
    () => route(output, 'a'),
    async () => [route(output, ['a', 'b']), output, route(output, [])],
    async function* () {
      yield route(output, 'a');
      yield output;
    },
  ]);
  assert.deepEqual(reports.map(routesOf), [
    [undefined],
    [['a']],
    [['a', 'b'], undefined, []],
    [['a'], undefined],
  ]);
  assert.ok(reports.flatMap(outputsOf).every((each) => (each as typeof output).value === 1));
});

test('outputs that go ahead of their report keep their routes', async (t) => {
  const node = defineNode({
    name: 'Wide',
    inputs: z.object({}),
    outputs: z.object({ value: z.number() }),
    run: () =>
      Array.from({ length: 1_500 }, (_, value) => route({ value }, value % 2 === 0 ? 'even' : 'odd')),
  });
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('Wide', 1));
  const emits = [];
  while (emits.flatMap(({ outputs = [] }) => outputs).length < 1_500)
    emits.push(...((await stream.next('emits')).items ?? []));
  const outputs = emits
    .sort((a, b) => (a.firstIndex ?? 0) - (b.firstIndex ?? 0))
    .flatMap((each) => each.outputs ?? []);
  assert.ok(outputs.every(({ route: to }, i) => to?.nextNodes?.[0] === (i % 2 === 0 ? 'even' : 'odd')));
});

for (const [reason, message] of [
  ['CANCELLED', /the run, or this part of it, was cancelled/],
  ['UNITE_DECIDED', /a unite was decided without this work/],
  ['SUPERSEDED', /what this work grew from is retried by hand/],
  ['SOMETHING_NEW', /the state manager has taken the work back: SOMETHING_NEW/],
] as const) {
  test(`work that is taken back with ${reason} is told so, and is not reported`, async (t) => {
    const held = heldNode();
    const peer = await startPeer(t);
    const { runtime } = hostNodes(t, [held.node], { address: peer.address });
    void runtime.start();
    const stream = await peer.welcome();
    stream.assign(assignment('HeldNode', 1), assignment('HeldNode', 2));
    await held.waitFor(2);
    const { signal } = held.begun[0]!;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    stream.send({ cancellations: { items: [{ stateId: 'run-1.1', leaseToken: 'session-1-1', reason }] } });
    await aborted;
    assert.ok(signal.reason instanceof Cancelled);
    assert.equal(signal.reason.code, reason);
    assert.match(signal.reason.message, message);
    held.release();
    assert.deepEqual(
      (await stream.reports(1)).map(({ stateId }) => stateId),
      ['run-1.2'],
    );
  });
}
