import { LRUCache } from 'lru-cache';
import type { Bell } from '../../bell.ts';
import type { GraphNode } from '../../domain/graph/graph.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { Rate } from '../../domain/model/rate.ts';
import type { Outlook, RateLimit } from '../ports/limits.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { ReadyPlace } from '../ports/settling.ts';

/** Limits, and places, that are remembered. */
const [maxGates, maxPlaces] = [10_000, 50_000];
/** States of one place that wait for permits of their keys: the rest of a wide run stays in its ready list. */
const maxApart = 1_000;

/** A limit that counts all of its states together, as far as it is known here. */
interface Gate {
  readonly rate: Rate;
  /** Permits that are free, or will be when it opens. */
  free: number;
  /** Instant before which nothing is free; and from which all of it is, as far as is known here; by `performance.now()`. */
  opensAt: number;
  forgottenAt: number;
  /** States that are leased here and have not asked yet. */
  asking: number;
}

/** The name of the gate of a limit. Versions of a graph, and runtimes, may have other rates at one place: each has a gate. */
function gateId(
  { namespace, place, nodeName }: Pick<RateLimit, 'namespace' | 'place' | 'nodeName'>,
  { limit, perMs }: Pick<Rate, 'limit' | 'perMs'>,
): string {
  const of = place ? `${namespace}:${place.graphName}:${place.identifier}` : `${namespace}:${nodeName}`;
  return `${of}:${limit}/${perMs}`;
}

/**
 * Knowledge that this state manager has of rate limits: it claims no more states than there are permits for, and none before there
 * are some. It may be wrong, since others take permits too: a state is handed out only with a permit from storage.
 */
export class Gates {
  readonly #work: Bell;
  readonly #gates = new LRUCache<string, Gate>({ max: maxGates });
  /** The gate of each place that has one, as far as it was met, by run and node. */
  readonly #gateOf = new LRUCache<string, string>({ max: maxPlaces });
  #placesMet = 0;
  /** Instants at which states come again that wait for permits of their keys, by run and node. */
  readonly #apart = new LRUCache<string, readonly number[]>({ max: maxPlaces });

  /** @param work rung when there is something to claim again */
  constructor(work: Bell) {
    this.#work = work;
  }

  /** The gate that a node template has for all of its states; undefined: it has none. */
  ofPlace({ runId, namespace, graphName }: LoadedRun, node: GraphNode): string | undefined {
    const { index, identifier, nodeName, rate } = node;
    if (!rate || rate.key) return undefined;
    const id = gateId({ namespace, nodeName, place: { graphName, identifier } }, rate);
    this.#know(id, rate);
    const key = `${runId}:${index}`;
    if (!this.#gateOf.has(key)) this.#placesMet++;
    this.#gateOf.set(key, id);
    return id;
  }

  /** The gate that a node has for all of its states. */
  ofNode(namespace: string, definition: NodeDefinition | undefined): string | undefined {
    if (definition?.rate?.key !== '') return undefined;
    const id = gateId({ namespace, nodeName: definition.name }, definition.rate);
    this.#know(id, definition.rate);
    return id;
  }

  #know(id: string, rate: Rate): void {
    if (this.#gates.get(id)) return;
    this.#gates.set(id, { rate, free: rate.limit, opensAt: 0, forgottenAt: 0, asking: 0 });
  }

  /** Number of places with a gate that were met so far: it grows as long as there are new ones. */
  get placesMet(): number {
    return this.#placesMet;
  }

  /** Number of states that may be claimed now. */
  room(id: string): number {
    const gate = this.#gates.get(id);
    if (!gate) return Number.POSITIVE_INFINITY;
    const now = performance.now();
    if (now < gate.opensAt) return 0;
    return Math.max(0, (now < gate.forgottenAt ? gate.free : gate.rate.limit) - gate.asking);
  }

  /** True if nothing of a place would get a permit now. */
  isClosed({ runId, node }: ReadyPlace): boolean {
    // Most deployments have no rate, and are not to pay for one.
    if (this.#gateOf.size === 0 && this.#apart.size === 0) return false;
    const place = `${runId}:${node}`;
    const id = this.#gateOf.get(place);
    if (id !== undefined && this.room(id) === 0) return true;
    const apart = this.#apart.get(place);
    return apart !== undefined && apart.length >= maxApart && Math.min(...apart) > performance.now();
  }

  /** Counts states that are leased and are going to ask. @returns what says that they have */
  expect(ids: readonly string[], states: number): () => void {
    const gates = ids.flatMap((id) => this.#gates.get(id) ?? []);
    for (const gate of gates) gate.asking += states;
    return () => {
      for (const gate of gates) gate.asking -= states;
      if (gates.length > 0) this.#work.ring();
    };
  }

  /** Takes in what storage said of a limit. */
  learn(limit: RateLimit, { free, nextInMs, next }: Outlook): void {
    const gate = limit.key === undefined ? this.#gates.get(gateId(limit, limit)) : undefined;
    if (!gate) return;
    const now = performance.now();
    gate.free = nextInMs > 0 ? next : free;
    gate.opensAt = now + nextInMs;
    gate.forgottenAt = gate.opensAt + gate.rate.perMs;
    if (nextInMs > 0) this.#ringIn(nextInMs);
  }

  /** States of a place have no permits of their keys before these times, in milliseconds. */
  sentAway({ runId, node }: ReadyPlace, waits: readonly number[]): void {
    if (waits.length === 0) return;
    const now = performance.now();
    const place = `${runId}:${node}`;
    const left = (this.#apart.get(place) ?? []).filter((at) => at > now);
    const apart = [...left, ...waits.map((wait) => now + wait)];
    this.#apart.set(place, apart);
    if (apart.length >= maxApart) this.#ringIn(Math.min(...apart) - now);
  }

  #ringIn(ms: number): void {
    // A timer that comes early by a fraction would find it closed.
    setTimeout(this.#work.ring, Math.ceil(ms) + 1).unref();
  }
}
