import { LRUCache } from 'lru-cache';
import { isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** Time after which it is said once more that a run is broken, milliseconds: each round of a loop finds it so. */
const sayAgainMs = 60_000;
const runsRemembered = 1_000;

/** Runs that are not as scripts write them: a round goes on past them, and says so at its end. */
export class BrokenRuns {
  readonly #event: string;
  readonly #log: Log;
  readonly #told = new LRUCache<string, true>({ max: runsRemembered, ttl: sayAgainMs });
  #found = new Set<string>();

  /** @param event that is logged of each */
  constructor(event: string, log: Log) {
    this.#event = event;
    this.#log = log;
  }

  /** Number of runs that this round has found broken. */
  get size(): number {
    return this.#found.size;
  }

  /** True if this round has found the run broken. */
  has(runId: string): boolean {
    return this.#found.has(runId);
  }

  /** Logs what is wrong with a run, once a minute. */
  tell(runId: string, error: Error): void {
    if (this.#told.has(runId)) return;
    this.#told.set(runId, true);
    this.#log.warn({ event: this.#event, error, runId });
  }

  /** Does something for a run, and goes on if that is broken. @throws FanoutError storage takes nothing now */
  async past(runId: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isPassing(error)) throw error;
      this.add(runId, error as Error);
    }
  }

  /** Goes on past a run that this round has found broken. */
  add(runId: string, error: Error): void {
    this.#found.add(runId);
    this.tell(runId, error);
  }

  /**
   * Has a round, from a fresh start.
   * @throws Error it found some: what is broken stays due, so that the round waits after it
   */
  async round(work: () => Promise<void>): Promise<void> {
    this.#found = new Set();
    await work();
    if (this.#found.size > 0) throw runsAreBroken(this.#event);
  }
}

/** The error that a round ends with, and waits after, when all others have been served. */
export function runsAreBroken(event: string): Error {
  return new Error(`some runs are broken in storage: ${event} says which`);
}
