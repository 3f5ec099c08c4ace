/** The Redis of chaos: one server, a master behind Sentinels, or a Cluster. */
import { Redis } from 'ioredis';
import { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startTestCluster, type TestCluster, type TestNode } from '../support/redis-cluster.ts';
import { startTestSentinels, type TestSentinels } from '../support/redis-sentinel.ts';

export const redisKinds = ['single', 'sentinel', 'cluster'] as const;
export type RedisKind = (typeof redisKinds)[number];

const failoverMs = 30_000;

export interface ChaosRedis {
  readonly kind: RedisKind;
  /** `FANOUT_REDIS_URL` of state managers. */
  readonly url: string;
  readonly shards: number;
  /** Connections of our own to the servers that take writes now. */
  masters(): Promise<readonly Redis[]>;
  /** The one of them that has a run. */
  masterOf(runId: string): Promise<Redis>;
  /** Kills a master, waits until another server has taken its place, and has it come back as a replica. */
  killMaster?(pick: (masters: number) => number): Promise<void>;
  /** Has another server become the master, while the old one lives. */
  failOver?(): Promise<void>;
  /** Moves a shard to another master. */
  moveShard?(shard: number, pick: (masters: number) => number): Promise<void>;
  stop(): Promise<void>;
}

/** One server, which faults kill, stop and fill. */
export interface OneRedis extends ChaosRedis {
  readonly kind: 'single';
  readonly server: TestRedis;
  readonly commands: Redis;
}

export function startChaosRedis(kind: RedisKind): Promise<ChaosRedis> {
  if (kind === 'cluster') return startCluster();
  return kind === 'sentinel' ? startSentinels() : startOne();
}

function connect(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {}); // It is killed on purpose.
  return redis;
}

async function startOne(): Promise<OneRedis> {
  const server = await startTestRedis({ appendOnly: true });
  const commands = connect(server.url);
  return {
    kind: 'single',
    url: server.url,
    shards: 1,
    server,
    commands,
    masters: async () => [commands],
    masterOf: async () => commands,
    async stop() {
      commands.disconnect();
      await server.stop();
    },
  };
}

async function startSentinels(): Promise<ChaosRedis> {
  const sentinels: TestSentinels = await startTestSentinels();
  const connections = new Map(sentinels.servers.map((server) => [server, connect(server.url)]));
  const master = async () => connections.get(await sentinels.master())!;
  return {
    kind: 'sentinel',
    url: sentinels.url,
    shards: 1,
    masters: async () => [await master()],
    masterOf: master,
    async killMaster() {
      const old = await sentinels.master();
      await sentinels.killMaster();
      await old.restart();
      await isReplica(connections.get(old)!);
    },
    failOver: () => sentinels.failOver(),
    async stop() {
      for (const connection of connections.values()) connection.disconnect();
      await sentinels.stop();
    },
  };
}

async function startCluster(): Promise<ChaosRedis> {
  const cluster: TestCluster = await startTestCluster();
  const shards = 16;
  const keys = new Keys('fanout', shards);
  const otherThan = async (node: TestNode) => (await cluster.masters()).filter((each) => each !== node);
  return {
    kind: 'cluster',
    url: cluster.url,
    shards,
    masters: async () => (await cluster.masters()).map(({ redis }) => redis),
    masterOf: async (runId) => (await cluster.masterOf(keys.run(runId))).redis,
    async killMaster(pick) {
      const masters = await cluster.masters();
      const node = masters[pick(masters.length)]!;
      await cluster.kill(node);
      await cluster.failedOver(node);
      await cluster.revive(node);
      await isReplica(node.redis);
    },
    async moveShard(shard, pick) {
      const key = keys.sessions(shard);
      const others = await otherThan(await cluster.masterOf(key));
      await cluster.move(key, others[pick(others.length)]!);
    },
    stop: () => cluster.stop(),
  };
}

async function isReplica(redis: Redis): Promise<void> {
  const isLinked = async () => (await redis.info('replication')).includes('master_link_status:up');
  await eventually(isLinked, { timeoutMs: failoverMs });
}
