/** Child processes of the repository's programs. */
import { fileURLToPath } from 'node:url';
import {
  type ProcessOptions,
  type RunningProcess,
  startProcess as start,
} from '../services/state-manager/processes/start-process.ts';

export type { Exit, RunningProcess } from '../services/state-manager/processes/start-process.ts';
export { stopProcesses, stopProcessesOnExit } from '../services/state-manager/processes/start-process.ts';

/** The repository's root folder, where children start. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Starts a child process, in the repository's root unless told otherwise. @throws Error the command cannot be started */
export function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  return start({ cwd: root, ...options });
}

export interface ProgramOptions extends Omit<ProcessOptions, 'command' | 'arguments'> {
  /** Flags of Node itself, before the program. */
  readonly nodeFlags?: readonly string[];
  readonly arguments?: readonly string[];
}

/** Starts one of our own programs, TypeScript or built; `file` is relative to the repository's root. */
export function startProgram(
  file: string,
  { nodeFlags = [], arguments: given = [], ...options }: ProgramOptions,
): Promise<RunningProcess> {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx', '--enable-source-maps'] : [];
  const flags = [...nodeFlags, ...loader, file, ...given];
  return startProcess({ ...options, command: process.execPath, arguments: flags });
}

/** Builds what has changed since the last build. @throws Error the build fails; the compiler has said why */
export async function buildChanged(): Promise<void> {
  const build = await startProgram('scripts/build.ts', { name: 'npm run build', output: 'inherit' });
  if ((await build.exited).code !== 0) throw new Error('nothing is run: the build has failed');
}

/**
 * Drops settings in programs that start state managers of their own: what the user has exported for another one, such
 * as a token or a key prefix, is not for these, nor for their clients.
 */
export function dropSettings(...kept: readonly string[]): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('FANOUT_') && !kept.includes(name)) delete process.env[name];
  }
}
