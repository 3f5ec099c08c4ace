import type { Storage } from '../engine/ports/storage.ts';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import { RedisCatalogStorage } from './catalog-storage.ts';
import { answered, connectRedis, createRedis } from './connection/redis.ts';
import { withStorageErrors } from './connection/with-storage-errors.ts';
import { Keys } from './layout/keys.ts';
import { RedisNotices } from './notices.ts';
import { createRunStorage } from './runs/run-storage.ts';
import { RedisSessionStorage } from './session-storage.ts';
import { RedisStoreStorage } from './store-storage.ts';
import { RedisTriggerStorage } from './trigger-storage.ts';

/** Storage that is connected, and how to let it go. */
export interface OpenStorage extends Storage {
  /** True if every connection answers, and Redis takes writes. What is wrong is logged once. */
  isHealthy(): Promise<boolean>;
  close(): void;
}

/**
 * Connects to Redis and checks that it fits.
 * @throws FanoutError STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE
 */
export async function openStorage(options: {
  url: string;
  keyPrefix: string;
  shards: number;
  log: Log;
}): Promise<OpenStorage> {
  const { url, keyPrefix, shards, log } = options;
  // Steps on runs have a connection of their own: Redis answers what it is asked on another one between two of them,
  // not behind all that are sent. Sessions are asked where their leases are made, so behind what is not answered yet.
  const [redis, steps, subscriber] = [createRedis(url, log), createRedis(url, log), createRedis(url, log)];
  const connections = [redis, steps, subscriber];
  const close = () => {
    for (const connection of connections) connection.disconnect();
  };
  try {
    for (const connection of connections) await connectRedis(connection, url);
    const keys = new Keys(keyPrefix, shards);
    await checkDeployment(keys, redis, shards, keyPrefix);
    const notices = new RedisNotices({ publisher: redis, subscriber, connections, keys, log });
    await notices.start();
    return {
      runs: withStorageErrors(createRunStorage(redis, steps, keys)),
      store: withStorageErrors(new RedisStoreStorage(redis, keys)),
      sessions: withStorageErrors(new RedisSessionStorage(steps, keys)),
      catalog: withStorageErrors(new RedisCatalogStorage(redis, keys)),
      triggers: withStorageErrors(new RedisTriggerStorage(redis, keys)),
      notices,
      isHealthy: healthCheck(async () => {
        // A write that changes nothing: Redis refuses it as it does any other.
        const write = redis.hsetnx(keys.deployment(), 'shards', shards);
        await Promise.all([
          answered(redis, write),
          answered(steps, steps.ping()),
          answered(subscriber, subscriber.ping()),
        ]);
      }, log),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A check that says true or false, and logs what is wrong, in Redis' own words, when that changes. */
function healthCheck(check: () => Promise<void>, log: Log): () => Promise<boolean> {
  let logged = '';
  return async () => {
    const problem = await check().then(
      () => '',
      (error: Error) => error.message,
    );
    if (problem !== logged) {
      logged = problem;
      if (problem === '') log.info({ event: 'storage_healthy' });
      else log.warn({ event: 'storage_unhealthy', error: problem });
    }
    return problem === '';
  };
}

/** The number of shards is fixed when a deployment is created: runs would not be found under another one. */
async function checkDeployment(
  keys: Keys,
  redis: ReturnType<typeof createRedis>,
  shards: number,
  keyPrefix: string,
): Promise<void> {
  const shardsOf = () => redis.hget(keys.deployment(), 'shards');
  // Redis may be full: then it takes no write, even one that changes nothing.
  if ((await shardsOf()) === null) await redis.hsetnx(keys.deployment(), 'shards', shards);
  const fixed = Number(await shardsOf());
  if (fixed !== shards) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `the deployment under the key prefix ${keyPrefix} was created with ${fixed} shards, not ${shards}: ` +
        `set FANOUT_SHARDS=${fixed}, or use another FANOUT_KEY_PREFIX`,
    );
  }
}
