import { getOrAdd } from '../../domain/get-or-add.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RankedPlace, ReadyPlace } from '../ports/settling.ts';

/** Places that a node is remembered at, at most. */
const maxPlaces = 1_000;

/** The name that a node is remembered by. */
export function nodeKey(namespace: string, nodeName: string): string {
  return `${namespace}:${nodeName}`;
}

/** A place, and how many ready states it is thought to have; undefined: it is not known. */
export interface HintedPlace extends RankedPlace {
  readonly nodeKey: string;
  readonly ready: number | undefined;
}

/** A run that may have ready states. */
export interface RunPlaces {
  readonly runId: string;
  readonly priority: number;
  /** Places by index of node. */
  readonly places: ReadonlyMap<number, HintedPlace>;
}

interface Run extends RunPlaces {
  readonly places: Map<number, HintedPlace>;
  /** Runs of one priority are served in ascending order. */
  turn: number;
}

interface Node {
  /** Levels by priority, highest first; within one the runs that wait longest in front. */
  levels: { readonly priority: number; readonly runs: Map<string, HintedPlace> }[];
  size: number;
  /** There is nothing in storage but what is remembered here. */
  isComplete: boolean;
  /** A look is worth its while although something is remembered. */
  isDoubted: boolean;
}

/**
 * Places where ready states may be found: hints, so that a claim needs no look before it. A wrong one costs
 * a claim that finds nothing, or waits for the next look.
 */
export class ReadyPlaces {
  readonly #byNode = new Map<string, Node>();
  readonly #byRun = new Map<string, Run>();
  #turns = 0;

  /** Remembers a place; a run that is new here comes last in turn. @param ready undefined: it is not known */
  found(nodeKey: string, place: RankedPlace, ready?: number): void {
    const known = this.#byRun.get(place.runId)?.places.get(place.node);
    const { runId, node, priority } = place;
    const hint = { runId, node, priority, nodeKey, ready };
    if (known) this.#put(hint);
    else if (this.#makeRoom(nodeKey, priority)) this.#put(hint);
  }

  /** Some states of a run may have become ready. */
  foundIn({ runId, namespace, priority, graph }: LoadedRun, node: number, ready?: number): void {
    this.found(nodeKey(namespace, nodeAt(graph, node).nodeName), { runId, node, priority }, ready);
  }

  /** A run was served: it is last in turn now. */
  served(runId: string): void {
    const run = this.#byRun.get(runId);
    if (!run) return;
    run.turn = ++this.#turns;
    for (const hint of run.places.values()) {
      const level = this.#level(this.#node(hint.nodeKey), hint.priority);
      level.delete(placeKey(hint));
      level.set(placeKey(hint), hint);
    }
  }

  remove({ runId, node }: ReadyPlace): void {
    const run = this.#byRun.get(runId);
    const hint = run?.places.get(node);
    if (!run || !hint) return;
    run.places.delete(node);
    if (run.places.size === 0) this.#byRun.delete(runId);
    const ofNode = this.#node(hint.nodeKey);
    const level = this.#level(ofNode, hint.priority);
    level.delete(placeKey(hint));
    if (level.size === 0) ofNode.levels = ofNode.levels.filter(({ runs }) => runs !== level);
    ofNode.size--;
  }

  /** Forgets a run that does not exist any more. */
  removeRun(runId: string): void {
    for (const place of [...(this.#byRun.get(runId)?.places.values() ?? [])]) this.remove(place);
  }

  /**
   * Runs that may have ready states of some nodes, to be served in this order, at most so many.
   * @param isClosed true for places from which nothing is handed out now
   */
  runs(
    nodeKeys: Iterable<string>,
    atMost: number,
    isClosed: (place: HintedPlace) => boolean = () => false,
  ): RunPlaces[] {
    const found = new Set<Run>();
    for (const nodeKey of nodeKeys) {
      let left = atMost;
      for (const { runs } of this.#byNode.get(nodeKey)?.levels ?? []) {
        if (left === 0) break;
        for (const place of runs.values()) {
          if (isClosed(place)) continue;
          const { runId } = place;
          found.add(this.#byRun.get(runId)!);
          if (--left === 0) break;
        }
      }
    }
    return [...found]
      .sort((left, right) => right.priority - left.priority || left.turn - right.turn)
      .slice(0, atMost);
  }

  /** True if nothing of a node waits, as far as is known here, and all of it is known. */
  isEmpty(nodeKey: string): boolean {
    const { isComplete, size } = this.#node(nodeKey);
    return isComplete && size === 0;
  }

  /** True if a look into storage could find what is not remembered. */
  needsLook(nodeKey: string): boolean {
    const { isComplete, isDoubted, size } = this.#node(nodeKey);
    return isDoubted || (!isComplete && size === 0);
  }

  /**
   * Takes in what a look found, in the order of storage, which knows best which run waits longest.
   * @param isComplete there was no more
   */
  looked(nodeKey: string, places: readonly RankedPlace[], isComplete: boolean): void {
    const node = this.#node(nodeKey);
    node.isComplete = isComplete;
    node.isDoubted = false;
    const before = node.levels;
    node.levels = [];
    node.size = 0;
    for (const place of places) {
      const ready = this.#byRun.get(place.runId)?.places.get(place.node)?.ready;
      this.#put({ runId: place.runId, node: place.node, priority: place.priority, nodeKey, ready });
    }
    for (const { runs } of before) {
      for (const hint of runs.values()) {
        if (this.#level(node, hint.priority).has(placeKey(hint))) continue;
        if (this.#makeRoom(nodeKey, hint.priority)) this.#put(hint);
        else this.#forget(hint);
      }
    }
    node.levels = node.levels.filter(({ runs }) => runs.size > 0);
  }

  /** Makes a look worth its while again, whatever notices said. */
  doubt(): void {
    for (const node of this.#byNode.values()) node.isDoubted = true;
  }

  #put(hint: HintedPlace): void {
    const { runId, priority, nodeKey } = hint;
    const run = getOrAdd(
      this.#byRun,
      runId,
      (): Run => ({ runId, priority, places: new Map(), turn: ++this.#turns }),
    );
    run.places.set(hint.node, hint);
    const node = this.#node(nodeKey);
    const level = this.#level(node, priority);
    const before = level.size;
    level.set(placeKey(hint), hint);
    node.size += level.size - before;
  }

  /** Makes room for a place. @returns false: there is none, and no place of a lower priority that could give way */
  #makeRoom(nodeKey: string, priority: number): boolean {
    const node = this.#node(nodeKey);
    if (node.size < maxPlaces) return true;
    node.isComplete = false;
    const lowest = node.levels.at(-1)!;
    if (lowest.priority >= priority) return false;
    this.remove([...lowest.runs.values()].at(-1)!);
    return true;
  }

  /** Takes a hint away whose node does not have it any more. */
  #forget({ runId, node }: HintedPlace): void {
    const run = this.#byRun.get(runId);
    run?.places.delete(node);
    if (run?.places.size === 0) this.#byRun.delete(runId);
  }

  #level(node: Node, priority: number): Map<string, HintedPlace> {
    const known = node.levels.find((level) => level.priority === priority);
    if (known) return known.runs;
    const runs = new Map<string, HintedPlace>();
    node.levels = [...node.levels, { priority, runs }].sort((left, right) => right.priority - left.priority);
    return runs;
  }

  #node(nodeKey: string): Node {
    return getOrAdd(this.#byNode, nodeKey, () => ({
      levels: [],
      size: 0,
      isComplete: false,
      isDoubted: false,
    }));
  }
}

function placeKey({ runId, node }: ReadyPlace): string {
  return `${runId}:${node}`;
}
