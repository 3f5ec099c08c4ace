/**
 * `npm run test:python [-- ARGUMENT …]`: checks and tests the Python runtime; arguments are those of pytest. With
 * `--if-present`, as `npm test` says, it is skipped where Python or its packages are not to be had.
 */
import { testLanguage } from './language.ts';
import { installOwnPackage, preparePython, pythonFolder } from './python.ts';

await testLanguage({
  name: 'Python',
  folder: pythonFolder,
  prepare(given) {
    const { python: program, missing } = preparePython();
    if (program === undefined) return { missing };
    installOwnPackage(program);
    return {
      steps: [
        { name: 'format', program, flags: ['-m', 'ruff', 'format', '--check', '--quiet', '.'] },
        { name: 'lint', program, flags: ['-m', 'ruff', 'check', '--quiet', '.'] },
        { name: 'types', program, flags: ['-m', 'mypy'] },
        { name: 'tests', program, flags: ['-m', 'pytest', '-q', ...given] },
      ],
    };
  },
});
