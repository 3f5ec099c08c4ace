import * as grpc from '@grpc/grpc-js';
import type { FanoutError } from '../wire/errors.ts';

/** Pauses between two attempts to go on. The backoff is a line, so no library, as in `runtime.ts`. */
const minPauseMs = 50;
const maxPauseMs = 2_000;
/** A state manager that is away for longer than this is waited for no more. */
const patienceMs = 60_000;

/** Patience with state managers that are away: they restart, and others may answer. */
export class Patience {
  #pauseMs = minPauseMs;
  #awaySince: number | undefined;

  /** Notes that one has answered. */
  answered(): void {
    this.#awaySince = undefined;
    this.#pauseMs = minPauseMs;
  }

  /**
   * The time to wait before the next attempt, milliseconds.
   * @throws FanoutError the failure itself: another attempt would fail in the same way, or none has answered for a minute
   */
  pauseAfter(failure: FanoutError): number {
    this.#awaySince ??= performance.now();
    if (!isAway(failure) || performance.now() - this.#awaySince > patienceMs) throw failure;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    return pauseMs;
  }
}

/**
 * True if another state manager may answer. A state manager that has no time for more ends its streams with CANCELLED;
 * after a cancel from here this is not asked.
 */
export function isAway({ code }: FanoutError): boolean {
  return code === grpc.status.UNAVAILABLE || code === grpc.status.CANCELLED;
}
