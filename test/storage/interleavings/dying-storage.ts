/** Storage for a process that dies in the middle of what it does. */
import type { Settlement, Turn } from '../../../services/state-manager/engine/ports/settling.ts';
import type { RunStorage } from '../../../services/state-manager/engine/ports/storage.ts';

/** Thrown where the process dies. */
const dead = new Error('it died here');

const writing = new Set<string | symbol>([
  'commit',
  'expand',
  'uncount',
  'cancelled',
  'dropJob',
  'retry',
  'takeBack',
]);

export function rethrowUnlessDead(error: Error): void {
  if (error !== dead) throw error;
}

/**
 * Dies behind so many writes, and before the next one.
 * @param onSettlements told of all that would be settled, also where it dies
 */
export function dyingBehind(
  most: number,
  runs: RunStorage,
  onSettlements: (settlements: readonly Settlement[]) => void = () => undefined,
): RunStorage {
  let seen = 0;
  return new Proxy(runs, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        if (writing.has(name)) {
          seen += 1;
          if (name === 'commit') onSettlements((given[0] as Partial<Turn>).settlements ?? []);
          if (seen > most) throw dead;
        }
        return member.apply(target, given);
      };
    },
  });
}

/** Dies where a retry would be tried again until a sweep is done. */
export function dyingWhenBusy(runs: RunStorage): RunStorage {
  return new Proxy(runs, {
    get(target, name) {
      if (name !== 'retry') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return async (...given: Parameters<RunStorage['retry']>) => {
        const result = await target.retry(...given);
        if (result.kind === 'BUSY') throw dead;
        return result;
      };
    },
  });
}
