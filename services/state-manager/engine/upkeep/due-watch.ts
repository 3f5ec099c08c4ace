import { randomUUID } from 'node:crypto';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import type { Due, DueKind, FirstInstants } from '../ports/due.ts';

/** Time between two looks at a shard, at least, and at most: what another state manager has put there is found then. */
const leastMs = 50;
const mostMs = 1_000;
/** Looks that are so close to each other go together, milliseconds. */
const togetherMs = 10;

type Watched = Pick<Due, 'shards' | 'shardOf' | 'firstInstants'>;

/** The one who does what is due of a kind. */
export interface DueRound {
  /** Has a round now, unless the last one has failed, and is waited after. */
  nudge(): void;
  /** Time after the instant from which on it counts as due, milliseconds. */
  readonly afterMs?: number;
}

/**
 * Sees when something is due, and has it done. One question for all that a shard has, instead of one from each loop;
 * and none before the instant that the last one has told of, unless this state manager has taken a step there.
 *
 * One state manager at a time looks after a shard, for as long as it goes on asking. The others look where they have
 * taken a step themselves, and whether it still asks: it decides who looks, and nothing else, so that two who do are no
 * harm. Suspects are waited for by all: who has runtimes for them is not known in storage.
 */
export class DueWatch {
  readonly #id = randomUUID();
  readonly #storage: Watched;
  readonly #loop: Loop;
  /** Instants at which to look at each shard, as `performance.now()` tells it. */
  readonly #lookAt: number[];
  #rounds: readonly [DueKind, DueRound][] = [];

  constructor(storage: Watched, log: Log) {
    this.#storage = storage;
    this.#lookAt = Array.from({ length: storage.shards }, () => 0);
    this.#loop = new Loop('due_watch', onDemand, log, () => this.#look());
  }

  /** Says who does what is due. */
  drive(rounds: Readonly<Record<DueKind, DueRound>>): void {
    this.#rounds = Object.entries(rounds) as [DueKind, DueRound][];
  }

  start(): void {
    this.#loop.start();
    this.#loop.hasten();
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
    for (const shard of shards) this.#lookAt[shard] = Number.POSITIVE_INFINITY;
    const found = await this.#storage.firstInstants(shards, this.#id).catch((error: unknown) => {
      for (const shard of shards) this.#lookAt[shard] = 0;
      throw error;
    });
    shards.forEach((shard, i) => {
      this.#lookAt[shard] = Math.min(this.#lookAt[shard]!, now + this.#follow(found[i]));
    });
    this.#loop.within(Math.min(...this.#lookAt) - performance.now());
  }

  /** Has done what is due on a shard. @returns milliseconds until it is to be looked at again */
  #follow(found: FirstInstants | undefined): number {
    if (!found) {
      // Something there is not as it should be. Who meets it says so; for all others it is as if it were due.
      for (const [, round] of this.#rounds) round.nudge();
      return mostMs;
    }
    const { now, at, keptMs } = found;
    const isKept = keptMs > 0 && at.suspects === undefined;
    let waitMs = isKept ? Math.max(mostMs, keptMs) : mostMs;
    for (const [kind, round] of this.#rounds) {
      const instant = at[kind];
      if (instant === undefined) continue;
      const leftMs = instant + (round.afterMs ?? 0) - now;
      if (leftMs <= 0) round.nudge();
      // What is left undone there is seen to by who looks after it; what comes soon may be this one's own.
      if (leftMs > 0 || !isKept) waitMs = Math.min(waitMs, leftMs);
    }
    return Math.max(leastMs, waitMs);
  }
}
