/**
 * The records of a scope, of its branches and of its windows, packed into fields of the run's hash.
 * `lua/shared/scope_record.lua` has the layout, with an example; TypeScript writes new scopes only.
 */

import type { UnitePolicy } from '../../domain/graph/unite-policy.ts';
import type { NewScope } from '../../domain/plan/plan.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { WindowRecord } from '../../engine/ports/run-reader.ts';
import { encodeStanding } from './state-record.ts';

export function scopeId({ unite, execution }: { unite: number; execution: number }): string {
  return `${unite}.${execution}`;
}

export function readScopeId(id: string): { unite: number; execution: number } {
  const [unite, execution] = id.split('.');
  return { unite: Number(unite), execution: Number(execution) };
}

/** A scope that has just been opened. */
export function encodeNewScope(scope: NewScope): string {
  const { branches } = scope;
  // An open fan-out adds its first branches in the same step, as it does with the others.
  const total = scope.mayGrow ? 0 : scope.total;
  const isWaiting = branches === 'WHEN_EXPANDED';
  // With branches of their own, what follows from each is added up in the same step.
  const isFinished = branches === undefined && scope.tokens === 0;
  const isExplicit = branches !== undefined && !scope.mayGrow;
  const outers = scope.outers.map(
    ({ unite, execution, branch, countsFailure }) =>
      `${unite}.${execution}.${branch}.${countsFailure ? 1 : 0}`,
  );
  return [
    'O',
    total,
    isFinished ? 0 : total,
    isFinished ? total : 0,
    0,
    0,
    0,
    '',
    0,
    1,
    1,
    1,
    0,
    scope.mayGrow ? 0 : 1,
    '',
    isWaiting ? scope.tokens + 1 : isExplicit ? 0 : scope.tokens,
    !isExplicit && scope.delivers ? 1 : 0,
    encodePolicy(scope.policy),
    scope.unite,
    outers.join(),
    encodeStanding(scope.standing),
  ].join('|');
}

const strategyLetters = { ALL_SUCCESS: 'S', ALL_DONE: 'D', QUORUM: 'Q' } as const;

/** `strategy,limit,fail fast,timeout,window count,window interval` */
function encodePolicy({ strategy, limit, failFast, timeoutMs = 0, window }: UnitePolicy): string {
  const { count = 0, intervalMs = 0 } = window ?? {};
  return [strategyLetters[strategy], limit, failFast ? 1 : 0, timeoutMs, count, intervalMs].join();
}

/** SCOPE of scope_record.lua. */
const scopeStatuses = { O: 'OPEN', F: 'FIRED', G: 'GAVE_UP', X: 'CANCELLED' } as const;

export function decodeScope(unite: number, execution: number, packed: string): ScopeRecord {
  const [
    status,
    total,
    unfinished,
    succeeded,
    failed,
    pruned,
    leftOut,
    result,
    instances,
    since,
    generation,
    ,
    fresh,
    sealed,
    heldBy,
    tokens,
  ] = packed.split('|');
  return {
    unite,
    execution,
    status: scopeStatuses[status as keyof typeof scopeStatuses],
    total: Number(total),
    unfinished: Number(unfinished),
    succeeded: Number(succeeded),
    failed: Number(failed),
    pruned: Number(pruned),
    leftOut: Number(leftOut),
    ...(result ? { result: Number(result) } : {}),
    instances: Number(instances),
    since: Number(since),
    generation: Number(generation),
    fresh: Number(fresh),
    isSealed: sealed !== '0',
    isCutOff: sealed === '2',
    ...(heldBy && !heldBy.endsWith('~') ? { heldBy: Number.parseInt(heldBy, 10) } : {}),
    tokens: Number(tokens),
  };
}

/** A branch that has a field: one that the scope's own record does not tell of. */
export interface BranchRecord {
  readonly tokens: number;
  readonly hasDelivered: boolean;
  readonly hasFailed: boolean;
  /** Its scope gave up without it, and takes it back when it is opened again. */
  readonly isLeftOut: boolean;
  /** The generation that it counts in; 0: its scope has fired without it. */
  readonly generation: number;
}

export function decodeBranch(packed: string): BranchRecord {
  const [tokens, flags, generation = 1] = packed.split(',').map(Number);
  return {
    tokens: tokens!,
    hasDelivered: flags! % 2 === 1,
    hasFailed: flags! % 4 >= 2,
    isLeftOut: flags! >= 4,
    generation,
  };
}

export function decodeWindow(packed: string): WindowRecord {
  const [state = 0, total = 0, unfinished = 0, succeeded = 0, failed = 0, pruned = 0, window = 0] = packed
    .split('|')
    .map(Number);
  // Windows close with all that there is.
  return { state, total, unfinished, succeeded, failed, pruned, leftOut: 0, window };
}
