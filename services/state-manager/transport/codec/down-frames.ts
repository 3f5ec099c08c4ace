/** Frames to a runtime: the hot way down. */
import type * as wire from '@fanout/proto';
import type {
  Ack,
  Assignment,
  Cancellation,
  DownFrame,
  HeldLease,
  Welcome,
} from '../../domain/model/stream.ts';
import { assertNever } from '../../errors.ts';
import { ackStatusNames } from './statuses.ts';
import { toDuration, toTimestamp } from './time.ts';

/** A message with the most bytes that it can have on the wire. */
export interface SizedMessage {
  readonly message: wire.ConnectResponse;
  readonly bytes: number;
}

/** More items a frame bring nothing, and make a runtime wait for the first of them. */
const maxItems = 512;
/** Tags, lengths and numbers of an item, at most. */
const itemOverhead = 128;
const frameOverhead = 32;

/** Measures an item: exact counts what UTF-8 makes of JSON, else three bytes a character stand for it. */
type Measure<Item> = (item: Item, exact: boolean) => number;

function measureAssignment(item: Assignment, exact: boolean): number {
  const { inputsJson, unitedInputs } = item;
  let bytes = itemOverhead + (exact ? Buffer.byteLength(inputsJson) : inputsJson.length * 3);
  bytes += item.stateId.length + item.leaseToken.length + item.runId.length + item.graphName.length;
  bytes +=
    item.identifier.length * 3 +
    item.nodeName.length +
    item.idempotencyKey.length * 3 +
    item.traceparent.length;
  for (let i = 0; i < unitedInputs.length; i++) bytes += (unitedInputs[i] as string).length * 3 + 4;
  if (item.secrets !== undefined) {
    for (const [name, value] of Object.entries(item.secrets))
      bytes += name.length + (exact ? Buffer.byteLength(value) : value.length * 3) + 16;
  }
  return bytes;
}

function measureAck(item: Ack): number {
  let bytes = itemOverhead + item.stateId.length + item.leaseToken.length;
  if (item.reason !== undefined) bytes += (item.reason.code.length + item.reason.message.length) * 3;
  if (item.missing !== undefined) bytes += item.missing.length * 24;
  return bytes;
}

function measureCancellation(item: Cancellation): number {
  return itemOverhead + item.stateId.length + item.leaseToken.length + item.reason.length * 3;
}

function encodeAssignment(item: Assignment): wire.Assignment {
  const assignment: wire.Assignment = {
    stateId: item.stateId,
    leaseToken: item.leaseToken,
    runId: item.runId,
    graphName: item.graphName,
    identifier: item.identifier,
    nodeName: item.nodeName,
    attempt: item.attempt,
    idempotencyKey: item.idempotencyKey,
    inputsJson: item.inputsJson,
    // The serializer reads the list and does not keep it.
    unitedInputs: item.unitedInputs as string[],
    deadline: item.deadlineAt === undefined ? null : toTimestamp(item.deadlineAt),
    traceparent: item.traceparent,
    acceptedEmits: item.acceptedEmits,
  };
  if (item.secrets !== undefined) assignment.secrets = item.secrets;
  return assignment;
}

function encodeAck(item: Ack): wire.Ack {
  const ack: wire.Ack = {
    stateId: item.stateId,
    leaseToken: item.leaseToken,
    status: ackStatusNames[item.status],
  };
  if (item.reason !== undefined) ack.reason = { code: item.reason.code, message: item.reason.message };
  if (item.emitFirstIndex !== undefined) {
    ack.isEmit = true;
    ack.firstIndex = item.emitFirstIndex;
  }
  if (item.missing !== undefined) ack.missing = item.missing.map(({ first, end }) => ({ first, end }));
  return ack;
}

function encodeCancellation(item: Cancellation): wire.Cancellation {
  return { stateId: item.stateId, leaseToken: item.leaseToken, reason: item.reason };
}

function encodeHeldLease(lease: HeldLease): wire.HeldLease {
  return { stateId: lease.stateId, leaseToken: lease.leaseToken };
}

function encodeWelcome(welcome: Welcome): wire.Welcome {
  return {
    sessionId: welcome.sessionId,
    resumed: welcome.resumed,
    leaseInterval: toDuration(welcome.leaseMs),
    heartbeatInterval: toDuration(welcome.heartbeatMs),
    maxFrameBytes: welcome.maxFrameBytes,
    maxOutputBytes: welcome.maxOutputBytes,
    lostLeases: welcome.lostLeases.map(encodeHeldLease),
  };
}

/**
 * Splits items into frames of at most `maxItems` and `maxFrameBytes`. Counting the bytes of JSON costs, so a
 * frame that is small by any count is not counted. An item that is too large by itself gets a frame of its own,
 * for the caller to refuse.
 */
function pack<Item, Encoded>(
  items: readonly Item[],
  measure: Measure<Item>,
  encode: (item: Item) => Encoded,
  wrap: (encoded: Encoded[]) => wire.ConnectResponse,
  maxFrameBytes: number,
): SizedMessage[] {
  let atMost = frameOverhead;
  for (let i = 0; i < items.length; i++) atMost += measure(items[i] as Item, false);
  const isExact = atMost > maxFrameBytes;

  const messages: SizedMessage[] = [];
  let encoded: Encoded[] = [];
  let bytes = frameOverhead;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Item;
    const size = measure(item, isExact);
    if (encoded.length > 0 && (encoded.length === maxItems || bytes + size > maxFrameBytes)) {
      messages.push({ message: wrap(encoded), bytes });
      encoded = [];
      bytes = frameOverhead;
    }
    encoded.push(encode(item));
    bytes += size;
  }
  if (encoded.length > 0) messages.push({ message: wrap(encoded), bytes });
  return messages;
}

function single(message: wire.ConnectResponse, bytes = 64): SizedMessage[] {
  return [{ message, bytes }];
}

/** The messages that carry a frame, none larger than `maxFrameBytes` unless a single item is. */
export function encodeDownFrame(frame: DownFrame, maxFrameBytes: number): readonly SizedMessage[] {
  switch (frame.kind) {
    case 'assignments':
      return pack(
        frame.items,
        measureAssignment,
        encodeAssignment,
        (items) => ({ assignments: { items } }),
        maxFrameBytes,
      );
    case 'acks':
      return pack(frame.items, measureAck, encodeAck, (items) => ({ acks: { items } }), maxFrameBytes);
    case 'cancellations':
      return pack(
        frame.items,
        measureCancellation,
        encodeCancellation,
        (items) => ({ cancellations: { items } }),
        maxFrameBytes,
      );
    case 'welcome': {
      let bytes = 256;
      for (const lease of frame.welcome.lostLeases)
        bytes += lease.stateId.length + lease.leaseToken.length + 12;
      return single({ welcome: encodeWelcome(frame.welcome) }, bytes);
    }
    case 'ping':
      return single({ ping: { nonce: frame.nonce } });
    case 'pong':
      return single({ pong: { nonce: frame.nonce } });
    case 'drain':
      return single(
        { drain: { reason: frame.reason, grace: toDuration(frame.graceMs) } },
        64 + 3 * frame.reason.length,
      );
    default:
      return assertNever(frame);
  }
}
