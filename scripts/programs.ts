/** Programs in Python and Go of this repository, which use our packages as they lie here. */
import { join } from 'node:path';
import { buildGo, prepareGo } from './go.ts';
import { root } from './processes.ts';
import { preparePython } from './python.ts';

/** A command that starts a program. */
export interface Program {
  readonly command: string;
  /** Arguments in front of the program's own. */
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly missing?: never;
}

/** A program, or the reason why its language cannot be had here. */
export type FoundProgram = Program | { readonly missing: string };

/** Finds what starts a Python program. @param file relative to the repository */
export function pythonProgram(file: string): FoundProgram {
  const { python: command, missing } = preparePython();
  if (command === undefined) return { missing };
  const env = { PYTHONPATH: join(root, 'runtime/python/src') };
  return { command, arguments: [join(root, file)], env };
}

/** Builds a Go program where something has changed. @param folder relative to the repository @throws Error it does not compile */
export function goProgram(folder: string): FoundProgram {
  const { go, missing } = prepareGo();
  return go === undefined ? { missing } : { command: buildGo(go, folder), arguments: [], env: {} };
}
