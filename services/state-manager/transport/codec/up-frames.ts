import type * as wire from '@fanout/proto';
import type { Progress, UpFrame } from '../../domain/model/stream.ts';
import { invalid, isId, readText } from './fields.ts';
import { decodeLogLines } from './logs.ts';
import { decodeCapacity } from './nodes.ts';
import { decodeEmits, decodeReports } from './reports.ts';

function readNonce(ping: { readonly nonce?: number }): number {
  const nonce = ping.nonce ?? 0;
  // Beyond 53 bits the number would come back as another one.
  if (!Number.isSafeInteger(nonce)) throw invalid('nonce', 'must be within 53 bits', 'FRAME_INVALID');
  return nonce;
}

function decodeProgress(items: readonly wire.Progress__Output[]): Progress[] {
  return items.map(({ stateId, leaseToken, message = '' }, i) => {
    if (!isId(stateId) || !isId(leaseToken)) {
      const rule = 'must name the state_id and lease_token of the assignment';
      throw invalid(`heartbeat.progress[${i}]`, rule, 'FRAME_INVALID');
    }
    return { stateId, leaseToken, message };
  });
}

/** Reads a message after the hello. @throws FanoutError FRAME_INVALID */
export function decodeUpFrame(message: wire.ConnectRequest__Output, maxOutputBytes: number): UpFrame {
  switch (message.frame) {
    case 'reports':
      return { kind: 'reports', items: decodeReports(message.reports?.items ?? [], maxOutputBytes) };
    case 'emits':
      return { kind: 'emits', items: decodeEmits(message.emits?.items ?? [], maxOutputBytes) };
    case 'logLines':
      return { kind: 'logLines', items: decodeLogLines(message.logLines?.items ?? []) };
    case 'heartbeat':
      return { kind: 'heartbeat', progress: decodeProgress(message.heartbeat?.progress ?? []) };
    case 'capacity':
      return { kind: 'capacity', capacity: decodeCapacity(message.capacity, 'FRAME_INVALID') };
    case 'ping':
      return { kind: 'ping', nonce: readNonce(message.ping ?? {}) };
    case 'pong':
      return { kind: 'pong', nonce: readNonce(message.pong ?? {}) };
    case 'goodbye':
      return {
        kind: 'goodbye',
        reason: readText('goodbye.reason', message.goodbye?.reason, 4_096, 'FRAME_INVALID'),
      };
    case 'hello':
      throw invalid(
        'hello',
        'comes first, and once: open another stream for another session',
        'FRAME_INVALID',
      );
    default:
      throw invalid(
        'frame',
        'is empty, or of a kind that protocol version 1 does not have: send one that it has',
        'FRAME_INVALID',
      );
  }
}
