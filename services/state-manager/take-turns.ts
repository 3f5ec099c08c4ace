/** Time that work takes of the event loop before others get their turn, milliseconds. */
const sliceMs = 8;

/** Lets others have their turn: timers, sockets, and what else waits. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Lets others have their turn now and then in a loop that may be long: `if (slice.isOver) await slice.next()`. To ask costs
 * a look at the clock.
 */
export class Slice {
  #endsAt = performance.now() + sliceMs;

  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Waits for the next turn, with which a new slice begins. */
  async next(): Promise<void> {
    await nextTurn();
    this.#endsAt = performance.now() + sliceMs;
  }
}
