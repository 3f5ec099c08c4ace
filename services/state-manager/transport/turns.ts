interface Line {
  /** Turns that are taken. */
  taken: number;
  /** Starts those who wait, first come first served. */
  readonly waiting: Set<() => void>;
}

/** Turns, so many at once for each key; those who come later wait for one. */
export class Turns {
  readonly #atOnce: number;
  readonly #lines = new Map<string, Line>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Takes a turn, now or when there is one.
   * @param begin called when it is taken
   * @returns what gives it back, or leaves the line; harmless twice
   */
  take(key: string, begin: () => void): () => void {
    const line = this.#lines.get(key) ?? { taken: 0, waiting: new Set() };
    this.#lines.set(key, line);
    let hasTurn = false;
    const enter = (): void => {
      hasTurn = true;
      line.taken++;
      begin();
    };
    if (line.taken < this.#atOnce) enter();
    else line.waiting.add(enter);
    return () => {
      line.waiting.delete(enter);
      if (!hasTurn) return;
      hasTurn = false;
      line.taken--;
      const [next] = line.waiting;
      if (next !== undefined) {
        line.waiting.delete(next);
        next();
      } else if (line.taken === 0) this.#lines.delete(key);
    };
  }
}
