/** The way of an assignment, to its report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { thrown } from '../src/nodes/execute.ts';
import { type AnyNode, defineNode } from '../src/nodes/node.ts';
import { Prune } from '../src/nodes/signals.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, heldNode, Split, Sum, Throw } from './nodes.ts';
import { assignment, outputsOf } from './peer.ts';

const Nothing = z.object({});

async function execute(
  t: Parameters<typeof hostNodes>[0],
  nodes: AnyNode[],
  ...items: ReturnType<typeof assignment>[]
) {
  const peer = await startPeer(t);
  const { runtime, log } = hostNodes(t, nodes, { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(...items);
  const reports = await stream.reports(items.length);
  return { reports: reports.sort((a, b) => (a.stateId! < b.stateId! ? -1 : 1)), log };
}

test('nothing is one empty output, an empty list is none, a generator is as many as it yields', async (t) => {
  const node = (name: string, run: () => never) =>
    defineNode({ name, inputs: Nothing, outputs: Nothing, run });
  const nodes = [
    node('Nothing', () => undefined as never),
    node('Later', (async () => undefined) as () => never),
    node('Empty', () => [] as never),
    node('Yields', function* () {
      yield {};
      yield {};
    } as unknown as () => never),
    node('YieldsLater', async function* () {
      yield {};
    } as unknown as () => never),
  ];
  const { reports } = await execute(t, nodes, ...nodes.map(({ name }, i) => assignment(name, i)));
  assert.deepEqual(
    reports.map((report) => outputsOf(report).length),
    [1, 1, 0, 2, 1],
  );
  assert.ok(reports.every(({ executed }) => executed));
});

test('what a node throws is logged with the place where it was, once', async (t) => {
  const { log } = await execute(
    t,
    [Throw],
    assignment('ThrowNode', 1, { message: 'boom' }),
    assignment('ThrowNode', 2, { message: 'no', code: 'NEVER' }),
  );
  const failures = log.filter(({ event }) => event === 'node_failed');
  assert.deepEqual(
    failures.map(({ level, nodeName, stateId, code, error }) => [level, nodeName, stateId, code, error]),
    [
      ['warn', 'ThrowNode', 'run-1.1', 'NODE_ERROR', 'boom'],
      ['warn', 'ThrowNode', 'run-1.2', 'NEVER', 'no'],
    ],
  );
  assert.match(`${failures[0]?.stack}`, /Error: boom\n.*nodes\.ts/);
  assert.ok(!('stack' in failures[1]!), 'who says what is wrong needs no place');
});

test('an error brings what its causes say', async (t) => {
  const circular = new Error('round');
  circular.cause = new Error('and round', { cause: circular });
  const errors = [
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 'ECONNRESET' }) }),
    new Error('says: it all', { cause: new Error('it all') }),
    circular,
  ];
  const Fails = defineNode({
    name: 'Fails',
    inputs: z.object({ which: z.number() }),
    outputs: Nothing,
    run({ which }) {
      throw errors[which];
    },
  });
  const { reports } = await execute(
    t,
    [Fails],
    ...errors.map((_, which) => assignment('Fails', which, { which })),
  );
  assert.deepEqual(
    reports.map(({ errored }) => errored?.message),
    ['fetch failed: connect ECONNREFUSED', 'fetch failed: ECONNRESET', 'says: it all', 'round: and round'],
  );
});

test('the node is told what it executes', async (t) => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const held = heldNode();
  const peer = await startPeer(t);
  const { runtime, log } = hostNodes(t, [held.node], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('HeldNode', 1, {}, { attempt: 3, traceparent }));
  await held.waitFor(1);
  const context = held.begun[0]!;
  const { attempt, runId, stateId, identifier, graphName, idempotencyKey, log: nodeLog } = context;
  assert.deepEqual(
    { attempt, runId, stateId, identifier, graphName, idempotencyKey, traceparent: context.traceparent },
    {
      attempt: 3,
      runId: 'run-1',
      stateId: 'run-1.1',
      identifier: 'place',
      graphName: 'graph',
      idempotencyKey: 'key-1',
      traceparent,
    },
  );
  nodeLog.info('rows_read', { rows: 7 });
  const line = log.at(-1)!;
  assert.equal(line.stateId, 'run-1.1');
  assert.equal(line.rows, 7);
  held.release();
});

test('an error is NODE_ERROR and may be tried again; NotRetryable has its own code and may not', async (t) => {
  const { reports } = await execute(
    t,
    [Throw],
    assignment('ThrowNode', 1, { message: 'the disk is full' }),
    assignment('ThrowNode', 2, { message: 'no such card', code: 'CARD_UNKNOWN' }),
  );
  assert.deepEqual(
    reports.map(({ errored }) => [errored?.code, errored?.message, errored?.notRetryable ?? false]),
    [
      ['NODE_ERROR', 'the disk is full', false],
      ['CARD_UNKNOWN', 'no such card', true],
    ],
  );
});

test('a generator that fails half-way fails its state, and reports no output', async (t) => {
  const broken = (name: string, run: () => never) =>
    defineNode({ name, inputs: Nothing, outputs: Nothing, run });
  const nodes = [
    broken('Broken', function* () {
      yield {};
      throw new Error('half-way');
    } as unknown as () => never),
    broken('BrokenLater', async function* () {
      yield {};
      throw new Error('half-way');
    } as unknown as () => never),
  ];
  const { reports } = await execute(t, nodes, assignment('Broken', 1), assignment('BrokenLater', 2));
  for (const { errored, executed } of reports) {
    assert.equal(executed, undefined);
    assert.deepEqual([errored?.code, errored?.message], ['NODE_ERROR', 'half-way']);
  }
});

test('the message of an error is cut to 4 KiB', async (t) => {
  const { reports } = await execute(t, [Throw], assignment('ThrowNode', 1, { message: '€'.repeat(5_000) }));
  const message = reports[0]?.errored?.message ?? '';
  assert.ok(Buffer.byteLength(message) <= 4_096, `${Buffer.byteLength(message)} bytes`);
  assert.ok(message.startsWith('€€€'));
});

test('inputs and outputs that break their schemas are errors that are not tried again', async (t) => {
  const wrong = defineNode({
    name: 'WrongNode',
    inputs: Nothing,
    outputs: z.object({ value: z.number() }),
    run: () => ({ value: 'one' }) as never,
  });
  const { reports } = await execute(
    t,
    [Double, wrong],
    assignment('DoubleNode', 1, { value: 'one' }),
    assignment('WrongNode', 2),
  );
  assert.deepEqual(
    reports.map(({ errored }) => [errored?.code, errored?.notRetryable]),
    [
      ['INPUT_INVALID', true],
      ['OUTPUT_INVALID', true],
    ],
  );
  assert.match(reports[0]?.errored?.message ?? '', /DoubleNode.*expected number/s);
});

test('what JSON cannot say is OUTPUT_INVALID and not tried again, in outputs and in the data of a prune', async (t) => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const values: Readonly<Record<string, () => never>> = {
    Circle: () => ({ value: circle }) as never,
    BigNumber: () => ({ value: 1n }) as never,
    PrunedCircle: () => {
      throw new Prune(circle);
    },
  };
  const nodes = Object.entries(values).map(([name, run]) =>
    defineNode({ name, inputs: Nothing, outputs: z.object({ value: z.unknown() }), run }),
  );
  const { reports } = await execute(t, nodes, ...nodes.map(({ name }, i) => assignment(name, i + 1)));
  const rule = /cannot be written as JSON: \S/;
  assert.deepEqual(
    reports.map(({ errored }) => [errored?.code, errored?.notRetryable, rule.test(errored?.message ?? '')]),
    reports.map(() => ['OUTPUT_INVALID', true, true]),
  );
  assert.equal(reports.length, nodes.length);
  assert.match(reports[0]?.errored?.message ?? '', /^output 0 of Circle /);
});

test('whatever has a then() is awaited, although it is no promise, and its error is that of the node', async (t) => {
  // Builders of queries begin with the first then(), and may return from it whatever they like.
  const builder = (settle: (resolve: (value: object) => void, reject: (error: Error) => void) => void) => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
    then: (resolve: (value: object) => void, reject: (error: Error) => void) => {
      setImmediate(() => settle(resolve, reject));
    },
  });
  const nodes = [
    builder((resolve) => resolve({ value: 1 })),
    builder((_, reject) => reject(new Error('no such table'))),
  ].map((result, i) =>
    defineNode({
      name: `Builder${i}`,
      inputs: Nothing,
      outputs: z.object({ value: z.number() }),
      run: () => result as never,
    }),
  );
  const { reports } = await execute(t, nodes, ...nodes.map(({ name }, i) => assignment(name, i + 1)));
  const found = reports.map(
    ({ executed, errored }) => executed?.outputs?.[0]?.outputJson ?? errored?.message,
  );
  assert.deepEqual(found.sort(), ['no such table', '{"value":1}']);
});

test('anything can be thrown, and its message says what it is', async (t) => {
  const thrown = [
    'a text',
    { status: 404 },
    Object.create(null),
    undefined,
    Object.assign(new Error(), { message: { a: 1 } }),
  ];
  const nodes = thrown.map((value, i) => {
    const run = () => {
      throw value;
    };
    return defineNode({ name: `Throw${i}`, inputs: Nothing, outputs: Nothing, run });
  });
  const { reports } = await execute(t, nodes, ...nodes.map(({ name }, i) => assignment(name, i + 1)));
  assert.deepEqual(
    reports.map(({ errored }) => [errored?.code, errored?.message]),
    ['a text', '{ status: 404 }', '{}', 'undefined', '{ a: 1 }'].map((message) => ['NODE_ERROR', message]),
  );
});

test('what is thrown shows no secret, whatever its characters and wherever it stands', () => {
  const secrets = { KEY: `it's "a"\nsecret` };
  const values: unknown[] = [
    { headers: { authorization: `Bearer ${secrets.KEY}` } },
    [secrets.KEY],
    Object.assign(new Error(), { message: { key: secrets.KEY } }),
    new Error('outer', { cause: new Error(secrets.KEY) }),
    new Map([['key', secrets.KEY]]),
    {
      get key(): string {
        throw new Error(secrets.KEY);
      },
    },
  ];
  for (const value of values) {
    const execution = thrown(value, secrets);
    assert.ok(execution.kind === 'errored' && execution.message !== '');
    assert.doesNotMatch(execution.message, /secret/, execution.message);
  }
});

test('a node that it does not host is NODE_UNKNOWN', async (t) => {
  const { reports } = await execute(t, [Double], assignment('OtherNode', 1));
  assert.equal(reports[0]?.errored?.code, 'NODE_UNKNOWN');
});

test('a node that takes longer than its timeout is aborted and fails with TIMEOUT', async (t) => {
  const held = heldNode('HeldNode', '50ms');
  const { reports } = await execute(t, [held.node], assignment('HeldNode', 1));
  assert.equal(reports[0]?.errored?.code, 'TIMEOUT');
  assert.equal(reports[0]?.errored?.notRetryable ?? false, false);
  assert.equal(held.begun[0]?.signal.reason.code, 'TIMEOUT');
  held.release();
});

test('a generator whose state was taken back is not asked for more', async (t) => {
  let isClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve;
  });
  let hasBegun: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const endless = defineNode({
    name: 'EndlessNode',
    inputs: Nothing,
    outputs: Nothing,
    async *run() {
      try {
        for (;;) {
          hasBegun();
          await new Promise((resolve) => setImmediate(resolve));
          yield {};
        }
      } finally {
        isClosed();
      }
    },
  });
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [endless], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('EndlessNode', 1));
  await begun;
  stream.send({
    cancellations: { items: [{ stateId: 'run-1.1', leaseToken: 'session-1-1', reason: 'CANCELLED' }] },
  });
  await closed;
});

test('a united list is read in pages, the next one while the node works on one', async (t) => {
  const requests: string[] = [];
  const peer = await startPeer(t, ({ stateId, leaseToken, inputName, pageToken = '' }) => {
    assert.deepEqual([stateId, leaseToken, inputName], ['run-1.1', 'session-1-1', 'values']);
    requests.push(pageToken);
    const page = Number(pageToken || 0);
    return { itemsJson: [`${page}`, `${page}`], nextPageToken: page < 3 ? `${page + 1}` : '' };
  });
  const { runtime } = hostNodes(t, [Sum], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SumNode', 1, { offset: 100 }, { unitedInputs: ['values'] }));
  assert.deepEqual(outputsOf((await stream.reports(1))[0]), [{ sum: 112 }]);
  assert.deepEqual(requests, ['', '1', '2', '3']);
});

test('an item of a united list that breaks its schema is INPUT_INVALID', async (t) => {
  const peer = await startPeer(t, () => ({ itemsJson: ['1', '"two"'] }));
  const { runtime } = hostNodes(t, [Sum], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SumNode', 1, {}, { unitedInputs: ['values'] }));
  const [report] = await stream.reports(1);
  assert.equal(report?.errored?.code, 'INPUT_INVALID');
});

test('a list that comes with the assignment reads like one that does not', async (t) => {
  const { reports } = await execute(t, [Sum], assignment('SumNode', 1, { values: [1, 2, 3] }));
  assert.deepEqual(outputsOf(reports[0]), [{ sum: 6 }]);
});

test('a united list is read on although the state manager is away for a moment', async (t) => {
  let refusals = 1;
  const peer = await startPeer(t, ({ pageToken = '' }) => {
    if (pageToken === '1' && refusals-- > 0)
      throw Object.assign(new Error('away'), { code: 14, details: 'away' });
    return pageToken === '' ? { itemsJson: ['1'], nextPageToken: '1' } : { itemsJson: ['2'] };
  });
  const { runtime } = hostNodes(t, [Sum], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SumNode', 1, {}, { unitedInputs: ['values'] }));
  assert.deepEqual(outputsOf((await stream.reports(1))[0]), [{ sum: 3 }]);
});

test('many executions at once leave turns to everything else', async (t) => {
  const busy = defineNode({
    name: 'BusyNode',
    inputs: Nothing,
    outputs: Nothing,
    run() {
      const until = performance.now() + 4;
      while (performance.now() < until);
    },
  });
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [busy], { address: peer.address, concurrency: 100 });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(...Array.from({ length: 50 }, (_, i) => assignment('BusyNode', i)));
  await stream.reports(1);
  const reported = stream.frames.flatMap(({ reports }) => reports?.items ?? []).length;
  assert.ok(reported < 50, 'the first reports go out before the last execution begins');
});

test('so do many outputs of one', async (t) => {
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Double, Split], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('SplitNode', 1, { count: 300_000 }), assignment('DoubleNode', 2, { value: 1 }));
  stream.send({ ping: { nonce: 1 } });
  await stream.next('pong');
  assert.ok(!stream.frames.some(({ emits }) => emits), 'the ping is answered before all outputs are there');
});
