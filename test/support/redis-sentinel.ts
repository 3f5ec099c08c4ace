/** A Redis under Sentinel of a test's own: a master, two replicas, three Sentinels. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer } from '../../services/state-manager/processes/find-redis.ts';
import { type RunningProcess, startProcess } from '../../services/state-manager/processes/start-process.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { startTestRedis, type TestRedis, testRedisServer } from './redis.ts';
import { haveCaughtUp } from './redis-replication.ts';

export const masterName = 'fanout-master';
const sentinelCount = 3;

export interface TestSentinels {
  /** `redis+sentinel://…/fanout-master` */
  readonly url: string;
  /** Addresses of the Sentinels, as `127.0.0.1:PORT`. */
  readonly sentinels: readonly string[];
  readonly servers: readonly TestRedis[];
  /** The master that the Sentinels name. */
  master(): Promise<TestRedis>;
  /** Waits until the replicas have all that the master has now: a failover after that loses none of it. */
  replicated(): Promise<void>;
  /** Has the Sentinels make another server the master, and the old one its replica. Waits until both are so. */
  failOver(): Promise<void>;
  /** SIGKILL of the master. Waits until the Sentinels name another one. */
  killMaster(): Promise<void>;
  /** SIGSTOP of the master, whose connections stay open and silent. Waits until the Sentinels name another one. */
  hangMaster(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it, and waits until the Sentinels know each other and the replicas. @throws Error nothing of it is left */
export async function startTestSentinels(): Promise<TestSentinels> {
  const started: { stop(): Promise<unknown> }[] = [];
  try {
    return await start(started);
  } catch (error) {
    await Promise.all(started.map((one) => one.stop()));
    throw error;
  }
}

/** @param started gets everything that has to be stopped should this fail */
async function start(started: { stop(): Promise<unknown> }[]): Promise<TestSentinels> {
  // Replicas get a copy at once, and a master that is stopped waits for none.
  const settings = { 'repl-diskless-sync-delay': 0, 'shutdown-timeout': 0 };
  const servers = [await startTestRedis({ appendOnly: true, settings })];
  const [first] = servers as [TestRedis];
  started.push(first);
  const replica = { settings: { ...settings, replicaof: `127.0.0.1 ${first.port}` } };
  for (let replicas = 0; replicas < 2; replicas++) {
    const server = await startTestRedis(replica);
    servers.push(server);
    started.push(server);
  }
  const folder = mkdtempSync(join(tmpdir(), 'fanout-sentinel-'));
  const processes: { readonly port: number; readonly process: RunningProcess }[] = [];
  for (let i = 0; i < sentinelCount; i++) {
    const sentinel = await startSentinel(folder, first.port);
    processes.push(sentinel);
    started.push(sentinel.process);
  }
  const asked = new Redis(`redis://127.0.0.1:${processes[0]!.port}`);
  started.push({ stop: async () => asked.disconnect() });
  const ask = async (...question: string[]) => (await asked.call('SENTINEL', ...question)) as unknown[];
  await eventually(
    async () => {
      const [others, replicas] = [await ask('SENTINELS', masterName), await ask('REPLICAS', masterName)];
      const isQuorum = String(await ask('CKQUORUM', masterName).catch(() => '')).startsWith('OK');
      return others.length === sentinelCount - 1 && replicas.length === 2 && isQuorum;
    },
    { timeoutMs: 30_000 },
  );

  const hanging: TestRedis[] = [];
  const master = async () => {
    const [, port] = (await ask('GET-MASTER-ADDR-BY-NAME', masterName)) as string[];
    return servers.find((server) => server.port === Number(port))!;
  };
  const another = async (old: TestRedis) => {
    await eventually(async () => (await master()) !== old, { timeoutMs: 30_000 });
  };
  const sentinels = processes.map(({ port }) => `127.0.0.1:${port}`);
  return {
    url: `redis+sentinel://${sentinels.join()}/${masterName}`,
    sentinels,
    servers,
    master,
    async replicated() {
      await at(await master(), (redis) => haveCaughtUp(redis, servers.length - 1));
    },
    async failOver() {
      const old = await master();
      // It refuses while it still counts the last one as not over.
      await eventually(() => ask('FAILOVER', masterName).then(() => true), {
        timeoutMs: 30_000,
        intervalMs: 200,
      });
      await another(old);
      // Until then the old one takes writes, which its successor never knows.
      await at(old, async (redis) => {
        await eventually(async () => (await redis.info('replication')).includes('role:slave'), {
          timeoutMs: 30_000,
        });
      });
    },
    async killMaster() {
      const old = await master();
      await old.kill();
      await another(old);
    },
    async hangMaster() {
      const old = await master();
      old.signal('SIGSTOP');
      hanging.push(old);
      await another(old);
    },
    async stop() {
      asked.disconnect();
      for (const server of hanging) server.signal('SIGCONT');
      await Promise.all(processes.map(({ process }) => process.stop()));
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Does something with a connection to a server. */
async function at(server: TestRedis, work: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(server.url);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function startSentinel(
  folder: string,
  masterPort: number,
): Promise<{ port: number; process: RunningProcess }> {
  const port = await freePort();
  const file = join(folder, `${port}.conf`);
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} 1000`,
    `sentinel failover-timeout ${masterName} 3000`,
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const process = await startProcess({
    name: 'sentinel',
    command: testRedisServer ?? findRedisServer(),
    arguments: [file, '--sentinel'],
  });
  await process.waitForLine((line) => (line.includes('+monitor') ? true : undefined));
  return { port, process };
}
