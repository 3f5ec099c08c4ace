import type { RefusalReason, SettleResult } from '../engine/ports.ts';

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
  for (let i = 0; i < rest.length; i += 2) reasons.set(Number(rest[i]), rest[i + 1] as RefusalReason);
  return { kind: 'refused', reasons };
}
