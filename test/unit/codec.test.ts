import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as wire from '@fanout/proto';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type * as model from '../../services/state-manager/domain/model.ts';
import { stateStatuses } from '../../services/state-manager/domain/model.ts';
import type { ErrorReason } from '../../services/state-manager/errors.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { encodeDownFrame } from '../../services/state-manager/transport/codec/down-frames.ts';
import {
  isId,
  jsonDepth,
  readJsonObject,
  readPage,
} from '../../services/state-manager/transport/codec/fields.ts';
import { encodeGraph } from '../../services/state-manager/transport/codec/graphs.ts';
import { decodeHello } from '../../services/state-manager/transport/codec/hello.ts';
import {
  encodeCapacity,
  encodeDefinition,
  encodeRuntime,
} from '../../services/state-manager/transport/codec/nodes.ts';
import { cutToBytes } from '../../services/state-manager/transport/codec/reports.ts';
import {
  decodeRunFilter,
  decodeStateFilter,
  decodeTriggerRun,
  encodeRun,
  encodeState,
} from '../../services/state-manager/transport/codec/runs.ts';
import { fromDuration, toDuration, toTimestamp } from '../../services/state-manager/transport/codec/time.ts';
import { decodeCreateToken, encodeToken } from '../../services/state-manager/transport/codec/tokens.ts';
import { decodeUpFrames } from '../../services/state-manager/transport/codec/up-frames.ts';

interface MessageType<Input, Output> {
  serialize(value: Input): Buffer;
  deserialize(bytes: Buffer): Output;
}

/** A message as the other side decodes it. */
function sent<Input, Output>(type: MessageType<Input, Output>, message: Input): Output {
  return type.deserialize(type.serialize(message));
}

function refusal(reason: ErrorReason, text = ''): (error: unknown) => boolean {
  return (error) => error instanceof FanoutError && error.reason === reason && error.message.includes(text);
}

const idCharacters = [...'ABCXYZabcxyz0189_.-'];
const id = fc
  .string({ unit: fc.constantFrom(...idCharacters), minLength: 1, maxLength: 128 })
  .filter((text) => text !== '__proto__');
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const json = fc.json();
const count = fc.nat({ max: 100_000 });
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
const duration = fc.nat({ max: 604_800_000 });
const nonce = fc.maxSafeInteger();
const failure: fc.Arbitrary<model.Failure> = fc.record({
  code: fc.constantFrom('NODE_ERROR', 'A', 'X_1'),
  message: text,
});
const lease: fc.Arbitrary<model.HeldLease> = fc.record({ stateId: id, leaseToken: id });
const capacity: fc.Arbitrary<model.Capacity> = fc.record({
  total: count,
  perNode: fc.dictionary(id, count, { maxKeys: 5, noNullPrototype: false }),
});
const outputs: fc.Arbitrary<model.Output[]> = fc.array(fc.record({ outputJson: json }), { maxLength: 5 });

// ---------------------------------------------------------------- down

const assignment: fc.Arbitrary<model.Assignment> = fc.record(
  {
    stateId: id,
    leaseToken: id,
    runId: id,
    graphName: id,
    identifier: id,
    nodeName: id,
    attempt: fc.integer({ min: 1, max: 1_000 }),
    idempotencyKey: text,
    inputsJson: json,
    unitedInputs: fc.array(text, { maxLength: 3 }),
    deadlineAt: instant,
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  },
  {
    requiredKeys: [
      'stateId',
      'leaseToken',
      'runId',
      'graphName',
      'identifier',
      'nodeName',
      'attempt',
      'idempotencyKey',
      'inputsJson',
      'unitedInputs',
      'traceparent',
    ],
  },
);
const ack: fc.Arbitrary<model.Ack> = fc.record(
  {
    stateId: id,
    leaseToken: id,
    status: fc.constantFrom('ACCEPTED', 'ALREADY_SETTLED', 'STALE_LEASE', 'INVALID', 'MISSING_EMITS'),
    reason: failure,
    emitFirstIndex: fc.maxSafeNat(),
    missing: fc.array(fc.record({ first: fc.maxSafeNat(), end: fc.maxSafeNat() }), {
      minLength: 1,
      maxLength: 5,
    }),
  },
  { requiredKeys: ['stateId', 'leaseToken', 'status'] },
);
const downFrame: fc.Arbitrary<model.DownFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('assignments'),
    items: fc.array(assignment, { minLength: 1, maxLength: 20 }),
  }),
  fc.record({ kind: fc.constant('acks'), items: fc.array(ack, { minLength: 1, maxLength: 20 }) }),
  fc.record({
    kind: fc.constant('cancellations'),
    items: fc.array(fc.record({ stateId: id, leaseToken: id, reason: text }), {
      minLength: 1,
      maxLength: 20,
    }),
  }),
  fc.record({
    kind: fc.constant('welcome'),
    welcome: fc.record({
      sessionId: id,
      resumed: fc.boolean(),
      leaseMs: duration,
      heartbeatMs: duration,
      maxFrameBytes: fc.nat(),
      maxOutputBytes: fc.nat(),
      lostLeases: fc.array(lease, { maxLength: 5 }),
    }),
  }),
  fc.record({ kind: fc.constant('drain'), reason: text, graceMs: duration }),
  fc.record({ kind: fc.constant('ping'), nonce }),
  fc.record({ kind: fc.constant('pong'), nonce }),
) as fc.Arbitrary<model.DownFrame>;

function instantOf(timestamp: { readonly seconds?: number; readonly nanos?: number }): number {
  return fromDuration(timestamp);
}

/** What a runtime makes of a message. */
function readDown(message: wire.ConnectResponse__Output): model.DownFrame {
  switch (message.frame) {
    case 'assignments':
      return { kind: 'assignments', items: (message.assignments?.items ?? []).map(readAssignment) };
    case 'acks':
      return { kind: 'acks', items: (message.acks?.items ?? []).map(readAck) };
    case 'cancellations':
      return {
        kind: 'cancellations',
        items: (message.cancellations?.items ?? []).map((item) => ({
          ...readLease(item),
          reason: item.reason ?? '',
        })),
      };
    case 'welcome': {
      const welcome = message.welcome ?? {};
      return {
        kind: 'welcome',
        welcome: {
          sessionId: welcome.sessionId ?? '',
          resumed: welcome.resumed ?? false,
          leaseMs: fromDuration(welcome.leaseInterval ?? {}),
          heartbeatMs: fromDuration(welcome.heartbeatInterval ?? {}),
          maxFrameBytes: welcome.maxFrameBytes ?? 0,
          maxOutputBytes: welcome.maxOutputBytes ?? 0,
          lostLeases: (welcome.lostLeases ?? []).map(readLease),
        },
      };
    }
    case 'drain':
      return {
        kind: 'drain',
        reason: message.drain?.reason ?? '',
        graceMs: fromDuration(message.drain?.grace ?? {}),
      };
    case 'ping':
      return { kind: 'ping', nonce: message.ping?.nonce ?? 0 };
    case 'pong':
      return { kind: 'pong', nonce: message.pong?.nonce ?? 0 };
    default:
      return assert.fail('an empty frame');
  }
}

function readLease(item: { readonly stateId?: string; readonly leaseToken?: string }): model.HeldLease {
  return { stateId: item.stateId ?? '', leaseToken: item.leaseToken ?? '' };
}

function readAssignment(item: wire.Assignment__Output): model.Assignment {
  return {
    ...readLease(item),
    runId: item.runId ?? '',
    graphName: item.graphName ?? '',
    identifier: item.identifier ?? '',
    nodeName: item.nodeName ?? '',
    attempt: item.attempt ?? 0,
    idempotencyKey: item.idempotencyKey ?? '',
    inputsJson: item.inputsJson ?? '',
    unitedInputs: item.unitedInputs ?? [],
    ...(item.deadline && { deadlineAt: instantOf(item.deadline) }),
    traceparent: item.traceparent ?? '',
  };
}

function readAck(item: wire.Ack__Output): model.Ack {
  return {
    ...readLease(item),
    status: String(item.status).slice('ACK_STATUS_'.length) as model.AckStatus,
    ...(item.reason && { reason: { code: item.reason.code ?? '', message: item.reason.message ?? '' } }),
    ...(item.isEmit && { emitFirstIndex: item.firstIndex ?? 0 }),
    ...(item.missing && { missing: item.missing.map(({ first = 0, end = 0 }) => ({ first, end })) }),
  };
}

test('every frame to a runtime arrives as it was sent', () => {
  fc.assert(
    fc.property(downFrame, (frame) => {
      const messages = encodeDownFrame(frame, 4 * 1024 * 1024);
      assert.equal(messages.length, 1);
      for (const { message, bytes } of messages) {
        assert.deepEqual(readDown(sent(fanoutV1.ConnectResponse, message)), frame);
        assert.ok(fanoutV1.ConnectResponse.serialize(message).length <= bytes, 'the size is an upper bound');
      }
    }),
  );
});

test('items that do not fit one frame are split over several, in order', () => {
  fc.assert(
    fc.property(
      fc.array(assignment, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 4_096, max: 16_384 }),
      (items, maxFrameBytes) => {
        const arrived: model.Assignment[] = [];
        for (const { message, bytes } of encodeDownFrame({ kind: 'assignments', items }, maxFrameBytes)) {
          const written = fanoutV1.ConnectResponse.serialize(message);
          assert.ok(written.length <= bytes);
          const frame = readDown(fanoutV1.ConnectResponse.deserialize(written));
          assert.ok(frame.kind === 'assignments');
          assert.ok(frame.items.length === 1 || bytes <= maxFrameBytes);
          arrived.push(...frame.items);
        }
        assert.deepEqual(arrived, items);
      },
    ),
  );
});

test('a frame has at most 512 items, and bytes are counted only where characters might mislead', () => {
  const items = Array.from({ length: 1_300 }, (_, index) => ({
    stateId: `s${index}`,
    leaseToken: 't',
    status: 'ACCEPTED' as const,
  }));
  const sizes = encodeDownFrame({ kind: 'acks', items }, 4 * 1024 * 1024).map(
    ({ message }) => message.acks?.items?.length,
  );
  assert.deepEqual(sizes, [512, 512, 276]);
  const wide = (inputsJson: string) => ({
    stateId: 's',
    leaseToken: 't',
    runId: 'r',
    graphName: 'g',
    identifier: 'i',
    nodeName: 'N',
    attempt: 1,
    idempotencyKey: 'k',
    inputsJson,
    unitedInputs: [],
    traceparent: '',
  });
  // 9,000 bytes of ASCII would be 27,000 by characters, yet fit one frame of 10,000.
  assert.equal(
    encodeDownFrame({ kind: 'assignments', items: [wide('x'.repeat(9_000))] }, 10_000)[0]?.bytes! <= 10_000,
    true,
  );
  assert.equal(
    encodeDownFrame({ kind: 'assignments', items: [wide('界'.repeat(4_000)), wide('{}')] }, 10_000).length,
    2,
  );
});

// ---------------------------------------------------------------- up

const outcome: fc.Arbitrary<model.Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('executed' as const), outputs, emitCount: fc.constant(0) }),
  fc.record({ kind: fc.constant('executed' as const), outputs: fc.constant([]), emitCount: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('errored' as const), failure, isRetryable: fc.boolean() }),
);
const report: fc.Arbitrary<model.Report> = fc.record({ stateId: id, leaseToken: id, outcome });
const emit: fc.Arbitrary<model.Emit> = fc.record({
  stateId: id,
  leaseToken: id,
  firstIndex: fc.maxSafeNat(),
  outputs,
});
const upFrame: fc.Arbitrary<model.UpFrame> = fc.oneof(
  fc.record({ kind: fc.constant('reports' as const), items: fc.array(report, { maxLength: 10 }) }),
  fc.record({ kind: fc.constant('emits' as const), items: fc.array(emit, { minLength: 1, maxLength: 10 }) }),
  fc.record({ kind: fc.constant('capacity' as const), capacity }),
  fc.constant({ kind: 'heartbeat' as const }),
  fc.record({ kind: fc.constant('ping' as const), nonce }),
  fc.record({ kind: fc.constant('pong' as const), nonce }),
  fc.record({ kind: fc.constant('goodbye' as const), reason: text }),
);

function writeOutputs(items: readonly model.Output[]): wire.Output[] {
  return items.map(({ outputJson }) => ({ outputJson }));
}

function writeReport({ stateId, leaseToken, outcome }: model.Report): wire.Report {
  switch (outcome.kind) {
    case 'executed':
      return {
        stateId,
        leaseToken,
        executed: { outputs: writeOutputs(outcome.outputs), emitCount: outcome.emitCount },
      };
    case 'errored':
      return { stateId, leaseToken, errored: { ...outcome.failure, notRetryable: !outcome.isRetryable } };
    default:
      return assert.fail(`no runtime writes ${outcome.kind} yet`);
  }
}

/** What a runtime sends. */
function writeUp(frame: model.UpFrame): wire.ConnectRequest {
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
      return { heartbeat: {} };
    case 'ping':
      return { ping: { nonce: frame.nonce } };
    case 'pong':
      return { pong: { nonce: frame.nonce } };
    case 'goodbye':
      return { goodbye: { reason: frame.reason } };
  }
}

const maxOutputBytes = 1024 * 1024;

function received(message: wire.ConnectRequest): readonly model.UpFrame[] {
  return decodeUpFrames(sent(fanoutV1.ConnectRequest, message), maxOutputBytes);
}

/** Plain objects, so that a map without a prototype equals one with. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('every frame of a runtime arrives as it was sent', () => {
  fc.assert(
    fc.property(upFrame, (frame) => assert.deepEqual(plain(received(writeUp(frame))), plain([frame]))),
  );
});

test('every hello arrives as it was sent, in the namespace of the caller', () => {
  const schema = fc.constantFrom('', '{}', '{"type":"object","properties":{"a":{"type":"string"}}}');
  const definition = fc.record({
    name: id,
    inputSchemaJson: schema,
    outputSchemaJson: schema,
    secrets: fc.constant([]),
    iteratorInputs: fc.array(id, { maxLength: 3 }),
    openFanOut: fc.constant(false),
    description: text,
  });
  const hello: fc.Arbitrary<model.Hello> = fc.record({
    protocolVersion: fc.constant(1),
    namespace: id,
    runtimeName: id,
    language: fc.constantFrom('', 'typescript'),
    nodes: fc.uniqueArray(definition, { selector: ({ name }) => name, maxLength: 5 }),
    capacity,
    sessionId: fc.oneof(fc.constant(''), id),
    heldLeases: fc.array(lease, { maxLength: 5 }),
  });
  fc.assert(
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
    [node({ secrets: ['KEY'] }), 'nodes[0].secrets is not available'],
    [node({ openFanOut: true }), 'nodes[0].open_fan_out is not available'],
    [node({ iteratorInputs: [''] }), 'nodes[0].iterator_inputs'],
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

function outcomeOf(report: wire.Report): model.Outcome | undefined {
  const [frame] = received({ reports: { items: [report] } });
  return frame?.kind === 'reports' ? frame.items[0]?.outcome : undefined;
}

test('a report of what this version lacks fails its state as NOT_AVAILABLE', () => {
  const reports: wire.Report[] = [
    { ...held, pruned: { dataJson: '{}' } },
    { ...held, requeued: { delay: toDuration(1_000) } },
    { ...held, executed: { outputs: [{ outputJson: '{}', route: {} }] } },
    { ...held, executed: { outputs: [{ outputJson: '{}', route: { nextNodes: ['a'] } }] } },
    { ...held, executed: { outputs: [{ outputJson: '{}' }] }, storeChanges: [{ key: 'k', delete: true }] },
  ];
  for (const report of reports) {
    const outcome = outcomeOf(report);
    assert.ok(outcome?.kind === 'errored', JSON.stringify(report));
    assert.equal(outcome.failure.code, 'NOT_AVAILABLE');
    assert.equal(outcome.isRetryable, false);
  }
});

test('a malformed report with a lease fails its state, and the others on the frame are untouched', () => {
  const malformed: wire.Report[] = [
    held,
    { ...held, executed: { emitCount: -1 } },
    { ...held, executed: { emitCount: 2, outputs: [{ outputJson: '{}' }] } },
    { ...held, errored: { code: 'not upper' } },
    { ...held, errored: { code: 'X'.repeat(129) } },
  ];
  const good: wire.Report = {
    stateId: 's2',
    leaseToken: 't2',
    executed: { outputs: [{ outputJson: '{"a":1}' }] },
  };
  const [frame] = received({ reports: { items: [...malformed, good] } });
  assert.ok(frame?.kind === 'reports');
  for (const { outcome } of frame.items.slice(0, -1)) {
    assert.ok(outcome.kind === 'errored');
    assert.equal(outcome.failure.code, 'REPORT_INVALID');
    assert.equal(outcome.isRetryable, false);
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
  assert.ok(outcome?.kind === 'errored');
  assert.equal(outcome.failure.code, 'OUTPUT_TOO_LARGE');
  const frames = received({
    emits: {
      items: [
        { ...held, outputs: [tooLarge] },
        { ...held, firstIndex: 1, outputs: [{ outputJson: '{}' }] },
      ],
    },
  });
  assert.deepEqual(
    frames.map(({ kind }) => kind),
    ['emits', 'reports'],
  );
});

test('an error without a code is a NODE_ERROR, and a long message is cut between characters', () => {
  const outcome = outcomeOf({ ...held, errored: { message: '界'.repeat(3_000) } });
  assert.ok(outcome?.kind === 'errored');
  assert.equal(outcome.failure.code, 'NODE_ERROR');
  assert.equal(outcome.isRetryable, true);
  assert.equal(outcome.failure.message, '界'.repeat(1_365));
  fc.assert(
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
    { capacity: { total: -1 } },
    { ping: { nonce: '9007199254740993' } },
    { goodbye: { reason: 'x'.repeat(5_000) } },
  ];
  for (const frame of frames) {
    assert.throws(() => received(frame), refusal('FRAME_INVALID'), JSON.stringify(frame));
  }
});

test('whatever bytes a runtime sends, reading them gives frames or a FanoutError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let message: wire.ConnectRequest__Output;
      try {
        message = fanoutV1.ConnectRequest.deserialize(Buffer.from(bytes));
      } catch {
        return; // Not protobuf: gRPC ends the stream by itself.
      }
      try {
        decodeUpFrames(message, maxOutputBytes);
      } catch (error) {
        assert.ok(error instanceof FanoutError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

// ---------------------------------------------------------------- nouns and requests

test('graphs, runs, states, nodes, runtimes and tokens arrive as they were sent', () => {
  fc.assert(
    fc.property(
      id,
      text,
      instant,
      count,
      capacity,
      fc.constantFrom(...stateStatuses),
      (name, words, at, number, limits, status) => {
        const createTime = toTimestamp(at);
        const graph = { namespace: name, name, version: number + 1, templateJson: words, createdAt: at };
        const { version, templateJson, ...graphSent } = sent(fanoutV1.Graph, encodeGraph(graph));
        assert.deepEqual([version, templateJson ?? ''], [graph.version, words]);
        assert.equal(instantOf(graphSent.createTime ?? {}), at);

        const byStatus = Object.fromEntries(
          stateStatuses.map((each, index) => [each, index + number]),
        ) as Record<model.StateStatus, number>;
        const run = sent(
          fanoutV1.Run,
          encodeRun({
            runId: name,
            namespace: name,
            graphName: name,
            graphVersion: 1,
            status: 'PAUSED',
            priority: -7,
            createdAt: at,
            endedAt: at + 1,
            stateCount: number,
            counts: [{ identifier: name, nodeName: name, byStatus }],
          }),
        );
        assert.equal(run.status, 'RUN_STATUS_PAUSED');
        assert.equal(run.priority, -7);
        assert.equal(instantOf(run.endTime ?? {}), at + 1);
        const [counts] = run.counts ?? [];
        const { identifier, nodeName, ...numbers } = counts ?? {};
        assert.deepEqual([identifier, nodeName], [name, name]);
        assert.deepEqual(
          { created: 0, ...numbers },
          {
            created: number,
            queued: number + 1,
            executed: number + 2,
            success: number + 3,
            errored: number + 4,
            retryCreated: number + 5,
            pruned: number + 6,
            cancelled: number + 7,
          },
        );

        const state = sent(
          fanoutV1.State,
          encodeState({
            stateId: name,
            runId: name,
            identifier: name,
            nodeName: name,
            status,
            attempt: 2,
            path: '0.0',
            parents: { [name]: name },
            outputJson: words,
            failure: { code: 'X', message: words },
            updatedAt: at,
            dueAt: at,
          }),
        );
        assert.equal(state.status, `STATE_STATUS_${status}`);
        assert.deepEqual(state.parents, { [name]: name });
        assert.deepEqual([state.outputJson ?? '', state.failure?.message ?? ''], [words, words]);
        assert.deepEqual([instantOf(state.updateTime ?? {}), instantOf(state.dueTime ?? {})], [at, at]);

        const runtime = sent(
          fanoutV1.ConnectedRuntime,
          encodeRuntime({
            sessionId: name,
            runtimeName: name,
            language: 'go',
            nodeNames: [name],
            capacity: limits,
            inFlight: number,
            connectedAt: at,
            isDraining: true,
          }),
        );
        assert.deepEqual(plain(runtime.capacity?.perNode ?? {}), plain(limits.perNode));
        assert.deepEqual([runtime.inFlight ?? 0, runtime.draining], [number, true]);

        const token = sent(
          fanoutV1.Token,
          encodeToken({ tokenId: name, namespace: name, role: 'client', createdAt: at }),
        );
        assert.equal(token.role, 'ROLE_CLIENT');
        assert.deepEqual({ seconds: 0, nanos: 0, ...token.createTime }, createTime);
        assert.equal(token.expireTime, undefined);
      },
    ),
  );
});

test('a trigger arrives as it was sent', () => {
  const trigger: fc.Arbitrary<model.TriggerRequest> = fc.record({
    namespace: id,
    graphName: id,
    inputsJson: fc.oneof(
      fc.constant(''),
      fc.dictionary(text, fc.jsonValue()).map((inputs) => JSON.stringify(inputs)),
    ),
    idempotencyKey: text,
    priority: fc.integer({ min: -100, max: 100 }),
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  });
  fc.assert(
    fc.property(trigger, (request) =>
      assert.deepEqual(
        decodeTriggerRun(sent(fanoutV1.TriggerRunRequest, request), request.namespace),
        request,
      ),
    ),
  );
});

test('a malformed trigger is refused with the field that is malformed', () => {
  const cases: [wire.TriggerRunRequest, string][] = [
    [{}, 'graph_name'],
    [{ graphName: 'a}b{' }, 'graph_name'],
    [{ graphName: 'g', inputsJson: '[1]' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: 'null' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: '{' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: `{"a":${'['.repeat(64)}${']'.repeat(64)}}` }, 'inputs_json'],
    [{ graphName: 'g', idempotencyKey: 'k'.repeat(257) }, 'idempotency_key'],
    [{ graphName: 'g', priority: 101 }, 'priority'],
    [{ graphName: 'g', priority: -101 }, 'priority'],
    [{ graphName: 'g', traceparent: 'x\r\ny' }, 'traceparent'],
    [{ graphName: 'g', storeJson: { k: '1' } }, 'store_json is not available'],
    [{ graphName: 'g', startTime: toTimestamp(1) }, 'start_time is not available'],
  ];
  for (const [request, field] of cases) {
    assert.throws(
      () => decodeTriggerRun(sent(fanoutV1.TriggerRunRequest, request), 'default'),
      refusal('FIELD_INVALID', field),
      field,
    );
  }
});

test('pages, filters and lifetimes have their defaults and their bounds', () => {
  assert.deepEqual(readPage({}), { pageSize: 100, pageToken: '' });
  assert.deepEqual(readPage({ pageSize: 1_000, pageToken: 'x' }), { pageSize: 1_000, pageToken: 'x' });
  assert.throws(() => readPage({ pageSize: 1_001 }), refusal('FIELD_INVALID', 'page_size'));
  assert.throws(() => readPage({ pageSize: -1 }), refusal('FIELD_INVALID', 'page_size'));
  assert.throws(() => readPage({ pageToken: 'x'.repeat(3_000) }), refusal('PAGE_TOKEN_INVALID'));
  assert.deepEqual(decodeRunFilter(sent(fanoutV1.ListRunsRequest, {})), {});
  assert.deepEqual(
    decodeRunFilter(sent(fanoutV1.ListRunsRequest, { graphName: 'g', status: 'RUN_STATUS_FAILED' })),
    { graphName: 'g', status: 'FAILED' },
  );
  assert.deepEqual(
    decodeStateFilter(sent(fanoutV1.ListStatesRequest, { status: 'STATE_STATUS_RETRY_CREATED' })),
    { status: 'RETRY_CREATED' },
  );
  assert.throws(() => decodeStateFilter({ status: 99 as never }), refusal('FIELD_INVALID', 'status'));
  assert.deepEqual(decodeCreateToken(sent(fanoutV1.CreateTokenRequest, { role: 'ROLE_ADMIN' })), {
    role: 'admin',
    ttlMs: undefined,
  });
  assert.deepEqual(
    decodeCreateToken(sent(fanoutV1.CreateTokenRequest, { role: 'ROLE_RUNTIME', ttl: { seconds: 60 } })),
    { role: 'runtime', ttlMs: 60_000 },
  );
  assert.throws(() => decodeCreateToken({}), refusal('FIELD_INVALID', 'role'));
  assert.throws(
    () => decodeCreateToken({ role: 'ROLE_ADMIN', ttl: { seconds: -1 } }),
    refusal('FIELD_INVALID', 'ttl'),
  );
});

test('an id is what the rule says', () => {
  fc.assert(
    fc.property(fc.oneof(id, fc.string({ maxLength: 140 })), (candidate) =>
      assert.equal(isId(candidate), /^[A-Za-z0-9_.-]{1,128}$/.test(candidate) && !candidate.endsWith('\n')),
    ),
  );
});

test('the depth of JSON is found without parsing it', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue(), (value) => assert.equal(jsonDepth(JSON.stringify(value)), depthOf(value))),
  );
  assert.throws(
    () => readJsonObject('x', '['.repeat(4_000_000)),
    refusal('FIELD_INVALID', 'nests deeper than 64'),
  );
  assert.equal(readJsonObject('x', '{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}');
});

test('durations come back to the millisecond', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (ms) => assert.equal(fromDuration(toDuration(ms)), ms)),
  );
});
