import type { RefusalReason, SettleResult } from '../../engine/ports/settling.ts';
import { readStoreRefusal } from './store-changes.ts';

/** What settle.lua said. */
export function readSettleResult(reply: unknown): SettleResult {
  if (reply instanceof Error) return { kind: 'failed', error: reply };
  const [word, ...rest] = reply as [string, ...(string | number)[]];
  if (word === 'ALIVE') return { kind: 'alive' };
  if (word === 'OK')
    return {
      kind: 'committed',
      hasEnded: rest[0] === 1,
      isCancelling: rest[1] === 1,
      readyNodes: rest.slice(2).map(Number),
    };
  const reasons = new Map<number, RefusalReason>();
  for (let i = 0; i < rest.length; i += 2) reasons.set(Number(rest[i]), readReason(String(rest[i + 1])));
  return { kind: 'refused', reasons };
}

function readReason(text: string): RefusalReason {
  if (text.startsWith('STORE ')) return readStoreRefusal(text.slice('STORE '.length));
  const [word, total] = text.split(' ');
  switch (word) {
    case 'STATES':
      return { limit: 'states', total: Number(total) };
    case 'BYTES':
      return { limit: 'payloadBytes', total: Number(total) };
    case 'STALE':
    case 'SETTLED':
    case 'MISSING':
    case 'UNNEEDED':
    case 'CHANGED':
      return word;
    default:
      throw new Error(`settle.lua refuses a report with a reason that is not known: ${text}`);
  }
}
