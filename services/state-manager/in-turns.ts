import Denque from 'denque';

/**
 * Tasks that may come by the thousand at once: each turn of the event loop does some of them, in their order, so that
 * others get theirs. As long as few come each is done at once.
 */
export class InTurns {
  readonly #perTurn: number;
  readonly #waiting = new Denque<() => void>();
  /** Number of tasks that this turn of the event loop may still do. */
  #left: number;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** @param task that throws nothing */
  add(task: () => void): void {
    this.#waiting.push(task);
    this.#doSome();
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#waiting.clear();
  }

  #doSome(): void {
    for (; this.#left > 0; this.#left--) {
      const task = this.#waiting.shift();
      if (!task) return;
      if (this.#left === this.#perTurn) setImmediate(() => this.#nextTurn());
      task();
    }
  }

  #nextTurn(): void {
    this.#left = this.#perTurn;
    this.#doSome();
  }
}
