import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { Due, DueKind, FirstInstants } from '../ports/due.ts';

/** Time between two looks at a shard, at least, and at most: what another state manager has put there is found then. */
const leastMs = 50;
const mostMs = 500;
/** Looks that are so close to each other go together, milliseconds. */
const togetherMs = 10;

/** Those who do what is due: one for each kind. */
export interface DueRound {
  /** Has a round now. */
  hasten(): void;
  /** What counts as due only so long after its instant, milliseconds. */
  readonly afterMs?: number;
}

/**
 * Sees when something is due, and has it done. One question for all that a shard has, instead of one from each loop;
 * and none before the instant that the last one has told of, unless this state manager has taken a step there.
 */
export class DueWatch {
  readonly #storage: Due;
  readonly #loop: Loop;
  /** When to look at each shard, as `performance.now()` tells it. */
  readonly #lookAt: number[];
  #rounds: readonly [DueKind, DueRound][] = [];

  constructor(storage: Due, log: Log) {
    this.#storage = storage;
    this.#lookAt = Array.from({ length: storage.shards }, () => 0);
    this.#loop = new Loop('due_watch', mostMs, log, () => this.#look());
  }

  /** Says who does what is due. */
  drive(rounds: Readonly<Record<DueKind, DueRound>>): void {
    this.#rounds = Object.entries(rounds) as [DueKind, DueRound][];
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** A step of this state manager may have set an instant of this run. */
  touched(runId: string): void {
    const shard = this.#storage.shardOf(runId);
    const soon = performance.now() + leastMs;
    if (this.#lookAt[shard]! <= soon) return;
    this.#lookAt[shard] = soon;
    this.#loop.within(leastMs);
  }

  /** Looks at the shards whose time has come. */
  async #look(): Promise<void> {
    const now = performance.now();
    const shards = this.#lookAt.flatMap((at, shard) => (at <= now + togetherMs ? shard : []));
    // What is touched meanwhile is looked at again.
    for (const shard of shards) this.#lookAt[shard] = now + mostMs;
    const found = await this.#storage.firstInstants(shards).catch((error: unknown) => {
      for (const shard of shards) this.#lookAt[shard] = 0;
      throw error;
    });
    shards.forEach((shard, i) => {
      const waitMs = Math.max(leastMs, Math.min(mostMs, this.#follow(found[i]!)));
      this.#lookAt[shard] = Math.min(this.#lookAt[shard]!, now + waitMs);
    });
    this.#loop.within(Math.min(...this.#lookAt) - performance.now());
  }

  /** Has done what is due. @returns when the next is, in milliseconds */
  #follow({ now, at }: FirstInstants): number {
    let waitMs = Number.POSITIVE_INFINITY;
    for (const [kind, round] of this.#rounds) {
      const instant = at[kind];
      if (instant === undefined) continue;
      const leftMs = instant + (round.afterMs ?? 0) - now;
      if (leftMs <= 0) round.hasten();
      waitMs = Math.min(waitMs, leftMs);
    }
    return waitMs;
  }
}
