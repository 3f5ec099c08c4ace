/** Packing in a clone that has never been built: what is published must not depend on a build that somebody forgets. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startProcess } from '../../../scripts/processes.ts';

const sources = ['package.json', 'LICENSE', 'tsconfig.json', 'tsconfig.build.json', 'scripts'];
const built = ['proto', 'runtime', 'services', 'examples', 'bench', 'docs'];
/** Folders and files that are made, and not in a clone. */
const made = new Set(['node_modules', 'dist', 'LICENSE']);

let folder: string;
let clone: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanout-packing-'));
  clone = join(folder, 'clone');
  mkdirSync(clone);
  for (const each of sources) cpSync(join(root, each), join(clone, each), { recursive: true });
  const filter = (path: string): boolean => !made.has(basename(path));
  for (const each of built) cpSync(join(root, each), join(clone, each), { recursive: true, filter });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Packs a package and gives the files of its tarball. */
async function pack(cwd: string, ...chosen: readonly string[]): Promise<string[]> {
  const target = mkdtempSync(join(folder, 'packed-'));
  const npm = await startProcess({
    name: 'npm pack',
    command: 'npm',
    arguments: ['pack', '--pack-destination', target, ...chosen],
    cwd: join(clone, cwd),
  });
  assert.equal((await npm.exited).code, 0, npm.lines.join('\n'));
  const tarball = npm.lines.findLast((line) => line.endsWith('.tgz'))!;
  const list = execFileSync('tar', ['-tzf', join(target, tarball)], { encoding: 'utf8' });
  return list
    .trim()
    .split('\n')
    .map((file) => file.replace('package/', ''));
}

// The first one makes `dist` of all; LICENSE is missing again before each of the others.
for (const [name, dist, cwd, ...chosen] of [
  ['@fanout/proto, in its folder', ['index.js', 'index.d.ts', 'fanout/v1/run.proto'], 'proto'],
  ['@fanout/runtime, by its path', ['index.js', 'testing.d.ts'], '.', './runtime/typescript'],
  [
    '@fanout/server, by its name',
    ['fanout-server.js', 'storage/lua/run/settle.lua'],
    '.',
    '-w',
    '@fanout/server',
  ],
  ['@fanout/cli, by its name', ['fanout.js', 'docs/unites.md', 'commands/run.js'], '.', '-w', '@fanout/cli'],
] as const) {
  test(`packs ${name}, with what a build makes`, async () => {
    for (const each of ['proto', 'runtime/typescript', 'services/state-manager', 'services/cli'])
      rmSync(join(clone, each, 'LICENSE'), { force: true });
    const files = await pack(cwd, ...chosen);
    assert.equal(files.includes('fanout-server.sh'), name.startsWith('@fanout/server'));
    assert.equal(files.includes('starter/graph.json'), name.startsWith('@fanout/cli'));
    for (const file of ['LICENSE', 'README.md', ...dist.map((each) => `dist/${each}`)])
      assert.ok(files.includes(file), `${file} is not in ${files.join(', ')}`);
    assert.ok(!files.some((file) => /(?<!\.d)\.ts$|tsbuildinfo/.test(file)), files.join(', '));
  });
}
