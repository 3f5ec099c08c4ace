/** A number of branches, or a percentage of the sealed total without those that were pruned. */
export type Share = number | `${number}%`;

/** The condition under which a unite fires. */
export interface UnitePolicy {
  readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';
  /** QUORUM: so many must succeed, rounded up. ALL_SUCCESS: so many may fail, rounded down. ALL_DONE: 0. */
  readonly limit: Share;
  /** Gives up as soon as the strategy cannot be met any more. */
  readonly failFast: boolean;
  /** Milliseconds from when the united node was settled until the strategy decides over what has finished. */
  readonly timeoutMs?: number;
  /** Fires for part of the branches again and again. At least one of the two. */
  readonly window?: { readonly count?: number; readonly intervalMs?: number };
}

/** True if it can fire or give up while branches are unfinished. */
export function canCloseEarly({ strategy, failFast, timeoutMs }: UnitePolicy): boolean {
  return strategy === 'QUORUM' || failFast || timeoutMs !== undefined;
}

/** True if its lists may hold only some of the branches, so that storage keeps which ones have succeeded. */
export function keepsSuccesses(policy: UnitePolicy): boolean {
  return canCloseEarly(policy) || policy.window !== undefined;
}
