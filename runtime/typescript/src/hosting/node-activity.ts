/** Work of nodes at this moment, in memory that another thread reads while the event loop is busy. */

/** Places in the memory: turns of the event loop, the node that has the loop now, then executions under way by node. */
const turnsAt = 0;
const currentAt = 1;
const firstNodeAt = 2;

/** Written by the thread of the runtime. */
export class NodeActivity {
  /** Names of the nodes, in the order of their numbers in the memory. */
  readonly nodeNames: readonly string[];
  readonly memory: Int32Array<SharedArrayBuffer>;
  readonly #places: ReadonlyMap<string, number>;

  constructor(nodeNames: readonly string[]) {
    this.nodeNames = nodeNames;
    this.memory = new Int32Array(
      new SharedArrayBuffer((firstNodeAt + nodeNames.length) * Int32Array.BYTES_PER_ELEMENT),
    );
    this.#places = new Map(nodeNames.map((name, index) => [name, firstNodeAt + index]));
  }

  /** Notes that the event loop has turned. */
  turned(): void {
    Atomics.add(this.memory, turnsAt, 1);
  }

  /** Notes that an execution begins, and has the event loop until it first waits. */
  began(nodeName: string): void {
    const place = this.#places.get(nodeName)!;
    Atomics.add(this.memory, place, 1);
    Atomics.store(this.memory, currentAt, place);
  }

  /** Notes that the execution that began last waits for something, or has returned. */
  paused(): void {
    Atomics.store(this.memory, currentAt, 0);
  }

  /** Notes that an execution has returned. */
  ended(nodeName: string): void {
    Atomics.sub(this.memory, this.#places.get(nodeName)!, 1);
  }
}

/** Number of turns of the event loop so far; it may wrap. */
export function turnsOf(memory: Int32Array): number {
  return Atomics.load(memory, turnsAt);
}

/**
 * Names of the nodes that may keep the event loop busy: the one that has just begun, or else all that are under way,
 * since nothing tells which of them goes on.
 */
export function busyNodes(memory: Int32Array, nodeNames: readonly string[]): string[] {
  const current = Atomics.load(memory, currentAt);
  if (current !== 0) return [nodeNames[current - firstNodeAt]!];
  return nodeNames.filter((_, index) => Atomics.load(memory, firstNodeAt + index) > 0);
}
