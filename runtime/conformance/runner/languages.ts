/** Languages with a host here, and the commands that start them. */
import { goProgram, pythonProgram } from '../../../scripts/programs.ts';

export interface HostCommand {
  /** The name of the language; of a host of one's own, `host`. */
  readonly language: string;
  readonly command: string;
  /** Arguments in front of the settings. */
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A language that cannot be tested here, with the reason. */
export interface MissingLanguage {
  readonly language: string;
  readonly missing: string;
}

const hosts = 'runtime/conformance/hosts';

/** What `npm test` and `npm run conformance` have built starts in half the time; a test that is run by itself has the sources. */
function findTypeScript(): HostCommand {
  const isBuilt = process.env.FANOUT_STATE_MANAGER !== undefined;
  const flags = isBuilt ? ['dist/conformance/main.js'] : ['--import', 'tsx', `${hosts}/typescript/main.ts`];
  return { language: 'typescript', command: process.execPath, arguments: flags };
}

/** Names of the languages of this repository. */
export const languageNames: readonly string[] = ['typescript', 'python', 'go'];

/** Hosts of all languages of this repository. */
export function findLanguages(): readonly (HostCommand | MissingLanguage)[] {
  return [
    findTypeScript(),
    { language: 'python', ...pythonProgram(`${hosts}/python/host.py`) },
    { language: 'go', ...goProgram(`${hosts}/go`) },
  ];
}

/** A host of one's own. @param command a line for the shell */
export function ownHost(command: string): HostCommand {
  // The shell is replaced, so that signals reach the host itself.
  return { language: 'host', command: 'sh', arguments: ['-c', `exec ${command} "$@"`, 'host'] };
}

export function isPresent(language: HostCommand | MissingLanguage): language is HostCommand {
  return 'command' in language;
}
