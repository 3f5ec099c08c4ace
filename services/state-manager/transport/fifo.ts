/** Taken items are forgotten once there are so many of them. */
const maxTaken = 256;

/** A line of items that wait: first in, first out, in constant time, and without keeping what was taken. */
export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get isEmpty(): boolean {
    return this.#first === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The next one, which stays; undefined: there is none. */
  peek(): T | undefined {
    return this.#items[this.#first];
  }

  shift(): T | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#first++];
    // Moving what waits costs no more than as many items were taken.
    if (this.#first >= maxTaken && 2 * this.#first >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}
