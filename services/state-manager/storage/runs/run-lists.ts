import type { Redis } from 'ioredis';
import type { FailedStatus, RunLists } from '../../engine/ports/run-lists.ts';
import type { Keys } from '../layout/keys.ts';
import { failedRange } from '../layout/run-lists.ts';

/** Reads the lists of one run. */
export class RedisRunLists implements RunLists {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async failedStates(
    runId: string,
    status: FailedStatus,
    { from, atMost }: { readonly from: number; readonly atMost: number },
  ): Promise<number[]> {
    const { min, max } = failedRange(status, from);
    const key = this.#keys.failedStates(runId);
    return (await this.#redis.zrangebyscore(key, min, max, 'LIMIT', 0, atMost)).map(Number);
  }
}
