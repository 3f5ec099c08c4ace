import type { Redis } from 'ioredis';
import { near } from '../cluster/cluster-redis.ts';

/**
 * Reads the clock that all state managers share, epoch milliseconds.
 * @param key where the servers of a Cluster have clocks of their own, that of the server with this key is read
 */
export async function readTime(redis: Redis, key: string): Promise<number> {
  return toMs(await near(redis, key).time());
}

/** Milliseconds of an answer of TIME: seconds and microseconds. */
export function toMs([seconds, microseconds]: readonly (number | string)[]): number {
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
