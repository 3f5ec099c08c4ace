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
import { itemOverhead, pack, type SizedMessage } from './pack.ts';
import { ackStatusNames } from './statuses.ts';
import { toDuration, toTimestamp } from './time.ts';

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
    ...(welcome.runLogs && { runLogs: welcome.runLogs }),
  };
}

function single(message: wire.ConnectResponse, bytes = 64): SizedMessage<wire.ConnectResponse>[] {
  return [{ message, bytes }];
}

/** The messages that carry a frame, none larger than `maxFrameBytes` unless a single item is. */
export function encodeDownFrame(
  frame: DownFrame,
  maxFrameBytes: number,
): readonly SizedMessage<wire.ConnectResponse>[] {
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
