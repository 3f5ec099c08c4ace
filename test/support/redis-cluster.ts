/** A Redis Cluster of a test's own: three masters, each with a replica. */
import { Command, Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { haveCaughtUp } from './redis-replication.ts';

const slots = 16_384;
const masters = 3;

export interface TestNode {
  /** `127.0.0.1:PORT` */
  readonly name: string;
  readonly server: TestRedis;
  readonly redis: Redis;
  /** Its id in the Cluster. */
  readonly id: string;
}

export interface TestCluster {
  /** `redis+cluster://…` with the address of each node. */
  readonly url: string;
  readonly nodes: readonly TestNode[];
  /** The masters that have slots now, as a node that lives tells it. */
  masters(): Promise<TestNode[]>;
  /** The master of a key now. */
  masterOf(key: string): Promise<TestNode>;
  /** SIGKILL. */
  kill(node: TestNode): Promise<void>;
  /** Starts a node again that was killed; it finds what it was from its files, and whom it has to follow now. */
  revive(node: TestNode): Promise<void>;
  /** Waits until a replica has taken the place of a master that was killed. */
  failedOver(node: TestNode): Promise<void>;
  /** Waits until a replica of each master has all that it has now: a failover after that loses none of it. */
  replicated(): Promise<void>;
  /** Moves the slot of a key to another master as `redis-cli --cluster reshard` does, so many keys at a time. */
  move(key: string, to: TestNode): Promise<void>;
  /** Copies what all masters have to one Redis. */
  copyTo(url: string): Promise<void>;
  stop(): Promise<void>;
}

/** Attempts to start a Cluster: another process may take a port that was free a moment before. */
const attempts = 3;

/** Starts it, and waits until all nodes say that it works. @throws Error it does not work, and nothing of it is left */
export async function startTestCluster(): Promise<TestCluster> {
  for (let attempt = 1; ; attempt++) {
    const started = await Promise.allSettled(Array.from({ length: 2 * masters }, startNode));
    const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      for (const one of started) if (one.status === 'rejected') throw one.reason;
      await join(nodes);
      return clusterOf(nodes);
    } catch (error) {
      await stopAll(nodes);
      if (attempt === attempts) throw error;
    }
  }
}

async function stopAll(nodes: readonly TestNode[]): Promise<void> {
  for (const { redis } of nodes) redis.disconnect();
  await Promise.all(nodes.map(({ server }) => server.stop()));
}

function clusterOf(nodes: readonly TestNode[]): TestCluster {
  const killed = new Set<TestNode>();

  const living = () => nodes.filter((node) => !killed.has(node));
  const named = (name: string) => nodes.find((node) => node.name === name)!;
  const view = () => viewOf(living()[0]!);
  const masterOfSlot = async (slot: number) => named((await ownerOf(living()[0]!, slot))!);
  const mastersNow = async () => {
    const names = (await view()).map(([, , [host, port]]) => `${host}:${port}`);
    return [...new Set(names)].map(named);
  };
  return {
    url: `redis+cluster://${nodes.map(({ name }) => name).join()}`,
    nodes,
    masters: mastersNow,
    masterOf: (key) => masterOfSlot(slotOf(key)),
    async kill(node) {
      killed.add(node);
      node.redis.disconnect();
      await node.server.kill();
    },
    async revive(node) {
      await node.server.restart();
      await node.redis.connect();
      killed.delete(node);
    },
    async failedOver(node) {
      await eventually(async () => {
        const rows = await view();
        const isGone = rows.every(([, , [host, port]]) => `${host}:${port}` !== node.name);
        return isGone && (await works(living()[0]!));
      });
    },
    async replicated() {
      await Promise.all((await mastersNow()).map(({ redis }) => haveCaughtUp(redis, 1)));
    },
    async move(key, to) {
      const slot = slotOf(key);
      const from = await masterOfSlot(slot);
      // A node that does not know of the newest epoch takes a slot with one that is not newer, and loses it again to
      // what the former owner has said before: then each says that the other has it, until somebody mends that.
      await eventually(async () => new Set(await Promise.all(living().map(epochOf))).size === 1);
      await to.redis.cluster('SETSLOT', slot, 'IMPORTING', from.id);
      await from.redis.cluster('SETSLOT', slot, 'MIGRATING', to.id);
      for (;;) {
        const keys = (await from.redis.cluster('GETKEYSINSLOT', slot, keysPerMove)) as string[];
        if (keys.length === 0) break;
        const [host, port] = to.name.split(':') as [string, string];
        await from.redis.call('MIGRATE', host, port, '', '0', '5000', 'KEYS', ...keys);
      }
      for (const node of [to, from]) await node.redis.cluster('SETSLOT', slot, 'NODE', to.id);
      await eventually(async () => {
        const owners = await Promise.all(living().map((node) => ownerOf(node, slot)));
        return owners.every((name) => name === to.name);
      });
    },
    async copyTo(url) {
      const target = new Redis(url);
      for (const { redis } of await mastersNow()) await copyAll(redis, target);
      target.disconnect();
    },
    stop: () => stopAll(nodes),
  };
}

const keysPerMove = 10;

/** Rows of first slot, last slot, and the host and port of their master, as a node tells them. */
async function viewOf({ redis }: TestNode): Promise<[number, number, [string, number]][]> {
  return (await redis.cluster('SLOTS')) as unknown as [number, number, [string, number]][];
}

/** The name of the master that has a slot, as a node tells it. */
async function ownerOf(node: TestNode, slot: number): Promise<string | undefined> {
  const row = (await viewOf(node)).find(([first, last]) => first <= slot && slot <= last);
  return row?.[2].slice(0, 2).join(':');
}

/** The newest epoch that a node knows of. */
async function epochOf({ redis }: TestNode): Promise<number> {
  return Number(/^cluster_current_epoch:(\d+)/m.exec(String(await redis.cluster('INFO')))?.[1]);
}

async function startNode(): Promise<TestNode> {
  const server = await startTestRedis({
    settings: {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': 1_000,
      // The usual one, 10,000 above the other, may not exist.
      'cluster-port': await freePort(),
      'cluster-replica-validity-factor': 0,
      'repl-diskless-sync-delay': 0,
      'shutdown-timeout': 0,
    },
  });
  const redis = new Redis(server.url);
  redis.on('error', () => {}); // It is killed on purpose.
  return {
    name: `127.0.0.1:${server.port}`,
    server,
    redis,
    id: (await redis.cluster('MYID')) as string,
  };
}

/** Makes a Cluster of nodes: the first ones are its masters, the others their replicas, in the same order. */
async function join(nodes: readonly TestNode[]): Promise<void> {
  const [first] = nodes as readonly [TestNode];
  for (const [i, { redis }] of nodes.entries()) {
    await redis.cluster('SET-CONFIG-EPOCH', i + 1);
    if (i >= masters) continue;
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * slots) / masters)) as [number, number];
    await redis.cluster('ADDSLOTSRANGE', from, to - 1);
  }
  for (const { server, redis } of nodes.slice(1)) {
    const [, busPort] = (await redis.config('GET', 'cluster-port')) as string[];
    await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort!);
  }
  const know = async (line: RegExp) => {
    const infos = await Promise.all(nodes.map(({ redis }) => redis.cluster('INFO')));
    return infos.every((info) => line.test(String(info)));
  };
  await eventually(() => know(/^cluster_known_nodes:6\s*$/m), { timeoutMs: 30_000 });
  for (const [i, { redis }] of nodes.slice(masters).entries()) {
    await eventually(() => redis.cluster('REPLICATE', nodes[i]!.id).then(() => true));
  }
  await eventually(
    async () => {
      const replications = await Promise.all(
        nodes.slice(masters).map(({ redis }) => redis.info('replication')),
      );
      const areLinked = replications.every((info) => info.includes('master_link_status:up'));
      return (
        areLinked &&
        (await know(/^cluster_state:ok\s*$/m)) &&
        (await Promise.all(nodes.map(works))).every(Boolean)
      );
    },
    { timeoutMs: 30_000 },
  );
}

/** True if a node says that the Cluster works, and knows of all slots. */
async function works({ redis }: TestNode): Promise<boolean> {
  const info = String(await redis.cluster('INFO'));
  return /^cluster_state:ok\s*$/m.test(info) && new RegExp(`^cluster_slots_ok:${slots}\\s*$`, 'm').test(info);
}

async function copyAll(from: Redis, to: Redis): Promise<void> {
  for (const key of await from.keys('*')) {
    const content = (await from.callBuffer('DUMP', key)) as Buffer | null;
    // It may have gone meanwhile.
    if (content) await to.call('RESTORE', key, 0, content, 'REPLACE');
  }
}

function slotOf(key: string): number {
  return new Command('get', [key]).getSlot();
}
