/**
 * `npm test [PART …]`: runs the tests that take minutes, or those of all whose path has one of the parts in it. `npm run test:long`: the
 * others, and the tests of the runtimes in other languages, where these are there; with parts, too: `runtime/python/tests`, `runtime/go/tests`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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
/** Beginnings of the paths of tests that are left to `npm run test:long`: they start, kill and wait for many processes. */
const longOnes = [
  'test/abuse/',
  'test/conformance/',
  'test/e2e/examples/',
  'test/e2e/faults/',
  'test/e2e/operation/',
  'test/e2e/redis/',
  'test/e2e/unites/healing-troubles',
  'test/e2e/unites/model-languages',
  'test/storage/due-watch',
  'test/storage/interleavings/',
];
/** A file that hangs fails, instead of the whole run. */
const fileTimeoutMs = 120_000;

// Node 20 does not expand patterns for --test.
function findTests(isWanted: (file: string) => boolean): string[] {
  return folders
    .flatMap((folder) => {
      const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
      return files.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
    })
    .filter(isWanted)
    .sort();
}

stopProcessesOnExit();
dropSettings();
installRedis();
const { values, positionals: parts } = parseArgs({
  options: { long: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const isLong = (file: string) => longOnes.some((path) => file.startsWith(path));
const isPart = (file: string) => parts.some((part) => file.includes(part));
const files = findTests(parts.length > 0 ? isPart : (file) => isLong(file) === values.long);
const languages = [
  { name: 'Python tests', folder: 'runtime/python/tests', program: 'scripts/test-python.ts' },
  { name: 'Go tests', folder: 'runtime/go/tests', program: 'scripts/test-go.ts' },
].filter(({ folder }) => (parts.length > 0 ? isPart(folder) : values.long));
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
