/**
 * `npm run test:go [-- ARGUMENT …]`: checks and tests the Go runtime; arguments are those of `go test`. With `--if-present`, as
 * `npm test` says, it is skipped where Go or its modules are not to be had.
 */
import { goFolder, goTool, prepareGo } from './go.ts';
import { testLanguage } from './language.ts';

/** A command that fails where gofmt has something to say, which gofmt itself does not. */
const isFormatted =
  'unformatted=$(gofmt -l . ../conformance/hosts/go ../../examples/go ../../test/model/hosts/go) && [ -z "$unformatted" ] || { echo "$unformatted"; exit 1; }';

await testLanguage({
  name: 'Go',
  folder: goFolder,
  prepare(given) {
    const { go: program, missing } = prepareGo();
    if (program === undefined) return { missing };
    return {
      steps: [
        { name: 'format', program: '/bin/sh', flags: ['-c', isFormatted] },
        { name: 'vet', program, flags: ['vet', './...'] },
        { name: 'lint', program, flags: [...goTool, 'staticcheck', './...'] },
        { name: 'tests', program, flags: ['test', ...given, './...'] },
      ],
    };
  },
});
