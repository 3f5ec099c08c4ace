/** A Redis Cluster: connections to each master, and who is to be asked which slot. */
import type { Redis, RedisOptions } from 'ioredis';
import type { Log } from '../../log.ts';
import type { ClusterAddress } from '../../redis-address.ts';
import { askOnce, askOver, soon } from '../cluster/ask-nodes.ts';
import { ClusterNodes } from '../cluster/cluster-nodes.ts';
import { ClusterRedis } from '../cluster/cluster-redis.ts';
import {
  type ClusterView,
  endpointOf,
  type NodeName,
  newestView,
  SlotMap,
  slotOf,
} from '../cluster/slot-map.ts';
import { connectRedis, unusable } from './check-server.ts';
import { ClusterSubscriber } from './cluster-subscriber.ts';
import type { Connections } from './connections.ts';
import { emptyWrite } from './empty-write.ts';
import { answered, createRedis } from './redis.ts';

/** Milliseconds before who has which slot is asked again while something is wrong, at first and at most. */
const [minPauseMs, maxPauseMs] = [100, 1_000];

/** The slot whose master gets what has no key, such as what is published. */
const home = 0;

/** Connects to the masters of a Cluster. @throws FanoutError STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE */
export async function openCluster(address: ClusterAddress, log: Log): Promise<Connections> {
  const cluster = new ClusterConnections(address, log);
  try {
    await cluster.open();
  } catch (error) {
    cluster.close();
    throw error;
  }
  return cluster;
}

class ClusterConnections implements Connections {
  readonly redis: Redis;
  readonly steps: Redis;
  readonly #address: ClusterAddress;
  readonly #log: Log;
  readonly #credentials: RedisOptions;
  readonly #map = new SlotMap();
  /** Connections of `redis`, and those of `steps`. */
  readonly #nodes: readonly [ClusterNodes, ClusterNodes];
  readonly #subscriber: ClusterSubscriber;
  readonly #onReconnected: (() => void)[] = [];
  /** Nodes to ask when no master answers: those of the URL, and the replicas. */
  #others: ReadonlySet<NodeName>;
  #isLooking = false;
  /** Something has changed since it was asked. */
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = minPauseMs;
  #isClosed = false;

  constructor(address: ClusterAddress, log: Log) {
    const { username, password, hasTls, nodes } = address;
    this.#address = address;
    this.#log = log;
    this.#credentials = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(hasTls && { tls: {} }),
    };
    this.#others = new Set(nodes.map(({ host, port }) => `${host}:${port}`));
    const parts = {
      map: this.#map,
      connect: (node: NodeName) => this.#connectionTo(node),
      onTrouble: () => this.#look(),
    };
    this.#nodes = [new ClusterNodes(parts), new ClusterNodes(parts)];
    this.redis = new ClusterRedis(this.#nodes[0], home);
    this.steps = new ClusterRedis(this.#nodes[1], home);
    this.#subscriber = new ClusterSubscriber({
      connect: (node) => createRedis(this.#optionsOf(node), log),
      masters: () => this.#map.masters,
    });
    this.#subscriber.onReady(() => this.#tellIfWhole());
  }

  /** @throws FanoutError STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE */
  async open(): Promise<void> {
    const { shown } = this.#address;
    this.#adopt(await this.#firstView());
    const scheme = shown.replace(/\/\/.*$/, '//');
    for (const nodes of this.#nodes) {
      nodes.follow();
      for (const [node, connection] of nodes.connections) await connectRedis(connection, `${scheme}${node}`);
    }
    await this.#subscriber.start().catch((error: Error) => {
      throw unusable(shown, error);
    });
  }

  subscribe(
    channels: readonly string[],
    listener: (channel: string, message: string) => void,
  ): Promise<void> {
    return this.#subscriber.subscribe(channels, listener);
  }

  onReconnected(listener: () => void): void {
    this.#onReconnected.push(listener);
  }

  async check(keys: readonly string[]): Promise<void> {
    const ofServers = new Map(keys.map((key) => [this.#map.masterOf(slotOf(key)), key]));
    const checks = this.#nodes.flatMap((nodes) =>
      [...nodes.connections.values()].map((connection) => answered(connection, connection.ping())),
    );
    const writes = [...ofServers.values()].map((key) => emptyWrite(this.redis, key));
    try {
      await Promise.all([...checks, ...writes, this.#subscriber.check()]);
    } catch (error) {
      this.#look();
      throw error;
    }
  }

  serversOf(keys: readonly string[]): readonly (string | undefined)[] {
    return keys.map((key) => this.#map.masterOf(slotOf(key)));
  }

  get servers(): readonly string[] {
    return [...this.#map.masters];
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const nodes of this.#nodes) nodes.close();
    this.#subscriber.close();
  }

  #optionsOf(node: NodeName): RedisOptions {
    return { ...this.#credentials, ...endpointOf(node) };
  }

  #connectionTo(node: NodeName): Redis {
    const connection = createRedis(this.#optionsOf(node), this.#log);
    connection.on('close', () => this.#look());
    connection.on('ready', () => this.#tellIfWhole());
    return connection;
  }

  get #isWhole(): boolean {
    return this.#subscriber.isListening && this.#nodes.every(({ isWhole }) => isWhole);
  }

  #tellIfWhole(): void {
    if (this.#isWhole) for (const listener of this.#onReconnected) listener();
  }

  /** The view of the first node of the URL that has one. @throws FanoutError STORAGE_UNAVAILABLE */
  async #firstView(): Promise<ClusterView> {
    let problem = new Error('CLUSTERDOWN the Cluster is not complete, or has lost a master');
    for (const node of this.#others) {
      try {
        const view = await askOnce(node, this.#credentials);
        if (view.isOk) return view;
      } catch (error) {
        problem = error as Error;
      }
    }
    throw unusable(this.#address.shown, problem);
  }

  /** Asks who has which slot, and goes on asking while anything is wrong; not at once where it was asked a moment ago. */
  #look(): void {
    if (this.#isClosed) return;
    if (this.#isLooking) {
      this.#isWanted = true;
      return;
    }
    this.#isLooking = true;
    this.#isWanted = false;
    this.#ask()
      .catch((error: Error) => this.#log.warn({ event: 'redis_cluster_unknown', error: error.message }))
      .finally(() => {
        this.#pauseMs = this.#isWhole ? minPauseMs : Math.min(2 * this.#pauseMs, maxPauseMs);
        this.#timer = setTimeout(() => {
          this.#isLooking = false;
          if (this.#isWanted || !this.#isWhole) this.#look();
        }, this.#pauseMs);
      });
  }

  async #ask(): Promise<void> {
    const ready = [...this.#nodes[0].connections].filter(([, { status }]) => status === 'ready');
    const told = await Promise.all(ready.map(([node, connection]) => soon(askOver(connection, node))));
    const view = newestView(told.filter(isTold)) ?? (await this.#askOthers());
    if (!view || this.#isClosed) return;
    this.#adopt(view);
    for (const connection of this.#nodes.flatMap((nodes) => nodes.follow())) {
      // It is tried again for ever, and says what is wrong by itself.
      connection.connect().catch(() => undefined);
    }
    this.#subscriber.follow();
  }

  /** Asks replicas, and the nodes of the URL: the only master may be the one that is lost. */
  async #askOthers(): Promise<ClusterView | undefined> {
    const asked = [...this.#others].map((node) => soon(askOnce(node, this.#credentials)));
    return newestView((await Promise.all(asked)).filter(isTold));
  }

  #adopt(view: ClusterView): void {
    const before = [...this.#map.masters].sort().join();
    this.#map.adopt(view);
    const ofUrl = this.#address.nodes.map(({ host, port }) => `${host}:${port}`);
    this.#others = new Set([...ofUrl, ...view.replicas]);
    const masters = [...this.#map.masters].sort();
    if (masters.join() !== before) {
      this.#log.info({ event: 'redis_cluster', count: masters.length, detail: masters.join() });
    }
  }
}

function isTold(view: ClusterView | undefined): view is ClusterView {
  return view !== undefined;
}
