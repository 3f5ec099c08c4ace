import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { scopeId } from '../layout/scope-record.ts';

/** Puts failures of superseded states into the words of uncount.lua. */
export function uncountCall(
  keys: Keys,
  runId: string,
  states: readonly { readonly state: number; readonly countsIn: readonly ScopeBranch[] }[],
): ScriptCall {
  return {
    script: scriptNamed('uncount'),
    keys: { run: keys.run(runId), failures: keys.failures(runId) },
    args: {},
    moreArgs: [
      states.length,
      ...states.flatMap(({ state, countsIn }) => [
        state,
        countsIn.length,
        ...countsIn.flatMap((scope) => [scopeId(scope), scope.branch]),
      ]),
    ],
  };
}
