/** Waits for what becomes true, as long as it takes and no longer; and watches for what must not happen. */
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** Gives up after this long, 10,000 if absent. */
  readonly timeoutMs?: number;
  /** Asks again after this long, 20 if absent. */
  readonly intervalMs?: number;
}

/**
 * Asks until `attempt` gives a value other than undefined and false, or an assertion in it holds.
 * @throws the last error that `attempt` threw, or that the time is up.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20 }: EventuallyOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const endAt = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    } catch (error) {
      problem = error;
    }
    if (performance.now() >= endAt) throw problem ?? new Error(`not true after ${timeoutMs} ms: ${attempt}`);
    await delay(intervalMs);
  }
}

/**
 * Asks throughout an interval whether something has happened that must not.
 * @param check gives undefined or false as long as it has not
 * @throws at once when `check` gives anything else, or throws itself
 */
export async function never<T>(
  ms: number,
  check: () => T | Promise<T>,
  { intervalMs = 20 }: Pick<EventuallyOptions, 'intervalMs'> = {},
): Promise<void> {
  const startAt = performance.now();
  for (let isOver = false; !isOver; ) {
    // What is asked last is asked when the interval is over, so that all of it was watched.
    isOver = performance.now() - startAt >= ms;
    const value = await check();
    if (value !== undefined && value !== false) {
      const afterMs = Math.round(performance.now() - startAt);
      throw new Error(`${inspect(value)} after ${afterMs} of ${ms} ms, which must not be: ${check}`);
    }
    if (!isOver) await delay(Math.min(intervalMs, Math.max(0, ms - (performance.now() - startAt))));
  }
}
