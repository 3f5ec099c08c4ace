/** Python, with the packages that our Python code is checked and tested with, in an environment outside of the sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** The folder of the Python package. */
export const pythonFolder = join(root, 'runtime/python');

const environmentFolder = join(root, '.fanout/python');
const stampFile = join(environmentFolder, 'fanout-stamp');
const installMs = 300_000;

/** Commands that may be a Python, the first one that fits being taken. */
const commands = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const isSuitable = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))';

/** A Python with our packages, or the reason why there is none. */
export type PythonEnvironment =
  | { readonly python: string; readonly missing?: never }
  | { readonly python?: never; readonly missing: string };

/**
 * Finds Python, and installs what `pyproject.toml` lists in an environment under `.fanout`, from PyPI: the first time, and
 * when the list has changed.
 */
export function preparePython(): PythonEnvironment {
  const command = commands.find(isPython);
  if (command === undefined)
    return {
      missing: 'no Python 3.10 or later with venv is on the PATH (on Debian: apt-get install python3-venv)',
    };
  const python = join(environmentFolder, 'bin/python');
  const stamp = stampOf(command);
  if (existsSync(python) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp)
    return { python };
  try {
    rmSync(environmentFolder, { recursive: true, force: true });
    mkdirSync(environmentFolder, { recursive: true });
    run(command, ['-m', 'venv', environmentFolder]);
    run(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      'hatchling>=1.26',
      '.[dev]',
    ]);
  } catch (error) {
    return { missing: `its packages cannot be installed: ${lastLines((error as Error).message)}` };
  }
  writeFileSync(stampFile, stamp);
  return { python };
}

/** Installs our own package as its users get it: built as a wheel. @throws Error it cannot be built */
export function installOwnPackage(python: string): void {
  const flags = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-build-isolation',
    '--no-deps',
    '--force-reinstall',
  ];
  run(python, ['-m', 'pip', 'install', ...flags, '.']);
}

function isPython(command: string): boolean {
  try {
    execFileSync(command, ['-c', isSuitable], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** Changes with what is installed, and with the Python that it is installed for. */
function stampOf(command: string): string {
  const version = execFileSync(command, ['-c', 'import sys; print(sys.version, sys.base_prefix)']);
  return createHash('sha256')
    .update(readFileSync(join(pythonFolder, 'pyproject.toml')))
    .update(version)
    .digest('hex');
}

function run(command: string, words: readonly string[]): void {
  const options = { cwd: pythonFolder, stdio: 'pipe', timeout: installMs, encoding: 'utf8' } as const;
  try {
    execFileSync(command, words, options);
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout}${stderr}`);
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ');
}
