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

/** Python outside of the package, relative to its folder. */
const host = '../conformance/hosts/python';
const beside = [host, '../../examples/bare-runtime', '../../examples/python'];
/** Arguments of Python for ruff, with the rules of the package wherever the code is. */
const ruff = (...words: string[]) => ['-m', 'ruff', ...words, '--quiet', '--config', 'pyproject.toml'];

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
    await passes('format', python, ...ruff('format', '--check'), '.', ...beside),
    await passes('lint', python, ...ruff('check'), '.', ...beside),
    await passes('types', python, '-m', 'mypy'),
    await passes('types of the host', python, '-m', 'mypy', `${host}/host.py`),
    await passes('tests', python, '-m', 'pytest', '-q', ...given),
  ];
  process.exitCode = results.every((passed) => passed) ? 0 : 1;
}
