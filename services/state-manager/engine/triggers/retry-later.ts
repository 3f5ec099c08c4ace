const firstDelayMs = 1_000;
const maxDelayMs = 300_000;
/** Number of tries: with these delays the last one is about 34 minutes behind the first. */
const maxTries = 15;

/**
 * Time that something that failed waits for its next try, milliseconds; undefined: it is given up. No library: one such
 * as `cockatiel` would count tries in this process, and any state manager may make the next one.
 * @param tries that have failed, this one included
 */
export function retryDelay(tries: number): number | undefined {
  return tries >= maxTries ? undefined : delayAfter(tries);
}

function delayAfter(tries: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** (tries - 1));
}

/** Things that fail and cannot be given up, by key: each is left alone for longer and longer. */
export class Backoffs {
  readonly #until = new Map<string, { readonly tries: number; readonly until: number }>();

  get size(): number {
    return this.#until.size;
  }

  isDue(key: string): boolean {
    return (this.#until.get(key)?.until ?? 0) <= performance.now();
  }

  /** @returns for how long it is left alone, milliseconds */
  failed(key: string): number {
    const tries = (this.#until.get(key)?.tries ?? 0) + 1;
    const delayMs = delayAfter(tries);
    this.#until.set(key, { tries, until: performance.now() + delayMs });
    return delayMs;
  }

  succeeded(key: string): void {
    this.#until.delete(key);
  }

  /** Forgets all but these: the others are not there any more. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#until.keys()) if (!keys.has(key)) this.#until.delete(key);
  }
}
