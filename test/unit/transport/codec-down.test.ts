import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as wire from '@fanout/proto';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type * as streamModel from '../../../services/state-manager/domain/model/stream.ts';
import { encodeDownFrame } from '../../../services/state-manager/transport/codec/down-frames.ts';
import { fromDuration } from '../../../services/state-manager/transport/codec/time.ts';
import {
  duration,
  failure,
  holds,
  id,
  instant,
  instantOf,
  json,
  lease,
  nonce,
  plain,
  sent,
  text,
} from './codec-samples.ts';

const assignment: fc.Arbitrary<streamModel.Assignment> = fc.record(
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
    secrets: fc.dictionary(id, text, { minKeys: 1, maxKeys: 3, noNullPrototype: false }),
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    acceptedEmits: fc.maxSafeNat(),
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
      'acceptedEmits',
    ],
  },
);
const ack: fc.Arbitrary<streamModel.Ack> = fc.record(
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
const downFrame: fc.Arbitrary<streamModel.DownFrame> = fc.oneof(
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
) as fc.Arbitrary<streamModel.DownFrame>;

/** Reads a message as a runtime does. */
function readDown(message: wire.ConnectResponse__Output): streamModel.DownFrame {
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

function readLease(item: { readonly stateId?: string; readonly leaseToken?: string }): streamModel.HeldLease {
  return { stateId: item.stateId ?? '', leaseToken: item.leaseToken ?? '' };
}

function readAssignment(item: wire.Assignment__Output): streamModel.Assignment {
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
    ...(item.secrets && { secrets: item.secrets }),
    acceptedEmits: item.acceptedEmits ?? 0,
  };
}

function readAck(item: wire.Ack__Output): streamModel.Ack {
  return {
    ...readLease(item),
    status: String(item.status).slice('ACK_STATUS_'.length) as streamModel.AckStatus,
    ...(item.reason && { reason: { code: item.reason.code ?? '', message: item.reason.message ?? '' } }),
    ...(item.isEmit && { emitFirstIndex: item.firstIndex ?? 0 }),
    ...(item.missing && { missing: item.missing.map(({ first = 0, end = 0 }) => ({ first, end })) }),
  };
}

test('every frame to a runtime arrives as it was sent', () => {
  holds(
    fc.property(downFrame, (frame) => {
      const messages = encodeDownFrame(frame, 4 * 1024 * 1024);
      assert.equal(messages.length, 1);
      for (const { message, bytes } of messages) {
        assert.deepEqual(plain(readDown(sent(fanoutV1.ConnectResponse, message))), plain(frame));
        assert.ok(fanoutV1.ConnectResponse.serialize(message).length <= bytes, 'the size is an upper bound');
      }
    }),
  );
});

test('items that do not fit one frame are split over several, in order', () => {
  holds(
    fc.property(
      fc.array(assignment, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 4_096, max: 16_384 }),
      (items, maxFrameBytes) => {
        const arrived: streamModel.Assignment[] = [];
        for (const { message, bytes } of encodeDownFrame({ kind: 'assignments', items }, maxFrameBytes)) {
          const written = fanoutV1.ConnectResponse.serialize(message);
          assert.ok(written.length <= bytes);
          const frame = readDown(fanoutV1.ConnectResponse.deserialize(written));
          assert.ok(frame.kind === 'assignments');
          assert.ok(frame.items.length === 1 || bytes <= maxFrameBytes);
          arrived.push(...frame.items);
        }
        assert.deepEqual(plain(arrived), plain(items));
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
    acceptedEmits: 0,
  });
  // 9,000 bytes of ASCII would be 27,000 by characters, yet fit one frame of 10,000.
  const [ascii] = encodeDownFrame({ kind: 'assignments', items: [wide('x'.repeat(9_000))] }, 10_000);
  assert.ok(ascii !== undefined && ascii.bytes <= 10_000);
  assert.equal(
    encodeDownFrame({ kind: 'assignments', items: [wide('界'.repeat(4_000)), wide('{}')] }, 10_000).length,
    2,
  );
});
