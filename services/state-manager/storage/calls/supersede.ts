import type { SupersededState } from '../../engine/ports/control.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { scopeId } from '../layout/scope-record.ts';

/** Puts superseded states into the words of supersede.lua. */
export function supersedeCall(keys: Keys, runId: string, states: readonly SupersededState[]): ScriptCall {
  return {
    script: scriptNamed('supersede'),
    keys: {
      run: keys.run(runId),
      failures: keys.failures(runId),
      failed_states: keys.failedStates(runId),
    },
    args: {},
    moreArgs: [
      states.length,
      ...states.flatMap(({ state, isUncounted, countsIn }) => [
        state,
        isUncounted ? 1 : 0,
        countsIn.length,
        ...countsIn.flatMap((scope) => [scopeId(scope), scope.branch]),
      ]),
    ],
  };
}
