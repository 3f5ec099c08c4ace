/**
 * `npm test [PART …]`: runs the tests, all of them or those whose path has one of the parts in it; then those of the
 * runtimes in other languages, where these are there, without parts or with one of `runtime/python/tests` or `runtime/go/tests`.
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
const languages = [
  { name: 'Python tests', folder: 'runtime/python/tests', program: 'scripts/test-python.ts' },
  { name: 'Go tests', folder: 'runtime/go/tests', program: 'scripts/test-go.ts' },
].filter(({ folder }) => parts.length === 0 || parts.some((part) => folder.includes(part)));
if (files.length === 0 && languages.length === 0)
  throw new Error(`no test file has ${parts.join(' or ')} in its path`);

// Tests start hundreds of state managers. Built ones take half as long to start as their sources do.
await buildChanged();
process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';

async function testTypeScript(): Promise<number> {
  const tests = await startProcess({
    name: 'tests',
    command: process.execPath,
    arguments: [
      ...['--import', 'tsx', '--import', './test/support/exit-when-done.ts'],
      ...['--enable-source-maps', '--test', '--test-reporter=spec'],
      ...['--test-concurrency=2', `--test-timeout=${fileTimeoutMs}`, ...files],
    ],
    output: 'inherit',
  });
  return (await tests.exited).code ?? 1;
}

// Other languages first, so that the summary of the tests ends the output; each says what is skipped where it is missing.
for (const { name, program } of languages) {
  const tests = await startProgram(program, { name, arguments: ['--if-present'], output: 'inherit' });
  if ((await tests.exited).code !== 0) process.exitCode = 1;
}
if (files.length > 0 && (await testTypeScript()) !== 0) process.exitCode = 1;
