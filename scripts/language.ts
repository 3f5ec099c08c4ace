/** Runtimes in languages other than ours: their checks and tests, where the language is there. */
import { installRedis } from './install-redis.ts';
import { dropSettings, startProcess, stopProcessesOnExit } from './processes.ts';

/** One step of the checks of a runtime: a program that ends with 0 if all is well. */
interface Step {
  readonly name: string;
  readonly program: string;
  readonly flags: readonly string[];
}

/** Steps, or the reason why there are none. */
type Steps =
  | { readonly steps: readonly Step[]; readonly missing?: never }
  | { readonly steps?: never; readonly missing: string };

/** True: what cannot be tested is an error, and is not skipped. CI says so. */
export const areAllRequired = process.env.TEST_ALL_LANGUAGES === '1';

/** A runtime in another language. */
export interface Language {
  /** The name of the language, for people. */
  readonly name: string;
  /** The folder of its runtime, in which the steps start. */
  readonly folder: string;
  /** Finds or installs what the steps need; they are given the arguments for the tests. */
  prepare(given: readonly string[]): Steps;
}

/**
 * Checks and tests a runtime, with the arguments of this process for its tests. With `--if-present`, as `npm test` says, it is
 * skipped where the language or its packages are not to be had, unless all are required. Sets the exit code.
 */
export async function testLanguage({ name, folder, prepare }: Language): Promise<void> {
  stopProcessesOnExit();
  dropSettings('FANOUT_STATE_MANAGER');
  const words = process.argv.slice(2);
  const mayBeMissing = words.includes('--if-present') && !areAllRequired;
  const { steps, missing } = prepare(words.filter((word) => word !== '--if-present'));
  if (steps === undefined) {
    console.log(`${mayBeMissing ? 'skipped' : 'FAIL'}  tests of the ${name} runtime: ${missing}`);
    process.exitCode = mayBeMissing ? 0 : 1;
    return;
  }
  installRedis();
  for (const step of steps) {
    const passed = await passes(step, folder);
    console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name}: ${step.name}`);
    if (!passed) process.exitCode = 1;
  }
}

async function passes({ name, program, flags }: Step, cwd: string): Promise<boolean> {
  const step = await startProcess({ name, command: program, arguments: flags, cwd, output: 'inherit' });
  const { code } = await step.exited;
  return code === 0;
}
