/**
 * `npm test [PART …]`: runs the tests, all of them or those whose path has one of the parts in it; then those of the
 * Python runtime, where Python is there, without parts or with one of `runtime/python`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installRedis } from './install-redis.ts';
import {
  buildChanged,
  dropSettings,
  root,
  startProcess,
  startProgram,
  stopProcessesOnExit,
} from './processes.ts';

const folders = ['test', 'runtime/typescript/test'];
/** A file that hangs fails, instead of the whole run. */
const fileTimeoutMs = 120_000;

// Node 20 does not expand patterns for --test.
function findTests(parts: readonly string[]): string[] {
  return folders
    .flatMap((folder) => {
      const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
      return files.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
    })
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

stopProcessesOnExit();
dropSettings();
installRedis();
const parts = process.argv.slice(2);
const files = findTests(parts);
const withPython = parts.length === 0 || parts.some((part) => 'runtime/python/tests'.includes(part));
if (files.length === 0 && !withPython) throw new Error(`no test file has ${parts.join(' or ')} in its path`);

// Tests start hundreds of state managers. Built ones take half as long to start as their sources do.
await buildChanged();
process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';

async function testTypeScript(): Promise<number> {
  const tests = await startProcess({
    name: 'tests',
    command: process.execPath,
    arguments: [
      ...['--import', 'tsx', '--enable-source-maps', '--test', '--test-reporter=spec'],
      ...['--test-concurrency=2', `--test-timeout=${fileTimeoutMs}`, ...files],
    ],
    output: 'inherit',
  });
  return (await tests.exited).code ?? 1;
}

/** Tests the other languages where they are there, and says what is skipped where not. */
async function testPython(): Promise<number> {
  const options = { name: 'Python tests', arguments: ['--if-present'], output: 'inherit' } as const;
  const tests = await startProgram('scripts/test-python.ts', options);
  return (await tests.exited).code ?? 1;
}

// First, so that the summary of the tests ends the output.
const python = withPython ? await testPython() : 0;
const typeScript = files.length > 0 ? await testTypeScript() : 0;
process.exitCode = python || typeScript;
