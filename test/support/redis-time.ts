/** The clock by which states wait and run: that of Redis. */
import type { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

/** Returns once Redis is so many milliseconds later than now. */
export async function redisTimePasses(redis: Redis, ms: number): Promise<void> {
  const now = async () => {
    const [seconds, micros] = (await redis.time()).map(Number) as [number, number];
    return seconds * 1_000 + micros / 1_000;
  };
  const end = (await now()) + ms + 1;
  await eventually(async () => (await now()) >= end, { intervalMs: 1 });
}
