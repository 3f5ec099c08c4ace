/** Time that work takes of the event loop before others get their turn, milliseconds. */
const sliceMs = 8;

/** Lets others have their turn: timers, sockets, and what else waits. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Lets others have their turn now and then where work may be long: `while (slice.isOver) await slice.next()`. To ask costs
 * a look at the clock. All that wait for the same slice have one turn together.
 */
export class Slice {
  #endsAt = performance.now() + sliceMs;
  #next: Promise<void> | undefined;

  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Waits for the next turn, with which a new slice begins. */
  next(): Promise<void> {
    this.#next ??= nextTurn().then(() => {
      this.#next = undefined;
      this.#endsAt = performance.now() + sliceMs;
    });
    return this.#next;
  }
}
