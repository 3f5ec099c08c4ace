/**
 * `npm run test:go [-- ARGUMENT …]`: checks and tests the Go runtime; arguments are those of `go test`. With `--if-present`, as
 * `npm test` says, it is skipped where Go or its modules are not to be had.
 */
import { goFolder, goTool, prepareGo } from './go.ts';
import { testLanguage } from './language.ts';

/** Modules that use the runtime, relative to its folder. */
const beside = [
  '../conformance/hosts/go',
  '../../examples/go',
  '../../test/model/hosts/go',
  '../../bench/programs/go',
];
/** A command that fails where gofmt has something to say, which gofmt itself does not. */
const isFormatted = `unformatted=$(gofmt -l . ${beside.join(' ')}) && [ -z "$unformatted" ] || { echo "$unformatted"; exit 1; }`;

await testLanguage({
  name: 'Go',
  folder: goFolder,
  prepare(given) {
    const { go: program, missing } = prepareGo();
    if (program === undefined) return { missing };
    return {
      steps: [
        { name: 'format', program: '/bin/sh', flags: ['-c', isFormatted] },
        ...['.', ...beside].flatMap((module) => {
          const of = module === '.' ? '' : ` of ${module}`;
          return [
            { name: `vet${of}`, program, flags: ['-C', module, 'vet', './...'] },
            { name: `lint${of}`, program, flags: ['-C', module, ...goTool, 'staticcheck', './...'] },
          ];
        }),
        { name: 'tests', program, flags: ['test', ...given, './...'] },
      ],
    };
  },
});
