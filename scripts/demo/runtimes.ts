/** Runtimes that host the nodes of the demo, each in a process of its own. */
import { dirname } from 'node:path';
import { type RunningProcess, startProcess, startProgram } from '../processes.ts';
import { type FoundProgram, goProgram, pythonProgram } from '../programs.ts';

interface RuntimeOptions {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

type StartRuntime = (options: RuntimeOptions) => Promise<RunningProcess>;

interface Language {
  /** The file that has the nodes. */
  readonly nodes: string;
  /** Sees to what a runtime needs. @throws Error it is missing */
  prepare(): StartRuntime;
}

/** @throws Error the language is missing */
function starting(language: string, program: FoundProgram): StartRuntime {
  if (program.missing !== undefined)
    throw new Error(`the demo cannot run in ${language}: ${program.missing}`);
  return ({ name, env }) => startProcess({ ...program, name, env: { ...program.env, ...env } });
}

const byName = {
  typescript: {
    nodes: 'examples/geonames/nodes.ts',
    prepare: () => (options) => startProgram('examples/geonames/runtime.ts', options),
  },
  python: {
    nodes: 'examples/python/geonames.py',
    prepare() {
      console.log('Preparing Python: the first time its packages are installed in .fanout/python');
      return starting('Python', pythonProgram(this.nodes));
    },
  },
  go: {
    nodes: 'examples/go/geonames/nodes.go',
    prepare() {
      console.log('Preparing Go: the first time its modules are fetched, and compiled');
      return starting('Go', goProgram(dirname(this.nodes)));
    },
  },
} satisfies Readonly<Record<string, Language>>;

/** Languages in which the nodes are written. */
export type LanguageName = keyof typeof byName;
export const languages = Object.keys(byName) as readonly LanguageName[];

/** The file that has the nodes. */
export function nodesIn(language: LanguageName): string {
  return byName[language].nodes;
}

/** Starts so many runtimes. @throws Error what the language needs is missing */
export async function startRuntimes(
  language: LanguageName,
  count: number,
  address: string,
): Promise<RunningProcess[]> {
  const start: StartRuntime = byName[language].prepare();
  const started: RunningProcess[] = [];
  for (let number = 1; number <= count; number++)
    started.push(await start({ name: `runtime ${number}`, env: { FANOUT_ADDRESS: address } }));
  return started;
}
