/** Storage on a Redis of its own, and the ways to look behind it. */
import { Redis } from 'ioredis';
import type { Graph } from '../../services/state-manager/domain/graph/graph.ts';
import { defaultRunLimits } from '../../services/state-manager/domain/graph/run-limits.ts';
import { checkGraph } from '../../services/state-manager/domain/template/check-graph.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import { createLog } from '../../services/state-manager/log.ts';
import { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import { type OpenStorage, openStorage } from '../../services/state-manager/storage/storage.ts';
import type { TestGraph } from '../support/graphs.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

export interface StorageFixture {
  readonly server: TestRedis;
  /** A connection beside storage's own. */
  readonly redis: Redis;
  readonly storage: OpenStorage;
  readonly keys: Keys;
  readonly keyPrefix: string;
  /** Storage as another state manager opens it. Closed with the fixture. */
  open(): Promise<OpenStorage>;
  stop(): Promise<void>;
}

export const quietLog = createLog({ level: 'error' }, { write: () => undefined });

export async function startStorage(options: { shards?: number } = {}): Promise<StorageFixture> {
  const server = await startTestRedis();
  const redis = new Redis(server.url);
  const keyPrefix = 'test';
  const shards = options.shards ?? 1;
  const opened: OpenStorage[] = [];
  const open = async () => {
    const storage = await openStorage({ url: server.url, keyPrefix, shards, log: quietLog });
    opened.push(storage);
    return storage;
  };
  return {
    server,
    redis,
    storage: await open(),
    keys: new Keys(keyPrefix, shards),
    keyPrefix,
    open,
    async stop() {
      for (const storage of opened) storage.close();
      redis.disconnect();
      await server.stop();
    },
  };
}

/** Compiles a template of which no rule is broken. */
export function compile(template: TestGraph): Graph {
  const { graph, violations } = checkGraph(JSON.stringify(template), {
    namespace: 'default',
    nodes: new Map(),
  });
  if (!graph) throw new Error(violations.map(({ description }) => description).join('; '));
  return graph;
}

let runs = 0;

/** A run of a graph that is not triggered yet. */
export function newRun(graph: Graph, fields: Partial<LoadedRun> = {}): LoadedRun {
  runs += 1;
  return {
    runId: `run-${runs}`,
    namespace: 'default',
    graphName: 'graph',
    graphVersion: 1,
    priority: 0,
    traceparent: '',
    graph,
    limits: { ...defaultRunLimits, ...graph.limits },
    ...fields,
  };
}

/** Every key with its content as text, to be compared: a DUMP has encodings in it, which a server changes without a write. */
export async function dumpAll(redis: Redis): Promise<Map<string, string>> {
  const names = (await redis.keys('*')).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await contentOf(redis, name)] as const)));
}

/** The content of a key as text, the same for whatever is the same to a user of Redis; `none` if there is no such key. */
export async function contentOf(redis: Redis, name: string): Promise<string> {
  const type = await redis.type(name);
  switch (type) {
    case 'hash':
      return JSON.stringify([type, Object.entries(await redis.hgetall(name)).sort(byText)]);
    case 'set':
      return JSON.stringify([type, (await redis.smembers(name)).sort()]);
    case 'zset':
      return JSON.stringify([type, await redis.zrange(name, 0, -1, 'WITHSCORES')]);
    case 'list':
      return JSON.stringify([type, await redis.lrange(name, 0, -1)]);
    case 'string':
      return JSON.stringify([type, await redis.get(name)]);
    default:
      return type;
  }
}

function byText([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}
