/** Rate limits, which hold over all runs of a namespace. */
import type { Rate } from '../../domain/model/rate.ts';

/** One rate limit: of a node template, or of a node; of all of its states, or of those with one key. */
export interface RateLimit extends Rate {
  readonly namespace: string;
  /** Present: of the node template with this identifier; absent: of the node, whichever graph names it. */
  readonly place?: { readonly graphName: string; readonly identifier: string };
  readonly nodeName: string;
  /** Present: the limit counts states apart, and this is the key of some. */
  readonly key?: string;
}

/** A state that is about to be handed out. */
export interface LimitedState {
  readonly runId: string;
  readonly state: number;
  /** Places in the list of limits of those that it stands under. */
  readonly limits: readonly number[];
}

/** Permits that a limit has left. */
export interface Outlook {
  /** Number of permits that are free now. */
  readonly free: number;
  /** Milliseconds until the next ones are free, and how many these are. 0: some are. */
  readonly nextInMs: number;
  readonly next: number;
}

/** States that one call asks permits for, at most. */
export const maxLimitedStates = 100;

export interface LimitStorage {
  /**
   * Gives each state a permit of all its limits, or none.
   * @param limits all of one namespace
   * @param usableMs a permit is used within so long, counted from this call, or not at all
   * @returns for each state 0, or milliseconds after which to ask again; and what is left of each limit
   */
  takePermits(
    limits: readonly RateLimit[],
    states: readonly LimitedState[],
    usableMs: number,
  ): Promise<{ readonly waits: readonly number[]; readonly outlooks: readonly Outlook[] }>;
  /** Tells what is left of limits of one namespace, and how many states stand in their lines. */
  outlooks(limits: readonly RateLimit[]): Promise<readonly (Outlook & { readonly waiting: number })[]>;
}
