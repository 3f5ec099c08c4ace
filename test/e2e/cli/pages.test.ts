/** Every command of `docs/cli.md`, in the order of the page. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startProcess } from '../../../scripts/processes.ts';
import { createProgram } from '../../../services/cli/program.ts';
import { TestCli } from '../../support/cli.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
const lines = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, fence = '']) =>
  fence.trim().split('\n'),
);
/** Lines that are not for the shell: the packages are there, the state manager and the nodes run. */
const others = /^(?:npm |fanout dev$)/;
const adminToken = 'an-admin-token-for-tests';

let redis: TestRedis;
let stateManager: TestStateManager;
let folder: string;

before(async () => {
  redis = await startTestRedis();
  stateManager = await startTestStateManager(redis, { FANOUT_ADMIN_TOKEN: adminToken });
  folder = mkdtempSync(join(tmpdir(), 'fanout-cli-page-'));
});
after(async () => {
  await stateManager?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('every command of the page does what it says', async () => {
  const settings = { FANOUT_ADDRESS: stateManager.address, FANOUT_TOKEN: adminToken };
  const cli = new TestCli(() => settings);
  const program = join(folder, 'bin/fanout');
  mkdirSync(join(folder, 'bin'));
  const words = [process.execPath, ...TestCli.flags()].map((word) => `'${word}'`).join(' ');
  writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`);
  chmodSync(program, 0o755);
  const nodes = await startProcess({
    name: 'the nodes of the project',
    command: process.execPath,
    arguments: ['services/cli/starter/nodes.js'],
    env: settings,
  });
  try {
    const script = lines.filter((line) => !others.test(line));
    assert.ok(script.length >= 25, `${script.length} commands`);
    const shell = await startProcess({
      name: 'docs/cli.md',
      command: 'bash',
      arguments: ['-euxo', 'pipefail', '-c', script.join('\n')],
      cwd: folder,
      env: { ...cli.environment(), PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` },
    });
    const { code } = await shell.exited;
    assert.equal(code, 0, shell.lines.join('\n'));
    assert.ok(shell.lines.includes('merger  {"sum":21}'), shell.lines.join('\n'));
  } finally {
    await nodes.stop();
  }
});

test('the README of the package names every command', () => {
  const readme = readFileSync(join(root, 'services/cli/README.md'), 'utf8');
  const told = new Set([...readme.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) => wordsOf(cell)));
  const untold = createProgram().commands.flatMap((command) => {
    const paths =
      command.commands.length > 0
        ? command.commands.map((each) => `${command.name()} ${each.name()}`)
        : [command.name()];
    return paths.filter((path) => !told.has(path));
  });
  assert.deepEqual(
    untold.filter((path) => !readme.includes(`\`${path}`)),
    [],
  );
});

/** Commands of a cell such as `run cancel\|pause RUN`. */
function wordsOf(cell: string): string[] {
  const [, first = '', second = ''] = /^`(\w+)(?: ([\w\\|]+))?/.exec(cell) ?? [];
  return [first, ...second.split('\\|').map((word) => `${first} ${word}`)];
}
