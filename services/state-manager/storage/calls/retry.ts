import type { StateRecord } from '../../domain/run/state-record.ts';
import type { HeldScope, RetryScope } from '../../engine/ports/control.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { scopeId } from '../layout/scope-record.ts';
import { encodeAttempts } from '../layout/state-record.ts';
import { KeyList, pushQueues } from './key-list.ts';
import { allStepArgs, stepKeys } from './step.ts';

/** Puts a retry by hand into the words of retry.lua. */
export function retryCall(
  keys: Keys,
  run: LoadedRun,
  state: number,
  {
    record,
    seen,
    delayMs,
    takenBackBy,
    correctionJson = '',
  }: {
    readonly record: StateRecord;
    readonly seen: string;
    readonly delayMs: number;
    readonly takenBackBy?: HeldScope | undefined;
    readonly correctionJson?: string | undefined;
  },
  scopes: readonly RetryScope[],
): ScriptCall {
  const { node } = record.standing;
  const more = new KeyList();
  const args: (string | number)[] = [];
  pushQueues(keys, run, [node], more, args);
  args.push(scopes.length);
  for (const { finished, counts, ...scope } of scopes) {
    const isFinished = finished === undefined ? '' : finished.isFinished ? 1 : 0;
    args.push(scopeId(scope), scope.branch ?? '', counts ? 1 : 0, isFinished, finished?.seen ?? '');
  }
  const attempts = { attempt: record.attempt + 1, losses: 0, retries: 0 };
  return {
    script: scriptNamed('retry'),
    keys: { ...stepKeys(keys, run), due: keys.due(keys.shardOf(run.runId)) },
    args: {
      ...allStepArgs(keys, run),
      state,
      node,
      seen,
      attempts: encodeAttempts(attempts),
      delay: delayMs,
      run_ms: run.limits.runMs,
      // What a closing has cancelled counts nowhere.
      is_uncounted: takenBackBy || scopes.some(({ counts }) => counts) ? 0 : 1,
      taken_back_by: takenBackBy ? scopeId(takenBackBy) : '',
      held_by: takenBackBy?.heldBy ?? '',
      correction: correctionJson,
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** Puts the branches that a held scope gets back into the words of take_back.lua. */
export function takeBackCall(
  keys: Keys,
  run: LoadedRun,
  scope: HeldScope,
  { from, past }: { readonly from: number; readonly past: number },
  newest: number,
): ScriptCall {
  return {
    script: scriptNamed('take_back'),
    keys: stepKeys(keys, run),
    args: { ...allStepArgs(keys, run), scope_id: scopeId(scope), held_by: scope.heldBy, from, past, newest },
    moreArgs: [0],
  };
}
