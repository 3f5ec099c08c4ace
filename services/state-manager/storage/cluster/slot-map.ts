/** The slots of a Redis Cluster, and the server of each. */
import { Command } from 'ioredis';

export const slots = 16_384;

/** A server of a Cluster, as `host:port`. */
export type NodeName = string;

/** A node's knowledge of the Cluster. */
export interface ClusterView {
  /** The newest epoch that it has heard of: it grows with each failover and each slot that is moved. */
  readonly epoch: number;
  /** False while it counts the Cluster as failed, be it because it is cut off itself. */
  readonly isOk: boolean;
  /** The master of each slot. */
  readonly masters: readonly (NodeName | undefined)[];
  readonly replicas: readonly NodeName[];
}

/** The newest view that is known, with what redirections have told since. */
export class SlotMap {
  readonly #masters: (NodeName | undefined)[] = new Array(slots);

  masterOf(slot: number): NodeName | undefined {
    return this.#masters[slot];
  }

  /** All masters that have slots. */
  get masters(): ReadonlySet<NodeName> {
    const found = new Set<NodeName>();
    for (const master of this.#masters) if (master !== undefined) found.add(master);
    return found;
  }

  adopt({ masters }: ClusterView): void {
    for (let slot = 0; slot < slots; slot++) this.#masters[slot] = masters[slot];
  }

  move(slot: number, master: NodeName): void {
    this.#masters[slot] = master;
  }
}

/** The view of those that were asked that is to be believed; undefined: none of them sees a Cluster that works. */
export function newestView(views: readonly ClusterView[]): ClusterView | undefined {
  return views
    .filter(({ isOk }) => isOk)
    .reduce<ClusterView | undefined>(
      (newest, view) => (newest && newest.epoch >= view.epoch ? newest : view),
      undefined,
    );
}

/**
 * Reads the answers of CLUSTER SLOTS and CLUSTER INFO.
 * @param asked the host of the node that has answered: what names no host is on the same
 */
export function readView(rows: unknown, info: string, asked: string): ClusterView {
  const masters: (NodeName | undefined)[] = new Array(slots);
  const replicas: NodeName[] = [];
  for (const [first, last, master, ...others] of rows as [number, number, ...[string | null, number][]][]) {
    if (master) masters.fill(nodeName(master, asked), first, last + 1);
    for (const replica of others) replicas.push(nodeName(replica, asked));
  }
  const told = (field: string) => new RegExp(`^${field}:(.+?)\\s*$`, 'm').exec(info)?.[1];
  return {
    epoch: Number(told('cluster_current_epoch') ?? 0),
    isOk: told('cluster_state') === 'ok',
    masters,
    replicas,
  };
}

function nodeName([host, port]: readonly [string | null, number, ...unknown[]], asked: string): NodeName {
  return `${host && host !== '?' ? host : asked}:${port}`;
}

/** The host and port of a node. */
export function endpointOf(name: NodeName): { host: string; port: number } {
  const colon = name.lastIndexOf(':');
  return { host: name.slice(0, colon), port: Number(name.slice(colon + 1)) };
}

const slotsOfTags = new Map<string, number>();

/** The slot of one of our keys: that of what stands in its first braces. */
export function slotOf(key: string): number {
  const tag = key.slice(0, key.indexOf('}') + 1);
  const known = slotsOfTags.get(tag);
  if (known !== undefined) return known;
  const slot = new Command('get', [key]).getSlot();
  // A deployment has as many tags as shards, and one more; whatever has none is not to fill the memory.
  if (tag !== '') slotsOfTags.set(tag, slot);
  return slot;
}

/** The key that tells where a command belongs; undefined: it has none. */
export function keyOf({ name, args }: Command): string | undefined {
  switch (name.toLowerCase()) {
    case 'eval':
    case 'evalsha':
      return Number(args[1]) > 0 ? String(args[2]) : undefined;
    case 'time':
    case 'ping':
    case 'publish':
    case 'info':
    case 'cluster':
      return undefined;
    default:
      return args.length > 0 ? String(args[0]) : undefined;
  }
}
