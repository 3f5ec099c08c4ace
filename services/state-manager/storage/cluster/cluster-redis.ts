import { type Command, Redis } from 'ioredis';
import type { ClusterNodes } from './cluster-nodes.ts';
import { keyOf, slotOf } from './slot-map.ts';

/**
 * A Cluster that is used as one Redis: every command, also each of a pipeline, goes to the master of its key. It has no
 * connection of its own, and the `Cluster` of ioredis is not used: it sends commands again whose connection was lost,
 * waits for nodes that are away, and takes pipelines of one node only.
 */
export class ClusterRedis extends Redis {
  readonly #nodes: ClusterNodes;
  readonly #home: number;
  readonly #near = new Map<number, ClusterRedis>();

  /** @param home slot whose master gets commands without a key */
  constructor(nodes: ClusterNodes, home: number) {
    super({ lazyConnect: true });
    this.#nodes = nodes;
    this.#home = home;
  }

  override sendCommand(command: Command): unknown {
    const key = keyOf(command);
    this.#nodes.send(command, key === undefined ? this.#home : slotOf(key));
    return command.promise;
  }

  /** The same, with commands without a key for the master of this one. */
  near(key: string): ClusterRedis {
    const slot = slotOf(key);
    if (slot === this.#home) return this;
    const known = this.#near.get(slot);
    if (known) return known;
    const made = new ClusterRedis(this.#nodes, slot);
    this.#near.set(slot, made);
    return made;
  }
}

/** The same Redis, which asks the server of a key where a command has none. */
export function near(redis: Redis, key: string): Redis {
  return redis instanceof ClusterRedis ? redis.near(key) : redis;
}
