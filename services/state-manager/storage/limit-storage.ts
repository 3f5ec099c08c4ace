import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { LimitedState, LimitStorage, Outlook, RateLimit } from '../engine/ports/limits.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';

/** Permits of rate limits in Redis: those of a namespace lie in one slot, whichever shards its runs live on. */
export class RedisLimitStorage implements LimitStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async takePermits(limits: readonly RateLimit[], states: readonly LimitedState[], usableMs: number) {
    const moreArgs: (string | number)[] = [limits.length];
    for (const { limit, perMs } of limits) moreArgs.push(limit, perMs);
    moreArgs.push(states.length);
    for (const { runId, state, limits: places } of states) {
      moreArgs.push(`${runId}:${state}`, places.length);
      for (const place of places) moreArgs.push(place + 1);
    }
    const reply = (await runScript(this.#redis, {
      script: scriptNamed('take_permits'),
      keys: {},
      args: { usable: Math.ceil(usableMs) },
      moreKeys: limits.flatMap((limit) => {
        const { namespace } = limit;
        const id = limitId(limit);
        return [
          this.#keys.permits(namespace, id),
          this.#keys.line(namespace, id),
          this.#keys.lineTimes(namespace, id),
        ];
      }),
      moreArgs,
    })) as number[];
    const outlooks = limits.map((_, i) => readOutlook(reply, states.length + 3 * i));
    return { waits: reply.slice(0, states.length), outlooks };
  }

  async outlooks(limits: readonly RateLimit[]): Promise<(Outlook & { waiting: number })[]> {
    const reply = (await runScript(this.#redis, {
      script: scriptNamed('read_permits'),
      keys: {},
      args: {},
      moreKeys: limits.flatMap((limit) => {
        const id = limitId(limit);
        return [this.#keys.permits(limit.namespace, id), this.#keys.line(limit.namespace, id)];
      }),
      moreArgs: [limits.length, ...limits.flatMap(({ limit, perMs }) => [limit, perMs])],
    })) as number[];
    return limits.map((_, i) => ({ ...readOutlook(reply, 4 * i), waiting: reply[4 * i + 3]! }));
  }
}

function readOutlook(reply: readonly number[], at: number): Outlook {
  return { free: reply[at]!, nextInMs: reply[at + 1]!, next: reply[at + 2]! };
}

/** The name of a limit in keys. Keys of states are text of users, of any length: their digest stands for them. */
function limitId({ place, nodeName, key }: RateLimit): string {
  const of = place ? `p:${place.graphName}:${place.identifier}` : `n:${nodeName}`;
  return key === undefined
    ? of
    : `${of}:${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;
}
