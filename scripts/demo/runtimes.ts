/** Runtimes that host the nodes of the demo, each in a process of its own. */
import { dirname, join } from 'node:path';
import { buildGo, prepareGo } from '../go.ts';
import { type RunningProcess, root, startProcess, startProgram } from '../processes.ts';
import { installOwnPackage, preparePython } from '../python.ts';

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

const byName = {
  typescript: {
    nodes: 'examples/geonames/nodes.ts',
    prepare: () => (options) => startProgram('examples/geonames/runtime.ts', options),
  },
  python: {
    nodes: 'examples/python/geonames.py',
    prepare() {
      console.log('Preparing Python: the first time its packages are installed in .fanout/python');
      const { python, missing } = preparePython();
      if (python === undefined) throw new Error(`the demo cannot run in Python: ${missing}`);
      installOwnPackage(python);
      return (options) => startProcess({ ...options, command: python, arguments: [join(root, this.nodes)] });
    },
  },
  go: {
    nodes: 'examples/go/geonames/nodes.go',
    prepare() {
      console.log('Preparing Go: the first time its modules are fetched, and compiled');
      const { go, missing } = prepareGo();
      if (go === undefined) throw new Error(`the demo cannot run in Go: ${missing}`);
      const command = buildGo(go, dirname(this.nodes));
      return (options) => startProcess({ ...options, command, arguments: [] });
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
