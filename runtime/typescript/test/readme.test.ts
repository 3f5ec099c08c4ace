import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { environment } from '../src/environment.ts';
import { startTestEnvironment } from '../src/testing.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
// In the repository, so that the program finds its packages.
const folder = join(root, '.fanout', `runtime-readme-${process.pid}`);
const program = join(folder, 'program.ts');
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve) => {
    // A test runner inside of a test runner would report to that one.
    const { NODE_TEST_CONTEXT: _, ...inherited } = environment;
    execFile(process.execPath, words, { cwd: root, env: { ...inherited, ...env } }, (error, stdout, stderr) =>
      resolve(`exit ${error?.code ?? 0}\n${stdout}${stderr}`),
    );
  });
}

describe('the code of the README', () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
    const fences = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]);
    writeFileSync(program, fences.join('\n'));
    const config = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  test('compiles', async () => {
    assert.equal(await run(['node_modules/typescript/bin/tsc', '-p', folder]), 'exit 0\n');
  });

  test('runs, and its own tests pass', async () => {
    const { address, stop } = await startTestEnvironment();
    try {
      const output = await run(['--import', 'tsx', program], { FANOUT_ADDRESS: address });
      assert.match(output, /^exit 0\n/);
      assert.match(output, /^# pass 2$/m);
      assert.match(output, /^0$/m);
      assert.match(output, /^SUCCESS /m);
    } finally {
      await stop();
    }
  });
});
