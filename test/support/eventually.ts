/** Waits for what becomes true, as long as it takes and no longer. */
import { setTimeout as delay } from 'node:timers/promises';

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
