import { setTimeout as delay } from 'node:timers/promises';

const timeoutMs = 10_000;
const intervalMs = 20;

/** Tries until an attempt holds, for at most 10 seconds. @throws what the last attempt threw */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const endAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > endAt) throw error;
    }
    await delay(intervalMs);
  }
}
