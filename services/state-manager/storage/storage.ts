import type { Storage } from '../engine/ports/storage.ts';
import type { Log } from '../log.ts';
import { RedisCatalogStorage } from './catalog-storage.ts';
import type { Connections } from './connection/connections.ts';
import { openConnections } from './connection/open-connections.ts';
import { withStorageErrors } from './connection/with-storage-errors.ts';
import { checkDeployment } from './deployment.ts';
import { Keys } from './layout/keys.ts';
import { RedisLimitStorage } from './limit-storage.ts';
import { RedisLogStorage } from './log-storage.ts';
import { RedisNotices } from './notices.ts';
import { RedisReclaiming } from './reclaim-storage.ts';
import { RedisRunJobs } from './run-job-storage.ts';
import { createRunStorage } from './runs/run-storage.ts';
import { RedisScheduleStorage } from './schedule-storage.ts';
import { RedisSessionStorage } from './session-storage.ts';
import { RedisStoreStorage } from './store-storage.ts';
import { RedisTriggerStorage } from './trigger-storage.ts';

/** A server has too many shards if it has more than so many times an equal part. */
const maxShare = 2;

/** Storage that is connected, and how to let it go. */
export interface OpenStorage extends Storage {
  /** True if every connection answers, and Redis takes writes. What is wrong is logged once. */
  isHealthy(): Promise<boolean>;
  close(): void;
}

/**
 * Connects to Redis and checks that it fits.
 * @throws FanoutError FIELD_INVALID, STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE
 */
export async function openStorage(options: {
  url: string;
  keyPrefix: string;
  shards: number;
  log: Log;
}): Promise<OpenStorage> {
  const { url, keyPrefix, shards, log } = options;
  const connections = await openConnections(url, log);
  const { redis, steps } = connections;
  const close = () => connections.close();
  try {
    const keys = new Keys(keyPrefix, shards);
    await checkDeployment(keys, redis, { shards, keyPrefix });
    tellPlaces(connections, keys, log);
    const notices = new RedisNotices({ publisher: redis, connections, keys, log });
    await notices.start();
    return {
      runs: withStorageErrors(createRunStorage(redis, steps, keys)),
      store: withStorageErrors(new RedisStoreStorage(redis, keys)),
      logs: withStorageErrors(new RedisLogStorage(steps, keys)),
      sessions: withStorageErrors(new RedisSessionStorage(steps, keys)),
      limits: withStorageErrors(new RedisLimitStorage(redis, keys)),
      catalog: withStorageErrors(new RedisCatalogStorage(redis, keys)),
      reclaiming: withStorageErrors(new RedisReclaiming(redis, keys)),
      triggers: withStorageErrors(new RedisTriggerStorage(redis, keys)),
      runJobs: withStorageErrors(new RedisRunJobs(redis, keys)),
      schedules: withStorageErrors(new RedisScheduleStorage(redis, keys)),
      notices,
      isHealthy: healthCheck(() => connections.check(oneOfEachSlot(keys)), log),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A sorted set of each slot that we have. */
function oneOfEachSlot(keys: Keys): string[] {
  return [keys.schedules(), ...Array.from({ length: keys.shards }, (_, shard) => keys.sessions(shard))];
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

/** Says which servers the shards of a Cluster lie on, and warns of servers that have much more or less than others. */
function tellPlaces(connections: Connections, keys: Keys, log: Log): void {
  const { servers } = connections;
  if (servers.length < 2) return;
  const shards = Array.from({ length: keys.shards }, (_, shard) => keys.sessions(shard));
  const counts = new Map(servers.map((server) => [server, 0]));
  for (const server of connections.serversOf(shards))
    if (server !== undefined) counts.set(server, (counts.get(server) ?? 0) + 1);
  const detail = [...counts].map(([server, count]) => `${server}: ${count}`);
  log.info({ event: 'shards_placed', count: keys.shards, detail });
  const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
  if (least > 0 && most <= (maxShare * keys.shards) / servers.length) return;
  log.warn({
    event: 'shards_uneven',
    count: keys.shards,
    detail,
    reason:
      `the ${keys.shards} shards lie unevenly on ${servers.length} masters: those with fewest do least of the work. ` +
      'Move slots with redis-cli --cluster reshard, or set a larger FANOUT_SHARDS for a new deployment',
  });
}
