import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as wire from '@fanout/proto';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type * as streamModel from '../../../services/state-manager/domain/model/stream.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { decodeHello } from '../../../services/state-manager/transport/codec/hello.ts';
import { encodeCapacity, encodeDefinition } from '../../../services/state-manager/transport/codec/nodes.ts';
import { cutToBytes } from '../../../services/state-manager/transport/codec/reports.ts';
import { toDuration, toTimestamp } from '../../../services/state-manager/transport/codec/time.ts';
import { decodeUpFrame } from '../../../services/state-manager/transport/codec/up-frames.ts';
import {
  capacity,
  failure,
  holds,
  id,
  json,
  lease,
  nonce,
  outputs,
  plain,
  refusal,
  sent,
  text,
} from './codec-samples.ts';

const yearMs = 365 * 24 * 60 * 60 * 1_000;

const outcome: fc.Arbitrary<streamModel.Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('executed' as const), outputs, emitCount: fc.constant(0) }),
  fc.record({ kind: fc.constant('executed' as const), outputs: fc.constant([]), emitCount: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('errored' as const), failure, isRetryable: fc.boolean() }),
  fc.record({ kind: fc.constant('pruned' as const), dataJson: fc.oneof(fc.constant(''), json) }),
  fc.record({ kind: fc.constant('requeued' as const), delayMs: fc.nat({ max: yearMs }) }),
);
const report: fc.Arbitrary<streamModel.Report> = fc.record({ stateId: id, leaseToken: id, outcome });
const emit: fc.Arbitrary<streamModel.Emit> = fc.record({
  stateId: id,
  leaseToken: id,
  firstIndex: fc.maxSafeNat(),
  outputs,
});
const upFrame: fc.Arbitrary<streamModel.UpFrame> = fc.oneof(
  fc.record({ kind: fc.constant('reports' as const), items: fc.array(report, { maxLength: 10 }) }),
  fc.record({ kind: fc.constant('emits' as const), items: fc.array(emit, { maxLength: 10 }) }),
  fc.record({ kind: fc.constant('capacity' as const), capacity }),
  fc.record({
    kind: fc.constant('heartbeat' as const),
    progress: fc.array(fc.record({ stateId: id, leaseToken: id, message: text }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('ping' as const), nonce }),
  fc.record({ kind: fc.constant('pong' as const), nonce }),
  fc.record({ kind: fc.constant('goodbye' as const), reason: text }),
);

function writeOutputs(items: readonly streamModel.Output[]): wire.Output[] {
  return items.map(({ outputJson, route }) => ({
    outputJson,
    ...(route && { route: { nextNodes: [...route] } }),
  }));
}

function writeReport({ stateId, leaseToken, outcome }: streamModel.Report): wire.Report {
  switch (outcome.kind) {
    case 'executed':
      return {
        stateId,
        leaseToken,
        executed: { outputs: writeOutputs(outcome.outputs), emitCount: outcome.emitCount },
      };
    case 'errored':
      return { stateId, leaseToken, errored: { ...outcome.failure, notRetryable: !outcome.isRetryable } };
    case 'pruned':
      return { stateId, leaseToken, pruned: { dataJson: outcome.dataJson } };
    case 'requeued':
      return { stateId, leaseToken, requeued: { delay: toDuration(outcome.delayMs) } };
    case 'invalid':
      return assert.fail(`no runtime writes ${outcome.kind}`);
  }
}

/** Writes a frame as a runtime does. */
function writeUp(frame: streamModel.UpFrame): wire.ConnectRequest {
  switch (frame.kind) {
    case 'reports':
      return { reports: { items: frame.items.map(writeReport) } };
    case 'emits':
      return {
        emits: { items: frame.items.map((item) => ({ ...item, outputs: writeOutputs(item.outputs) })) },
      };
    case 'capacity':
      return { capacity: encodeCapacity(frame.capacity) };
    case 'heartbeat':
      return { heartbeat: { progress: frame.progress.map((item) => ({ ...item })) } };
    case 'logLines':
      return {
        logLines: {
          items: frame.items.map(({ lines, ...item }) => ({
            ...item,
            lines: lines.map(({ loggedAt, level, ...line }) => ({
              ...line,
              time: toTimestamp(loggedAt),
              level: `LOG_LEVEL_${level}` as const,
            })),
          })),
        },
      };
    case 'ping':
      return { ping: { nonce: frame.nonce } };
    case 'pong':
      return { pong: { nonce: frame.nonce } };
    case 'goodbye':
      return { goodbye: { reason: frame.reason } };
  }
}

const maxOutputBytes = 1024 * 1024;

function received(message: wire.ConnectRequest): streamModel.UpFrame {
  return decodeUpFrame(sent(fanoutV1.ConnectRequest, message), maxOutputBytes);
}

test('every frame of a runtime arrives as it was sent', () => {
  holds(fc.property(upFrame, (frame) => assert.deepEqual(plain(received(writeUp(frame))), plain(frame))));
});

test('every hello arrives as it was sent, in the namespace of the caller', () => {
  const schema = fc.constantFrom('', '{}', '{"type":"object","properties":{"a":{"type":"string"}}}');
  const rate = fc.record({
    limit: fc.integer({ min: 1, max: 10_000 }),
    perMs: fc.integer({ min: 100, max: 86_400_000 }),
    key: fc.constantFrom('', 'customer', 'customer.id'),
  });
  const definition = fc.record(
    {
      name: id,
      inputSchemaJson: schema,
      outputSchemaJson: schema,
      secrets: fc.uniqueArray(id, { maxLength: 3 }),
      iteratorInputs: fc.array(id, { maxLength: 3 }),
      openFanOut: fc.boolean(),
      description: text,
      rate,
    },
    {
      requiredKeys: [
        'name',
        'inputSchemaJson',
        'outputSchemaJson',
        'secrets',
        'iteratorInputs',
        'openFanOut',
        'description',
      ],
    },
  );
  const hello: fc.Arbitrary<streamModel.Hello> = fc.record({
    protocolVersion: fc.constant(1),
    namespace: id,
    runtimeName: id,
    language: fc.constantFrom('', 'typescript'),
    nodes: fc.uniqueArray(definition, { selector: ({ name }) => name, maxLength: 5 }),
    capacity,
    sessionId: fc.oneof(fc.constant(''), id),
    heldLeases: fc.array(lease, { maxLength: 5 }),
  });
  holds(
    fc.property(hello, (value) => {
      const message: wire.Hello = {
        ...value,
        nodes: value.nodes.map(encodeDefinition),
        capacity: encodeCapacity(value.capacity),
        heldLeases: [...value.heldLeases],
      };
      assert.deepEqual(plain(decodeHello(sent(fanoutV1.Hello, message), value.namespace)), plain(value));
    }),
  );
});

const goodHello: wire.Hello = {
  protocolVersion: 1,
  runtimeName: 'r',
  nodes: [{ name: 'N' }],
  capacity: { total: 1 },
};

test('a hello in another version of the protocol is refused with both versions', () => {
  for (const protocolVersion of [0, 2]) {
    const hello = sent(fanoutV1.Hello, { ...goodHello, protocolVersion });
    assert.throws(
      () => decodeHello(hello, 'default'),
      refusal('PROTOCOL_VERSION', `version ${protocolVersion}, this state manager speaks 1`),
    );
  }
});

test('a malformed hello is refused with the field that is malformed', () => {
  const node = (more: wire.NodeDefinition): wire.Hello => ({ ...goodHello, nodes: [{ name: 'N', ...more }] });
  const deep = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`;
  const cases: [wire.Hello, string][] = [
    [{ ...goodHello, runtimeName: '' }, 'runtime_name'],
    [{ ...goodHello, sessionId: 'a{b}' }, 'session_id'],
    [{ ...goodHello, heldLeases: [{ stateId: 's' }] }, 'held_leases[0].lease_token'],
    [{ ...goodHello, capacity: { total: -1 } }, 'capacity.total'],
    [{ ...goodHello, capacity: { total: 100_001 } }, 'capacity.total'],
    [{ ...goodHello, capacity: { perNode: { N: -1 } } }, 'capacity.per_node.N'],
    [{ ...goodHello, capacity: { perNode: { 'a b': 1 } } }, 'capacity.per_node'],
    [{ ...goodHello, nodes: [{ name: 'N' }, { name: 'N' }] }, 'nodes[1].name'],
    [{ ...goodHello, nodes: Array.from({ length: 1_001 }, (_, index) => ({ name: `n${index}` })) }, 'nodes'],
    [node({ name: 'a:b' }), 'nodes[0].name'],
    [node({ inputSchemaJson: '[]' }), 'nodes[0].input_schema_json'],
    [node({ inputSchemaJson: '{' }), 'nodes[0].input_schema_json'],
    [node({ outputSchemaJson: deep }), 'nodes[0].output_schema_json'],
    [node({ outputSchemaJson: `{"a":"${'x'.repeat(256 * 1024)}"}` }), 'nodes[0].output_schema_json'],
    [node({ secrets: ['A KEY'] }), 'nodes[0].secrets'],
    [node({ secrets: ['__proto__'] }), 'nodes[0].secrets'],
    [node({ secrets: ['KEY', 'KEY'] }), 'nodes[0].secrets'],
    [node({ secrets: Array.from({ length: 101 }, (_, index) => `k${index}`) }), 'nodes[0].secrets'],
    [node({ iteratorInputs: [''] }), 'nodes[0].iterator_inputs'],
    [node({ iteratorInputs: Array(101).fill('input') }), 'nodes[0].iterator_inputs'],
  ];
  for (const [hello, field] of cases) {
    assert.throws(
      () => decodeHello(sent(fanoutV1.Hello, hello), 'default'),
      refusal('HELLO_INVALID', field),
      field,
    );
  }
});

const held = { stateId: 's', leaseToken: 't' };

function outcomeOf(report: wire.Report): streamModel.Outcome | undefined {
  const frame = received({ reports: { items: [report] } });
  return frame.kind === 'reports' ? frame.items[0]?.outcome : undefined;
}

function emitsOf(items: wire.Emit[]): readonly streamModel.Emit[] {
  const frame = received({ emits: { items } });
  assert.ok(frame.kind === 'emits');
  return frame.items;
}

test('a malformed report with a lease fails its state, and the others on the frame are untouched', () => {
  const malformed: wire.Report[] = [
    held,
    { ...held, executed: { emitCount: -1 } },
    { ...held, executed: { emitCount: 2, outputs: [{ outputJson: '{}' }] } },
    { ...held, requeued: { delay: { seconds: -1 } } },
  ];
  const good: wire.Report = {
    stateId: 's2',
    leaseToken: 't2',
    executed: { outputs: [{ outputJson: '{"a":1}' }] },
  };
  const frame = received({ reports: { items: [...malformed, good] } });
  assert.ok(frame.kind === 'reports');
  for (const { outcome } of frame.items.slice(0, -1)) {
    assert.ok(outcome.kind === 'invalid');
    assert.equal(outcome.failure.code, 'REPORT_INVALID');
  }
  assert.deepEqual(frame.items.at(-1)?.outcome, {
    kind: 'executed',
    outputs: [{ outputJson: '{"a":1}' }],
    emitCount: 0,
  });
});

test('an output over the limit fails its state as OUTPUT_TOO_LARGE, in a report and in an emit', () => {
  const fits = { outputJson: 'x'.repeat(maxOutputBytes) };
  const tooLarge = { outputJson: '界'.repeat(maxOutputBytes / 3 + 1) };
  assert.equal(outcomeOf({ ...held, executed: { outputs: [fits] } })?.kind, 'executed');
  const outcome = outcomeOf({ ...held, executed: { outputs: [fits, tooLarge] } });
  assert.ok(outcome?.kind === 'invalid');
  assert.equal(outcome.failure.code, 'OUTPUT_TOO_LARGE');
  const [refused, taken] = emitsOf([
    { ...held, firstIndex: 7, outputs: [fits, tooLarge] },
    { ...held, firstIndex: 9, outputs: [{ outputJson: '{}' }] },
  ]);
  assert.equal(refused?.failure?.code, 'OUTPUT_TOO_LARGE');
  assert.match(refused.failure.message, /^output 8 has/);
  assert.deepEqual([refused.firstIndex, refused.outputs], [7, []]);
  assert.deepEqual(taken, { ...held, firstIndex: 9, outputs: [{ outputJson: '{}' }] });
});

test('what nests too deep to be written again fails its state as OUTPUT_INVALID', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const depthOf = (outputJson: string) => outcomeOf({ ...held, executed: { outputs: [{ outputJson }] } });
  assert.equal(depthOf(nested(64))?.kind, 'executed');
  const outcome = depthOf(nested(65));
  assert.ok(outcome?.kind === 'invalid');
  assert.equal(outcome.failure.code, 'OUTPUT_INVALID');
  assert.match(outcome.failure.message, /^output 0 nests deeper than 64 levels/);
  const pruned = outcomeOf({ ...held, pruned: { dataJson: '['.repeat(70) + ']'.repeat(70) } });
  assert.ok(pruned?.kind === 'invalid');
  assert.match(pruned.failure.message, /^the data of the prune nests deeper/);
});

test('an emit with an index that is none fails its state', () => {
  for (const firstIndex of [-1, 2 ** 53]) {
    const [emit] = emitsOf([{ ...held, firstIndex, outputs: [{ outputJson: '{}' }] }]);
    assert.equal(emit?.failure?.code, 'REPORT_INVALID');
    assert.match(emit.failure.message, /first_index is/);
  }
});

test('more outputs than one report or chunk may have fail their state, and say what to do', () => {
  const outputs = Array(100_001).fill({ outputJson: '{}' });
  const outcome = outcomeOf({ ...held, executed: { outputs } });
  assert.ok(outcome?.kind === 'invalid');
  assert.match(outcome.failure.message, /100001 outputs, 100000 are allowed at once: send them as emits/);
  assert.equal(emitsOf([{ ...held, outputs }])[0]?.failure?.code, 'REPORT_INVALID');
});

test('of two members of a oneof the last one on the wire counts, as in every protobuf', () => {
  const outcome = outcomeOf({ ...held, executed: { outputs: [] }, requeued: { delay: { seconds: 1 } } });
  assert.deepEqual(outcome, { kind: 'requeued', delayMs: 1_000 });
  const frame = received({ reports: { items: [held] }, ping: { nonce: 3 } });
  assert.deepEqual(frame, { kind: 'ping', nonce: 3 });
});

test('a requeue comes back after its delay, at once without one, and in a year at the latest', () => {
  const delays: [wire.Requeued, number][] = [
    [{}, 0],
    [{ delay: { seconds: 1, nanos: 500_000_000 } }, 1_500],
    [{ delay: toDuration(yearMs) }, yearMs],
  ];
  for (const [requeued, delayMs] of delays) {
    assert.deepEqual(outcomeOf({ ...held, requeued }), { kind: 'requeued', delayMs });
  }
  const wrong = [{ seconds: -1 }, { nanos: -1_000_000 }, toDuration(yearMs + 1), { seconds: 2 ** 62 }];
  for (const delay of wrong) {
    const outcome = outcomeOf({ ...held, requeued: { delay } });
    assert.ok(outcome?.kind === 'invalid', JSON.stringify(delay));
    assert.equal(outcome.failure.code, 'REPORT_INVALID');
    assert.match(outcome.failure.message, /the delay is \S+ ms, it must be from 0 to a year/);
  }
});

test('the data of a prune may be as large as an output, or missing', () => {
  const fits = 'x'.repeat(maxOutputBytes);
  assert.deepEqual(outcomeOf({ ...held, pruned: {} }), { kind: 'pruned', dataJson: '' });
  assert.deepEqual(outcomeOf({ ...held, pruned: { dataJson: fits } }), { kind: 'pruned', dataJson: fits });
  const outcome = outcomeOf({ ...held, pruned: { dataJson: `${fits}x` } });
  assert.ok(outcome?.kind === 'invalid');
  assert.equal(outcome.failure.code, 'OUTPUT_TOO_LARGE');
  assert.match(outcome.failure.message, /^the data of the prune has/);
});

test('an output without a route goes everywhere, and one with an empty route nowhere', () => {
  const routes = outcomeOf({
    ...held,
    executed: {
      outputs: [
        { outputJson: '{}' },
        { outputJson: '{}', route: {} },
        { outputJson: '{}', route: { nextNodes: ['a', 'b'] } },
      ],
    },
  });
  assert.ok(routes?.kind === 'executed');
  assert.deepEqual(
    routes.outputs.map(({ route }) => route),
    [undefined, [], ['a', 'b']],
  );
});

test('a route that names what no node can be fails its state as ROUTE_INVALID', () => {
  const routes: [string[], RegExp][] = [
    [['a b'], /route of output 1 names "a b", which no node can have/],
    [[''], /names ""/],
    [['a{b}'], /names "a\{b\}"/],
    [['a', 'b', 'a'], /names "a" twice: name it once/],
    [Array.from({ length: 1_001 }, (_, i) => `n${i}`), /names 1001 next nodes, 1000 are allowed/],
  ];
  for (const [nextNodes, message] of routes) {
    const outputs = [{ outputJson: '{}' }, { outputJson: '{}', route: { nextNodes } }];
    const outcome = outcomeOf({ ...held, executed: { outputs } });
    assert.ok(outcome?.kind === 'invalid', nextNodes[0]);
    assert.equal(outcome.failure.code, 'ROUTE_INVALID');
    assert.match(outcome.failure.message, message);
    assert.equal(emitsOf([{ ...held, outputs }])[0]?.failure?.code, 'ROUTE_INVALID');
  }
});

test('an error without a code is a NODE_ERROR, and a long message is cut between characters', () => {
  const outcome = outcomeOf({ ...held, errored: { message: '界'.repeat(3_000) } });
  assert.ok(outcome?.kind === 'errored');
  assert.equal(outcome.failure.code, 'NODE_ERROR');
  assert.equal(outcome.isRetryable, true);
  assert.equal(outcome.failure.message, '界'.repeat(1_365));
  assert.ok(!('stack' in outcome.failure), 'what there is not costs no bytes');
  holds(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer({ min: 1, max: 100 }),
      (long, maxBytes) => {
        const cut = cutToBytes(long, maxBytes);
        assert.ok(Buffer.byteLength(cut) <= maxBytes);
        assert.ok(long.startsWith(cut));
      },
    ),
  );
});

test('a frame that names no lease, says hello again or is empty ends the stream', () => {
  const frames: wire.ConnectRequest[] = [
    {},
    { hello: goodHello },
    { reports: { items: [{ executed: {} }] } },
    { reports: { items: [{ stateId: 'a:b', leaseToken: 't', executed: {} }] } },
    { emits: { items: [{ stateId: 's' }] } },
    { reports: { items: Array(10_001).fill(held) } },
    { emits: { items: Array(10_001).fill(held) } },
    { capacity: { total: -1 } },
    { ping: { nonce: '9007199254740993' } },
    { goodbye: { reason: 'x'.repeat(5_000) } },
  ];
  for (const frame of frames) {
    assert.throws(() => received(frame), refusal('FRAME_INVALID'), JSON.stringify(frame).slice(0, 200));
  }
});

test('whatever bytes a runtime sends, reading them gives a frame or a FanoutError', () => {
  holds(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let message: wire.ConnectRequest__Output;
      try {
        message = fanoutV1.ConnectRequest.deserialize(Buffer.from(bytes));
      } catch {
        return; // Not protobuf: gRPC ends the stream by itself.
      }
      try {
        decodeUpFrame(message, maxOutputBytes);
      } catch (error) {
        assert.ok(error instanceof FanoutError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
