/**
 * `npm run test:python [-- ARGUMENT …]`: checks and tests the Python runtime; arguments are those of pytest. With
 * `--if-present`, as `npm test` says, it is skipped where Python or its packages are not to be had.
 */
import { installRedis } from './install-redis.ts';
import { dropSettings, startProcess, stopProcessesOnExit } from './processes.ts';
import { installOwnPackage, preparePython, pythonFolder } from './python.ts';

stopProcessesOnExit();
dropSettings('FANOUT_STATE_MANAGER');
const words = process.argv.slice(2);
const mayBeMissing = words.includes('--if-present');
const given = words.filter((word) => word !== '--if-present');

/** Runs one step, and tells whether it went well. */
async function passes(name: string, program: string, ...flags: string[]): Promise<boolean> {
  const step = await startProcess({
    name,
    command: program,
    arguments: flags,
    cwd: pythonFolder,
    output: 'inherit',
  });
  const { code } = await step.exited;
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  python: ${name}`);
  return code === 0;
}

const { python, missing } = preparePython();
if (python === undefined) {
  console.log(`${mayBeMissing ? 'skipped' : 'FAIL'}  tests of the Python runtime: ${missing}`);
  process.exitCode = mayBeMissing ? 0 : 1;
} else {
  installRedis();
  installOwnPackage(python);
  const results = [
    await passes('format', python, '-m', 'ruff', 'format', '--check', '--quiet', '.'),
    await passes('lint', python, '-m', 'ruff', 'check', '--quiet', '.'),
    await passes('types', python, '-m', 'mypy'),
    await passes('tests', python, '-m', 'pytest', '-q', ...given),
  ];
  process.exitCode = results.every((passed) => passed) ? 0 : 1;
}
