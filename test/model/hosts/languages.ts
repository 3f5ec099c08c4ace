/** Languages whose runtimes host the nodes of the model, and the programs that do. */
import { join } from 'node:path';
import { buildGo, prepareGo } from '../../../scripts/go.ts';
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

const folder = 'test/model/hosts';

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
  return { language: 'python', command, arguments: [join(root, folder, 'python/model_host.py')], env };
}

function prepareGoHost(): PreparedHost {
  const { go, missing } = prepareGo();
  if (go === undefined) return { missing };
  return { language: 'go', command: buildGo(go, `${folder}/go`), arguments: [] };
}
