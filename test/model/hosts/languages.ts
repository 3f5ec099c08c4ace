/** Languages whose runtimes host the nodes of the model, and the programs that do. */
import { type FoundProgram, goProgram, type Program, pythonProgram } from '../../../scripts/programs.ts';

const programs = {
  python: () => pythonProgram('test/model/hosts/python/model_host.py'),
  go: () => goProgram('test/model/hosts/go'),
} satisfies Readonly<Record<string, () => FoundProgram>>;

export type Language = keyof typeof programs;
export const languages = Object.keys(programs) as readonly Language[];

/** The command that starts a host; its settings come as one more argument. */
export type HostCommand = Program & { readonly language: Language };

/** A host, or the reason why its language cannot be tested here. */
export type PreparedHost = HostCommand | { readonly missing: string };

/** Finds a language, and what its host needs. @throws Error the host cannot be built */
export function prepareHost(language: Language): PreparedHost {
  const program = programs[language]();
  return program.missing === undefined ? { language, ...program } : program;
}
