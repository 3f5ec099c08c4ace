/** Events of a run of chaos, and when they were. */
export class Timeline {
  readonly lines: string[] = [];
  readonly #begunAt = performance.now();
  readonly #say: ((line: string) => void) | undefined;

  /** @param say is told each line at once */
  constructor(say?: (line: string) => void) {
    this.#say = say;
  }

  /** Milliseconds since the beginning. */
  now(): number {
    return performance.now() - this.#begunAt;
  }

  add(what: string): void {
    const line = `${(this.now() / 1_000).toFixed(2).padStart(8)} s  ${what}`;
    this.lines.push(line);
    this.#say?.(line);
  }
}
