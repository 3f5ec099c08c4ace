/**
 * `npm run test:python [-- ARGUMENT …]`: checks and tests the Python runtime; arguments are those of pytest. With
 * `--if-present`, as `npm test` says, it is skipped where Python or its packages are not to be had.
 */
import { testLanguage } from './language.ts';
import { installOwnPackage, preparePython, pythonFolder } from './python.ts';

/** Python outside of the package, relative to its folder. */
const host = '../conformance/hosts/python';
const beside = [
  ...[host, '../../examples/bare-runtime', '../../examples/python'],
  ...['../../test/model/hosts/python', '../../bench/programs/python'],
];
/** Arguments of Python for ruff, with the rules of the package wherever the code is. */
const ruff = (...words: string[]) => [
  ...['-m', 'ruff', ...words, '--quiet', '--config', 'pyproject.toml'],
  ...['.', ...beside],
];

await testLanguage({
  name: 'Python',
  folder: pythonFolder,
  prepare(given) {
    const { python: program, missing } = preparePython();
    if (program === undefined) return { missing };
    installOwnPackage(program);
    return {
      steps: [
        { name: 'format', program, flags: ruff('format', '--check') },
        { name: 'lint', program, flags: ruff('check') },
        { name: 'types', program, flags: ['-m', 'mypy'] },
        { name: 'types of the host', program, flags: ['-m', 'mypy', `${host}/host.py`] },
        { name: 'tests', program, flags: ['-m', 'pytest', '-q', ...given] },
      ],
    };
  },
});
