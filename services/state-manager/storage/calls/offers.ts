import { type GraphNode, mayBeHandedOff, nodeAt } from '../../domain/graph/graph.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { Taker } from '../../engine/ports/settling.ts';
import type { Keys } from '../layout/keys.ts';
import type { KeyList } from './key-list.ts';

/** Offers of one call: which sessions take which nodes at once, in the words of takers.lua. */
export class Offers {
  readonly #keys: Keys;
  readonly #shard: number;
  readonly #takers: readonly Taker[];
  readonly #more: KeyList;
  /** Places of takers by namespace and node name. */
  readonly #takersOf = new Map<string, number[]>();
  /** Offers that some run of the call needs, by the same. */
  readonly #offers = new Map<string, Offer>();

  constructor(keys: Keys, shard: number, takers: readonly Taker[], more: KeyList) {
    this.#keys = keys;
    this.#shard = shard;
    this.#takers = takers;
    this.#more = more;
    takers.forEach(({ namespace, nodeNames }, i) => {
      for (const nodeName of nodeNames) {
        const key = `${namespace}:${nodeName}`;
        const places = this.#takersOf.get(key);
        if (places) places.push(i + 1);
        else this.#takersOf.set(key, [i + 1]);
      }
    });
  }

  /** Tells which of these nodes of a run are offered. */
  pushOffered(run: LoadedRun, nodes: readonly number[], args: (string | number)[]): void {
    const at = args.push(0) - 1;
    let number = 0;
    for (const index of nodes) {
      const node = nodeAt(run.graph, index);
      const offer = this.of(run.namespace, node);
      if (offer === undefined) continue;
      args.push(index, offer, node.timeoutMs ?? 0);
      number++;
    }
    args[at] = number;
  }

  /** The offer of a node, 1 for the first; undefined: nobody takes it, or claims have to look closer at it. */
  of(namespace: string, node: GraphNode): number | undefined {
    if (!mayBeHandedOff(node)) return undefined;
    const { nodeName } = node;
    const key = `${namespace}:${nodeName}`;
    const known = this.#offers.get(key);
    if (known) return known.number;
    const places = this.#takersOf.get(key);
    if (!places) return undefined;
    const number = this.#offers.size + 1;
    const work = this.#more.index(this.#keys.work(this.#shard, namespace, nodeName));
    this.#offers.set(key, { number, work, places });
    return number;
  }

  /** Tells of takers and offers, once all runs have been told of. */
  encode(): (string | number)[] {
    const args: (string | number)[] = [this.#takers.length];
    for (const { sessionId, streamId, leaseToken, capacities } of this.#takers) {
      const leases = this.#more.index(this.#keys.leases(this.#shard, sessionId));
      args.push(sessionId, streamId, leaseToken, leases, capacities[this.#shard]!);
    }
    args.push(this.#offers.size);
    for (const { work, places } of this.#offers.values()) args.push(work, places.length, ...places);
    return args;
  }
}

interface Offer {
  readonly number: number;
  /** Index of its work set among the call's keys. */
  readonly work: number;
  readonly places: readonly number[];
}
