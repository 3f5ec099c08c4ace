/** A unite's policy in words. */
import type { UnitePolicyView } from './model.ts';
import type { ScopeRecord } from './record.ts';
import type { Share, UnitePolicy } from './unite-policy.ts';

/** The policy with its shares as numbers, over the branches that are known so far. */
export function viewPolicy(policy: UnitePolicy, scope: ScopeRecord): UnitePolicyView {
  const { strategy, limit, failFast, timeoutMs, window } = policy;
  return {
    text: describePolicy(policy),
    strategy,
    ...(strategy === 'QUORUM' && { minSuccess: sharedBy(limit, scope, Math.ceil) }),
    ...(strategy === 'ALL_SUCCESS' && { toleratedFailures: sharedBy(limit, scope, Math.floor) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    failFast,
    ...(window !== undefined && { window }),
  };
}

function describePolicy({ strategy, limit, failFast, timeoutMs, window }: UnitePolicy): string {
  const parts =
    strategy === 'QUORUM'
      ? [`QUORUM of ${limit}`]
      : strategy === 'ALL_DONE'
        ? ['ALL_DONE']
        : [`ALL_SUCCESS, ${limit === 0 ? 'no' : `at most ${limit}`} failures`];
  if (failFast) parts.push('gives up as soon as that cannot be met');
  if (timeoutMs !== undefined) parts.push(`decides after ${timeoutMs} ms over what has finished`);
  if (window?.count !== undefined) parts.push(`fires for every ${window.count} successes`);
  if (window?.intervalMs !== undefined) parts.push(`fires every ${window.intervalMs} ms for new successes`);
  return parts.join(', ');
}

/** What happens next, and when. */
export function describeNext(policy: UnitePolicy, scope: ScopeRecord): string {
  if (scope.status === 'FIRED') return 'nothing: it has fired';
  if (scope.status === 'GAVE_UP')
    return 'nothing: it gave up; retry what failed in its branches to open it again';
  if (scope.status === 'CANCELLED') return 'nothing: it was cancelled';
  const { strategy, limit } = policy;
  const waits = scope.isSealed
    ? `${scope.unfinished} of ${scope.total} branches are unfinished`
    : `${scope.unfinished} of ${scope.total} branches so far are unfinished, and more may come`;
  if (strategy === 'ALL_DONE') return `it fires when all branches have finished; ${waits}`;
  if (strategy === 'QUORUM') {
    const need = sharedBy(limit, scope, Math.ceil);
    const lacking = Math.max(0, need - scope.succeeded);
    const canStill = scope.succeeded + scope.unfinished >= need || !scope.isSealed;
    return canStill
      ? `it fires when ${lacking} more branches have succeeded, ${need} in all; ${waits}`
      : `it gives up when all branches have finished, since ${need} cannot succeed any more; ${waits}`;
  }
  const tolerated = sharedBy(limit, scope, Math.floor);
  return scope.failed > tolerated
    ? `it gives up when all branches have finished, since ${scope.failed} failed and ${tolerated} are tolerated; ${waits}`
    : `it fires when all branches have finished and at most ${tolerated - scope.failed} more failed; ${waits}`;
}

function sharedBy(limit: Share, { total, pruned }: ScopeRecord, round: (share: number) => number): number {
  if (typeof limit === 'number') return limit;
  return round((Number.parseInt(limit, 10) * (total - pruned)) / 100);
}
