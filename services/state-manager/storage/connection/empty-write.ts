import type { Redis } from 'ioredis';

/** Writes nothing, where Redis refuses it as it does any other write. @param key of a sorted set, which may not exist */
export function emptyWrite(redis: Redis, key: string): Promise<unknown> {
  return redis.zadd(key, 'XX', 0, '-');
}
