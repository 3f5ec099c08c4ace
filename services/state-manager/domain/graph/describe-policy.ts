/** A unite's policy in words. */
import type { UnitePolicyView } from '../model/unite.ts';
import type { ScopeRecord } from '../run/scope-record.ts';
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

/**
 * A phrase for the next event of a scope, and its time.
 * @param timerAt when its timeout or the interval of its window decides; epoch ms
 */
export function describeNext(policy: UnitePolicy, scope: ScopeRecord, timerAt?: number): string {
  if (scope.status === 'FIRED') return 'nothing: it has fired';
  if (scope.status === 'GAVE_UP')
    return 'nothing: it gave up; retry what failed in its branches to open it again';
  if (scope.status === 'CANCELLED') return 'nothing: it was cancelled';
  if (scope.heldBy !== undefined)
    return 'it is opened again, and waits until what its closing had cancelled is back';
  const waits = scope.isSealed
    ? `${scope.unfinished} of ${scope.total} branches are unfinished`
    : `${scope.unfinished} of ${scope.total} branches so far are unfinished, and more may come`;
  return [...rulesOf(policy, scope, timerAt), waits].join('; ');
}

/** Rules that decide, the soonest first as far as that can be told. */
function rulesOf(policy: UnitePolicy, scope: ScopeRecord, timerAt: number | undefined): string[] {
  const { strategy, limit, timeoutMs, window } = policy;
  const at = timerAt === undefined ? undefined : new Date(timerAt).toISOString();
  if (window) {
    const { count, intervalMs } = window;
    return [
      ...(count === undefined
        ? []
        : [`a window fires when ${count - scope.fresh} more branches have succeeded`]),
      ...(intervalMs === undefined || at === undefined
        ? []
        : [`at ${at} a window fires for what has newly succeeded by then, if anything has`]),
      'the last one fires when all branches have finished',
    ];
  }
  const isShareKnown = scope.isSealed || typeof limit === 'number';
  const rules =
    strategy === 'ALL_DONE'
      ? ['it fires when all branches have finished']
      : strategy === 'QUORUM'
        ? quorumRules(policy, scope, isShareKnown)
        : allSuccessRules(policy, scope, isShareKnown);
  return timeoutMs !== undefined && at !== undefined
    ? [...rules, `at ${at} it decides over what has finished by then`]
    : rules;
}

function quorumRules({ limit, failFast }: UnitePolicy, scope: ScopeRecord, isShareKnown: boolean): string[] {
  if (!isShareKnown)
    return [`it fires when ${limit} of the branches have succeeded, once it is known how many there are`];
  const need = sharedBy(limit, scope, Math.ceil);
  const spare = scope.succeeded + scope.unfinished - need;
  if (spare < 0 && scope.isSealed)
    return [`it gives up when all branches have finished, since ${need} cannot succeed any more`];
  const lacking = Math.max(0, need - scope.succeeded);
  const fires = `it fires when ${lacking} more branches have succeeded, ${need} in all`;
  return failFast && scope.isSealed
    ? [fires, `it gives up as soon as ${spare + 1} of the others have ended without success`]
    : [fires];
}

function allSuccessRules(
  { limit, failFast }: UnitePolicy,
  scope: ScopeRecord,
  isShareKnown: boolean,
): string[] {
  if (!isShareKnown) return [`it fires when all branches have finished and at most ${limit} of them failed`];
  const tolerated = sharedBy(limit, scope, Math.floor);
  const left = tolerated - scope.failed;
  if (left < 0)
    return [
      `it gives up when all branches have finished, since ${scope.failed} failed and ${tolerated} are tolerated`,
    ];
  const fires = `it fires when all branches have finished and at most ${left} more failed`;
  return failFast ? [fires, `it gives up as soon as ${left + 1} more have failed`] : [fires];
}

function sharedBy(limit: Share, { total, pruned }: ScopeRecord, round: (share: number) => number): number {
  if (typeof limit === 'number') return limit;
  return round((Number.parseInt(limit, 10) * (total - pruned)) / 100);
}
