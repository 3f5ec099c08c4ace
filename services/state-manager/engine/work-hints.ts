import { getOrAdd } from '../domain/get-or-add.ts';
import type { Place } from './ports.ts';

/** Places that a node is remembered at, at most. */
const mostPlaces = 1_000;

/** A place, and how many ready states it is thought to have; undefined: nobody knows. */
export interface Hint extends Place {
  readonly ready: number | undefined;
}

/**
 * Where ready states may be found, by node: hints, so that a claim needs no look before it. What is wrong
 * with them costs a claim that finds nothing, or waits for the next look.
 */
export class WorkHints {
  readonly #byNode = new Map<string, { places: Map<string, Hint>; isComplete: boolean }>();

  /** Remembers a place, last in turn. */
  add(nodeKey: string, hint: Hint): void {
    const node = this.#node(nodeKey);
    const key = `${hint.runId}:${hint.node}`;
    if (!node.places.has(key) && node.places.size >= mostPlaces) {
      node.isComplete = false;
      return;
    }
    node.places.delete(key);
    node.places.set(key, hint);
  }

  remove(nodeKey: string, place: Place): void {
    this.#byNode.get(nodeKey)?.places.delete(`${place.runId}:${place.node}`);
  }

  /** The places of a node, first in turn first, at most so many. */
  first(nodeKey: string, atMost: number): Hint[] {
    const hints: Hint[] = [];
    for (const hint of this.#byNode.get(nodeKey)?.places.values() ?? []) {
      if (hints.length === atMost) break;
      hints.push(hint);
    }
    return hints;
  }

  /** Whether a look into storage could find more than is remembered. */
  needsLook(nodeKey: string): boolean {
    const node = this.#node(nodeKey);
    return !node.isComplete && node.places.size === 0;
  }

  /** What a look found. @param isComplete there was no more */
  looked(nodeKey: string, places: readonly Place[], isComplete: boolean): void {
    const node = this.#node(nodeKey);
    node.isComplete = isComplete;
    for (const place of places) {
      const key = `${place.runId}:${place.node}`;
      if (!node.places.has(key)) node.places.set(key, { ...place, ready: undefined });
    }
  }

  /** From now on a look is worth its while again, whatever notices said. */
  doubt(): void {
    for (const node of this.#byNode.values()) node.isComplete = false;
  }

  #node(nodeKey: string): { places: Map<string, Hint>; isComplete: boolean } {
    return getOrAdd(this.#byNode, nodeKey, () => ({ places: new Map(), isComplete: false }));
  }
}
