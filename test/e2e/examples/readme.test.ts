import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type LanguageName, languages } from '../../../scripts/demo/runtimes.ts';
import { prepareGo } from '../../../scripts/go.ts';
import { type Exit, root, startProcess } from '../../../scripts/processes.ts';
import { preparePython } from '../../../scripts/python.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts?: Readonly<Record<string, string>>;
};
// In the repository, so that the snippets find its packages.
const folder = join(root, '.fanout', `readme-${process.pid}`);

function fences(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    (match) => match[1]!,
  );
}

/** Reasons why the demo cannot run in a language here. */
const missingFor: Readonly<Record<LanguageName, () => string | undefined>> = {
  typescript: () => undefined,
  python: () => preparePython().missing,
  go: () => prepareGo().missing,
};

const commands = fences('sh').flatMap((fence) => fence.trim().split('\n'));

async function run(
  command: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Exit & { output: string }> {
  const child = await startProcess({ name: command, command, arguments: flags, env });
  const exit = await child.exited;
  return { ...exit, output: child.lines.join('\n') };
}

const runTypeScript = (file: string, flags: readonly string[], env?: Readonly<Record<string, string>>) =>
  run(process.execPath, ['--import', 'tsx', file, ...flags], env);

before(() => mkdirSync(folder, { recursive: true }));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the quick start', () => {
  test('has two commands', () => {
    const quickStart = commands.filter((command) => command.startsWith('npm ci'));
    assert.deepEqual(quickStart, ['npm ci && npm run demo', 'npm ci && npm test']);
  });

  test('names scripts that package.json has', () => {
    const named = commands
      .flatMap((command) => [...command.matchAll(/npm (?:run )?([a-z]+)/g)])
      .map((match) => match[1]!);
    const own = named.filter((each) => each !== 'ci' && each !== 'install');
    for (const name of own) assert.ok(scripts[name], `npm run ${name}`);
    assert.ok(named.length >= 5);
  });

  for (const language of languages) {
    test(`runs the demo on a file of the user, in plain lines, with nodes in ${language}, and leaves nothing behind`, async (t) => {
      const missing = missingFor[language]();
      if (missing !== undefined) return t.skip(missing);
      const rows = Array.from(
        { length: 250 },
        (_, index) => `person ${index},${index % 2 ? 'Oslo' : 'Lima'},${index}`,
      );
      const file = join(folder, 'people.csv');
      writeFileSync(file, ['name,city,age', ...rows].join('\n'));
      // What was exported for the state manager in Docker is not for the demo's own.
      const exported = { FANOUT_ADMIN_TOKEN: 'of-another-state-manager', FANOUT_LISTEN: 'nowhere' };
      const flags = ['--input', file, '--by', 'city', '--chunk', '50', '--runtime', language];
      const { code, output } = await runTypeScript('scripts/demo.ts', flags, exported);
      assert.equal(code, 0, output);
      assert.match(output, /processor +5 of 5 done/);
      assert.match(output, /Lima +125 +person 0 0 +person 248 248/);
      assert.match(output, /Oslo +125 +person 1 1 +person 249 249/);
      assert.match(output, /5 branches, 11 states, /);
      assert.ok(!output.includes('\u001b'), 'no colours in a pipe');
      const nodesFile = /^ {2}(examples\/\S+) +the three nodes/m.exec(output)?.[1] ?? '';
      assert.match(readFileSync(join(root, nodesFile), 'utf8'), /ResultMergerNode/);
      const pid = /demo-(\d+)/.exec(output)?.[1];
      assert.ok(!pid || !existsSync(join(root, `.fanout/demo-${pid}`)));
    });
  }

  for (const language of languages) {
    test(`decodes a file before nodes in ${language} read it, and keeps it from commanding the terminal`, async (t) => {
      const missing = missingFor[language]();
      if (missing !== undefined) return t.skip(missing);
      const file = join(folder, 'odd.json.gz');
      const text =
        '{"items":[{"__proto__":"Łódź","id":12345678901234567890,"e":1e400,"n":1.5,"o":{"a":[1]}},{"__proto__":"x\\u001b[2J","id":2,"e":3,"n":-2}]}';
      writeFileSync(file, gzipSync(Buffer.from(text, 'utf16le')));
      const flags = ['--input', file, '--by', '__proto__', '--runtime', language];
      const { code, output } = await runTypeScript('scripts/demo.ts', flags);
      assert.equal(code, 0, output);
      assert.match(output, /JSON, its list items, UTF-16LE in gzip, 2 rows, grouped by __proto__/);
      assert.match(output, /Łódź +1 +12345678901234567890 1\.5 +12345678901234567890 1\.5/);
      assert.match(output, /x\\u\{1b\}\[2J +1 +2 -2/);
      assert.ok(!output.includes('\u001b'), 'no command');
    });
  }

  test('says what is wrong with a file that is not there', async () => {
    const { code, output } = await runTypeScript('scripts/demo.ts', ['--input', 'no-such-file.csv']);
    assert.equal(code, 1);
    assert.match(output, /there is no file .*no-such-file\.csv/);
    const misspelt = await runTypeScript('scripts/demo.ts', ['--inptu', 'people.csv']);
    assert.equal(misspelt.code, 1);
    assert.match(misspelt.output, /^Unknown option '--inptu'[\s\S]*--input FILE/);
    const unknown = await runTypeScript('scripts/demo.ts', ['--runtime', 'cobol']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /--runtime is typescript or python.*, not "cobol"/);
  });
});

describe('the code of the README', () => {
  let redis: TestRedis;
  let stateManager: TestStateManager;
  const file = join(folder, 'letters.ts');

  before(async () => {
    writeFileSync(file, fences('ts').join('\n'));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'] }),
    );
    redis = await startTestRedis();
    stateManager = await startTestStateManager(redis);
  });

  after(async () => {
    await stateManager.stop();
    await redis.stop();
  });

  test('compiles', async () => {
    const { code, output } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
    assert.equal(code, 0, output);
  });

  test('prints what the README says', async () => {
    const { code, output } = await runTypeScript(file, [], { FANOUT_ADDRESS: stateManager.address });
    assert.equal(code, 0, output);
    assert.equal(output.trim().split('\n').at(-1), '21');
    assert.match(readme, /it prints 21/);
  });
});
