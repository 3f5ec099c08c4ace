/** Go, with the modules that our Go code is made of, and the tools that it is generated and checked with. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** The folder of the Go module. */
export const goFolder = join(root, 'runtime/go');

/** Words of the go command before the name of one of our tools, whose versions `tools/go.mod` has. */
export const goTool: readonly string[] = ['tool', `-modfile=${join(goFolder, 'tools/go.mod')}`];

const downloadMs = 300_000;
const buildMs = 300_000;
const isNewEnough = /\bgo1\.(?:2[6-9]|[3-9]\d)/;

/** A go command with our modules, or the reason why there is none. */
export type GoCommand =
  | { readonly go: string; readonly missing?: never }
  | { readonly go?: never; readonly missing: string };

/** Finds Go, and has it fetch what the modules name, from the Go module proxy, unless it has done so. */
export function prepareGo(): GoCommand {
  const go = 'go';
  try {
    const version = execFileSync(go, ['version'], { encoding: 'utf8', stdio: 'pipe', timeout: 20_000 });
    if (!isNewEnough.test(version))
      return { missing: `Go 1.26 or later is wanted, and there is ${version.trim()}` };
  } catch {
    return { missing: 'no Go is on the PATH (https://go.dev/dl has Go 1.26 or later)' };
  }
  try {
    for (const flags of [[], ['-modfile=tools/go.mod']])
      execFileSync(go, ['mod', 'download', ...flags], { cwd: goFolder, stdio: 'pipe', timeout: downloadMs });
  } catch (error) {
    return {
      missing: `its modules cannot be fetched: ${(error as Error).message.trim().split('\n').at(-1)}`,
    };
  }
  return { go };
}

/**
 * Builds the program of a folder, into `.fanout/go`: what has not changed takes a moment. It is moved to its place whole: other
 * processes may run it meanwhile. Gives its file.
 * @throws Error it does not compile; the message has what the compiler says
 */
export function buildGo(go: string, folder: string): string {
  const program = join(root, '.fanout/go', folder.replaceAll('/', '-'));
  const built = `${program}-${process.pid}`;
  const options = { cwd: join(root, folder), stdio: 'pipe', timeout: buildMs } as const;
  try {
    execFileSync(go, ['build', '-o', built, '.'], options);
  } catch (error) {
    throw new Error(`${folder} cannot be built: ${(error as Error).message}`);
  }
  renameSync(built, program);
  return program;
}
