import type { Capacity } from '@fanout/proto';
import type { RuntimeLog } from '../nodes/log.ts';
import type { AnyNode } from '../nodes/node.ts';

/** An execution that was given up and does not return for this long is told of, milliseconds. */
const toldAfterMs = 1_000;

/** The place of one execution, from its start until its function has returned. */
export interface Place {
  readonly nodeName: string;
  /** Fields of a log line that say which execution it is. */
  readonly describe: () => Readonly<Record<string, unknown>>;
  /** The instant since which it lingers; undefined: its execution is wanted. */
  lingersSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
  isTold: boolean;
}

/** Numbers of places that are in use, in all and by node. */
class Use {
  total = 0;
  readonly #perNode = new Map<string, number>();

  of(nodeName: string): number {
    return this.#perNode.get(nodeName) ?? 0;
  }

  add(nodeName: string, count: 1 | -1): void {
    this.total += count;
    this.#perNode.set(nodeName, this.of(nodeName) + count);
  }
}

/**
 * The places of a runtime: executions that it has room for at once, in all and by node. An execution that is given up,
 * because it was taken back or has timed out, *lingers*: it keeps its place until its function has returned, and the
 * capacity that state managers are told is smaller by it.
 */
export class Places {
  readonly #total: number;
  readonly #perNode: ReadonlyMap<string, number>;
  readonly #log: RuntimeLog;
  readonly #onCapacity: () => void;
  readonly #taken = new Use();
  readonly #lingering = new Use();

  /**
   * @param total executions at once over all nodes
   * @param onCapacity called when `capacity` has changed
   */
  constructor(nodes: readonly AnyNode[], total: number, log: RuntimeLog, onCapacity: () => void) {
    this.#total = total;
    this.#perNode = new Map(
      nodes.flatMap(({ name, concurrency }) => (concurrency === undefined ? [] : [[name, concurrency]])),
    );
    this.#log = log;
    this.#onCapacity = onCapacity;
  }

  /** Executions that linger now. */
  get lingering(): number {
    return this.#lingering.total;
  }

  /** No node has a place left. */
  get areFull(): boolean {
    return this.#taken.total >= this.#total;
  }

  /** The capacity that is left beside what lingers. */
  capacity(): Capacity {
    const perNode = [...this.#perNode].map(([name, limit]) => [
      name,
      Math.max(0, limit - this.#lingering.of(name)),
    ]);
    const { lingering } = this;
    return {
      total: Math.max(0, this.#total - lingering),
      perNode: Object.fromEntries(perNode),
      ...(lingering > 0 && { lingering }),
    };
  }

  /** Takes a place for an execution of a node; undefined: all are in use. */
  take(nodeName: string, describe: Place['describe']): Place | undefined {
    const limit = this.#perNode.get(nodeName) ?? this.#total;
    if (this.areFull || this.#taken.of(nodeName) >= limit) return undefined;
    this.#taken.add(nodeName, 1);
    return { nodeName, describe, lingersSince: undefined, timer: undefined, isTold: false };
  }

  /** Notes that an execution was given up, and that its function goes on. */
  linger(place: Place): void {
    place.lingersSince = performance.now();
    this.#lingering.add(place.nodeName, 1);
    this.#onCapacity();
    place.timer = setTimeout(() => {
      place.isTold = true;
      this.#tell('warn', 'node_lingers', place);
    }, toldAfterMs);
    place.timer.unref();
  }

  /** Gives a place back: the function has returned. */
  free(place: Place): void {
    this.#taken.add(place.nodeName, -1);
    if (place.lingersSince === undefined) return;
    clearTimeout(place.timer);
    this.#lingering.add(place.nodeName, -1);
    this.#onCapacity();
    if (!place.isTold) return;
    const lingeredMs = Math.round(performance.now() - place.lingersSince);
    this.#tell('info', 'node_returned', place, { lingeredMs });
  }

  #tell(level: 'info' | 'warn', event: string, { describe }: Place, more: object = {}): void {
    this.#log({ level, event, ...describe(), lingering: this.lingering, ...more });
  }
}
