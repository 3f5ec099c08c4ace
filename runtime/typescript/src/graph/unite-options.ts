import { checkOptions, type OptionNames } from '../wire/options.ts';
import type { NodeTemplate } from './graph-template.ts';

/** A number of branches, or a percentage of them; pruned branches are left out of it. */
export type Share = number | `${number}%`;

/** A unite that fires again and again: for every so many branches that have newly succeeded, or in intervals. */
export type UniteWindow =
  | { readonly count: number; readonly intervalMs?: number }
  | { readonly count?: number; readonly intervalMs: number };

interface Timed {
  /** So long after the united node has returned, the strategy decides over the branches that have finished. */
  readonly uniteTimeoutMs?: number;
}

interface GivesUp extends Timed {
  /** Gives up as soon as the strategy cannot be met any more, and cancels the rest. */
  readonly failFast?: boolean;
}

/** The condition under which a unite fires. `ALL_SUCCESS` if there is no strategy. */
export type UnitePolicy =
  /** All branches have finished, and no more have failed than are tolerated: none, unless it says so. */
  | (GivesUp & {
      readonly strategy?: 'ALL_SUCCESS';
      readonly toleratedFailures?: Share;
      readonly minSuccess?: never;
      readonly window?: never;
    })
  /** So many branches have succeeded; the others are cancelled. */
  | (GivesUp & {
      readonly strategy: 'QUORUM';
      readonly minSuccess: Share;
      readonly toleratedFailures?: never;
      readonly window?: never;
    })
  /** All branches have finished, whatever became of them. */
  | (Timed & AllDone & { readonly window?: never })
  /** Whenever a window is full, then once more when all branches have finished. */
  | (AllDone & { readonly window: UniteWindow; readonly uniteTimeoutMs?: never });

interface AllDone {
  readonly strategy: 'ALL_DONE';
  readonly minSuccess?: never;
  readonly toleratedFailures?: never;
  readonly failFast?: never;
}

const uniteWindow: OptionNames<UniteWindow> = { count: true, intervalMs: true };

/** The `unites` block of a place. @throws TypeError the window has an option that is not known */
export function writeUnites(identifier: string, policy: UnitePolicy): NonNullable<NodeTemplate['unites']> {
  const { strategy, minSuccess, toleratedFailures, uniteTimeoutMs, failFast, window } = policy;
  checkOptions(`the window of the unite of ${identifier}`, window, uniteWindow);
  return {
    identifier,
    ...(strategy && { strategy }),
    ...(minSuccess !== undefined && { min_success: minSuccess }),
    ...(toleratedFailures !== undefined && { tolerated_failures: toleratedFailures }),
    ...(uniteTimeoutMs !== undefined && { timeout_ms: uniteTimeoutMs }),
    ...(failFast !== undefined && { fail_fast: failFast }),
    ...(window && {
      window: {
        ...(window.count !== undefined && { count: window.count }),
        ...(window.intervalMs !== undefined && { interval_ms: window.intervalMs }),
      },
    }),
  };
}
