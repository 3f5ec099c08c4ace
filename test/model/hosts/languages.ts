/** Languages whose runtimes host the nodes of the model, and the programs that do. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { prepareGo } from '../../../scripts/go.ts';
import { root } from '../../../scripts/processes.ts';
import { preparePython } from '../../../scripts/python.ts';

export const languages = ['python', 'go'] as const;
export type Language = (typeof languages)[number];

/** The command that starts a host; its settings come as one more argument. */
export interface HostCommand {
  readonly language: Language;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly missing?: never;
}

/** A host, or the reason why its language cannot be tested here. */
export type PreparedHost = HostCommand | { readonly missing: string };

const folder = join(root, 'test/model/hosts');
const buildMs = 300_000;

/** Finds a language, and what its host needs. @throws Error the host cannot be built */
export function prepareHost(language: Language): PreparedHost {
  switch (language) {
    case 'python':
      return preparePythonHost();
    case 'go':
      return prepareGoHost();
  }
}

function preparePythonHost(): PreparedHost {
  const { python: command, missing } = preparePython();
  if (command === undefined) return { missing };
  const env = { PYTHONPATH: join(root, 'runtime/python/src') };
  return { language: 'python', command, arguments: [join(folder, 'python/model_host.py')], env };
}

/** Builds the host where something has changed. It is moved to its place whole: other processes may run it meanwhile. */
function prepareGoHost(): PreparedHost {
  const { go, missing } = prepareGo();
  if (go === undefined) return { missing };
  const command = join(root, '.fanout/model/go-host');
  const built = `${command}-${process.pid}`;
  const options = { cwd: join(folder, 'go'), stdio: 'inherit', timeout: buildMs } as const;
  execFileSync(go, ['build', '-o', built, '.'], options);
  renameSync(built, command);
  return { language: 'go', command, arguments: [] };
}
