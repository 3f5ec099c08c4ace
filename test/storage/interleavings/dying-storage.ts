/** Storage for a process that dies in the middle of what it does. */
import type { RunStorage } from '../../../services/state-manager/engine/ports/storage.ts';

/** Thrown where the process dies. */
const dead = new Error('it died here');

const writing = new Set<string | symbol>([
  'commit',
  'expand',
  'supersede',
  'cancelled',
  'dropJob',
  'retry',
  'takeBack',
]);

export function rethrowUnlessDead(error: Error): void {
  if (error !== dead) throw error;
}

/** A write of a process that is slow, and makes it later. */
export type LateWrite = () => Promise<unknown>;

/** The ones that are looked at when they come late: what was found to be cancelled, and that nothing is left. */
const late = new Set<string | symbol>(['commit', 'cancelled']);

/**
 * Dies behind so many writes, and before the next one.
 * @param onWrite told of what would be settled, or ended, also where it dies
 */
export function dyingBehind(
  most: number,
  runs: RunStorage,
  onWrite: (write: LateWrite) => void = () => undefined,
): RunStorage {
  let seen = 0;
  return new Proxy(runs, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        if (writing.has(name)) {
          seen += 1;
          if (late.has(name)) onWrite(() => member.apply(target, given));
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
