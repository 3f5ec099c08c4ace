import type { Run } from '../../domain/model/run.ts';
import type { FanoutError } from '../../errors.ts';

/** One who views a run: takes the newest snapshot, when it has time for it. */
export class Viewer {
  /** The newest snapshot as text, to tell one that is the same; empty: none yet. */
  text = '';
  /** The instant of the newest snapshot, as `performance.now()` tells it. */
  shownAt = Number.NEGATIVE_INFINITY;
  readonly #signal: AbortSignal;
  #newest: Run | undefined;
  #error: FanoutError | undefined;
  #wake: () => void = () => {};

  /** @param signal ends the viewing, without an error */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Takes a snapshot for when it is woken. @returns false: it is the same as the one before */
  take(snapshot: Run, text: string): boolean {
    if (text === this.text) return false;
    this.text = text;
    this.shownAt = performance.now();
    this.#newest = snapshot;
    return true;
  }

  /** Has what it has taken shown. */
  wake(): void {
    this.#wake();
  }

  fail(error: FanoutError): void {
    this.#error = error;
    this.#wake();
  }

  /** The next snapshot; undefined: the signal has fired. @throws FanoutError the run cannot be viewed any more */
  async next(): Promise<Run | undefined> {
    for (;;) {
      if (this.#signal.aborted) return undefined;
      if (this.#error) throw this.#error;
      const snapshot = this.#newest;
      this.#newest = undefined;
      if (snapshot) return snapshot;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
