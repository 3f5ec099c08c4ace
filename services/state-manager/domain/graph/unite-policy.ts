import type { Violations } from '../json/violations.ts';

/** A number of branches, or a percentage of the sealed total without those that were pruned. */
export type Share = number | `${number}%`;

/** When a unite fires. */
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

/** The fields of a `unites` block that make its policy, as far as they are usable. */
export interface UnitePolicyFields {
  readonly strategy?: UnitePolicy['strategy'];
  readonly min_success?: Share;
  readonly tolerated_failures?: Share;
  readonly timeout_ms?: number;
  readonly fail_fast?: boolean;
  readonly window?: { readonly count?: number; readonly interval_ms?: number };
  /** Those that are there and not usable: reported already, and nothing is known of how they go with others. */
  readonly unusable: ReadonlySet<string>;
}

/** Whether it can fire or give up while branches are unfinished. */
export function canCloseEarly({ strategy, failFast, timeoutMs }: UnitePolicy): boolean {
  return strategy === 'QUORUM' || failFast || timeoutMs !== undefined;
}

/** Whether its lists may hold only some of the branches, so that storage keeps which ones have succeeded. */
export function keepsSuccesses(policy: UnitePolicy): boolean {
  return canCloseEarly(policy) || policy.window !== undefined;
}

/** Reports fields that do not go together, and gives the policy. */
export function readUnitePolicy(
  fields: UnitePolicyFields,
  path: string,
  violations: Violations,
): UnitePolicy {
  const { strategy = 'ALL_SUCCESS', min_success, tolerated_failures, timeout_ms, fail_fast, window } = fields;
  const refuse = (field: string, rule: string) =>
    violations.add(`${path}.${field}`, 'INVALID_POLICY', () => rule);
  const requireStrategy = (wanted: UnitePolicy['strategy'], field: string, value: unknown) => {
    if (value === undefined || strategy === wanted || fields.unusable.has('strategy')) return;
    refuse(field, `"${field}" goes with the strategy ${wanted}, not ${strategy}: change one of them`);
  };
  if (strategy === 'QUORUM' && min_success === undefined && !fields.unusable.has('min_success'))
    violations.add(
      path,
      'INVALID_POLICY',
      () =>
        'the strategy QUORUM needs "min_success", the number or percentage of branches that must succeed: add it',
    );
  requireStrategy('QUORUM', 'min_success', min_success);
  if (min_success === 0 || min_success === '0%')
    refuse('min_success', 'a quorum of no branches would fire at once: ask for 1 or more');
  requireStrategy('ALL_SUCCESS', 'tolerated_failures', tolerated_failures);
  if (strategy === 'ALL_DONE' && fail_fast === true)
    refuse('fail_fast', 'the strategy ALL_DONE never gives up, so "fail_fast" has no meaning: remove it');
  requireStrategy('ALL_DONE', 'window', window);
  if (window !== undefined && timeout_ms !== undefined)
    refuse('window', '"window" and "timeout_ms" exclude each other: remove one of them');
  return {
    strategy,
    limit: (strategy === 'QUORUM' ? min_success : tolerated_failures) ?? 0,
    failFast: fail_fast === true,
    ...(timeout_ms !== undefined && { timeoutMs: timeout_ms }),
    ...(window !== undefined && {
      window: {
        ...(window.count !== undefined && { count: window.count }),
        ...(window.interval_ms !== undefined && { intervalMs: window.interval_ms }),
      },
    }),
  };
}
