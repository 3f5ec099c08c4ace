/** The pages of the examples: each says how to run it, and can be found. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'graphs')
  .map(({ name }) => name);
const pageOf = (path: string): string => readFileSync(join(root, path, 'README.md'), 'utf8');

/** Files and folders that a page links to, relative to the root. */
function linksOf(page: string, folder: string): string[] {
  const targets = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !target.includes('://')).map((target) => join(folder, target));
}

test('each example has a command, and the program that it names', () => {
  for (const name of examples) {
    const fences = [...pageOf(`examples/${name}`).matchAll(/^```sh\n(.*?)^```/gms)].map(
      ([, fence = '']) => fence,
    );
    const commands = fences.join('\n').matchAll(/(?:node --import tsx|bin\/python|go -C (\S+) run) (\S+)/g);
    const programs = [...commands].map(([, folder = '', file = '']) => join(folder, file));
    assert.ok(programs.length > 0, name);
    for (const program of programs) assert.ok(existsSync(join(root, program)), program);
    assert.ok(
      fences.every((fence) => !/^npm start$/m.test(fence) || fence.trim() === 'npm start'),
      `${name}: npm start does not end`,
    );
  }
});

test('the list of examples has all of them', () => {
  const listed = linksOf(pageOf('examples'), 'examples').map((target) => dirname(target));
  assert.deepEqual(
    listed
      .filter((folder) => folder !== 'examples')
      .map((folder) => folder.slice('examples/'.length))
      .sort(),
    examples.sort(),
  );
});

test('pages link to what is there', () => {
  const folders = [
    '',
    'bench',
    'examples',
    'proto',
    'runtime/typescript',
    ...examples.map((name) => `examples/${name}`),
  ];
  const pages = folders.map((folder) => ({ folder, file: join(folder, 'README.md') }));
  for (const file of readdirSync(join(root, 'docs')).filter((each) => each.endsWith('.md')))
    pages.push({ folder: 'docs', file: join('docs', file) });
  const broken = pages.flatMap(({ folder, file }) =>
    linksOf(readFileSync(join(root, file), 'utf8'), folder)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${file}: ${target}`),
  );
  assert.deepEqual(broken, []);
});
