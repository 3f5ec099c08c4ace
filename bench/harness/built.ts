/** The programs that are measured, as they are deployed: JavaScript, without what tsx takes to start and to keep. */
import { type RunningProcess, startProgram } from '../../scripts/processes.ts';
import { type StateManager, startStateManager } from '../../scripts/state-manager.ts';

/** Starts a program of `bench/programs` as built, such as `runtime.js`. */
export function startBuilt(
  file: string,
  options: { readonly name: string; readonly arguments: readonly string[] },
): Promise<RunningProcess> {
  return startProgram(`dist/bench/programs/${file}`, options);
}

/** Starts the built state manager on a free port and waits until it serves. @throws Error it ends before that */
export function startBuiltStateManager(
  redisUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StateManager> {
  return startStateManager({ redisUrl, env, program: 'services/state-manager/dist/main.js' });
}
