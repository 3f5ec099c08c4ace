import type { Redis } from 'ioredis';

/** Reads the clock that all state managers share, epoch milliseconds. */
export async function readTime(redis: Redis): Promise<number> {
  return toMs(await redis.time());
}

/** Milliseconds of an answer of TIME: seconds and microseconds. */
export function toMs([seconds, microseconds]: readonly (number | string)[]): number {
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
