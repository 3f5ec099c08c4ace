/** The packages, as somebody has them who installs their tarballs in an empty folder. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Exit,
  type RunningProcess,
  root,
  startProcess,
  startProgram,
} from '../../../scripts/processes.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';

const packages = ['proto', 'runtime/typescript', 'services/state-manager', 'services/cli'];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const letters = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))![1]!;

/** The same program where `await` stands in functions only. */
const lettersInCommonJs = letters.replace(/^await [\s\S]*/m, (rest) => `void (async () => {\n${rest}})();\n`);

const environmentProgram = `
import { defineNode, graph } from '@fanout/runtime';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';

const Doubler = defineNode({
  name: 'DoublerNode',
  inputs: z.object({ number: z.number() }),
  outputs: z.object({ double: z.number() }),
  run: ({ number }) => ({ double: 2 * number }),
});
const double = graph('double', { inputs: z.object({ number: z.number() }) }, (g) => g.start(Doubler, { number: g.trigger.number }));
const environment = await startTestEnvironment({ nodes: [Doubler] });
await environment.client.upsert(double);
console.log(JSON.stringify(await environment.client.call(double, { number: 21 })));
`;

const tsconfig = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    outDir: 'built',
  },
  include: ['letters.mts', 'letters.cts', 'environment.mts'],
};

let folder: string;
let redis: TestRedis;
let server: RunningProcess;
let address: string;

async function run(
  command: string,
  flags: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Exit & { output: string }> {
  const child = await startProcess({ name: command, command, arguments: flags, cwd: folder, ...options });
  return { ...(await child.exited), output: child.lines.join('\n') };
}

async function succeed(...args: Parameters<typeof run>): Promise<string> {
  const { code, output } = await run(...args);
  assert.equal(code, 0, output);
  return output;
}

before(async () => {
  // The state manager of the repository is not for those who have none of its files.
  delete process.env.FANOUT_STATE_MANAGER;
  const build = await startProgram('scripts/build.ts', { name: 'npm run build' });
  assert.equal((await build.exited).code, 0, build.lines.join('\n'));
  folder = mkdtempSync(join(tmpdir(), 'fanout-packages-'));
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const packed = await succeed('npm', [...pack, ...packages.map((each) => `./${each}`)], { cwd: root });
  const tarballs = packed.split('\n').map((filename) => `./${filename}`);
  writeFileSync(join(folder, 'package.json'), '{ "name": "letters", "private": true }');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await succeed('npm', ['install', ...quiet, ...tarballs, 'zod', '@types/node@20']);
  redis = await startTestRedis();
  server = await startProcess({
    name: 'npx fanout-server',
    command: 'npx',
    arguments: ['--no', 'fanout-server'],
    cwd: folder,
    env: { FANOUT_LISTEN: '127.0.0.1:0', FANOUT_REDIS_URL: redis.url },
  });
  address = await server.waitForLine((line) => /^(\S+:\d+) serves/.exec(line)?.[1]);
});

after(async () => {
  await server?.stop();
  await redis?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('a program that uses them compiles under the strictest settings, their types included', async () => {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  writeFileSync(join(folder, 'letters.mts'), letters);
  writeFileSync(join(folder, 'letters.cts'), lettersInCommonJs);
  writeFileSync(join(folder, 'environment.mts'), `${environmentProgram}await environment.stop();\n`);
  await succeed(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
});

test("the README's program runs in plain Node as an ES module and as CommonJS", async () => {
  writeFileSync(join(folder, 'letters.mjs'), letters);
  // What the runtime logs stands there as well, and nothing that is for its developers only.
  const lines = async (file: string): Promise<string[]> => {
    const output = await succeed(process.execPath, [file], { env: { FANOUT_ADDRESS: address } });
    assert.doesNotMatch(output, /"level":"debug"/);
    return output.split('\n');
  };
  assert.ok((await lines('letters.mjs')).includes('21'));
  const emitted = readFileSync(join(folder, 'built/letters.cjs'), 'utf8');
  assert.match(emitted, /require\("@fanout\/runtime"\)/);
  assert.ok((await lines('built/letters.cjs')).includes('21'));
});

test('a test environment starts the installed state manager', async () => {
  writeFileSync(join(folder, 'environment.mjs'), `${environmentProgram}await environment.stop();\n`);
  assert.equal(await succeed(process.execPath, ['environment.mjs']), '[{"double":42}]');
});

test('a test environment of a program that is killed leaves nothing', async () => {
  writeFileSync(join(folder, 'killed.mjs'), `${environmentProgram}process.kill(process.pid, 'SIGKILL');\n`);
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  const { signal, output } = await run(process.execPath, ['killed.mjs'], { env: { TMPDIR: temporary } });
  assert.equal(signal, 'SIGKILL', output);
  await eventually(() => readdirSync(temporary).length === 0);
});

test('the server tells its version, which is the one of all packages', async () => {
  assert.equal(await succeed('npx', ['--no', '--', 'fanout-server', '--version']), version);
});

test('the server gives Node more room for young objects, unless NODE_OPTIONS says otherwise', async () => {
  const tell = "console.log('limit ' + require('node:v8').getHeapStatistics().heap_size_limit)";
  writeFileSync(join(folder, 'tell.cjs'), tell);
  const limit = async (command: string, flags: readonly string[], room: string): Promise<number> => {
    const env = { NODE_OPTIONS: `--require ${join(folder, 'tell.cjs')} ${room}` };
    return Number(/^limit (\d+)$/m.exec(await succeed(command, flags, { env }))?.[1]);
  };
  // What Node may use in all has three times that room in it.
  const ofServer = (room: string) => limit('node_modules/.bin/fanout-server', ['--version'], room);
  const ofNode = (room: string) => limit(process.execPath, ['--eval', ''], room);
  assert.equal(await ofServer(''), await ofNode('--max-semi-space-size=64'));
  assert.equal(await ofServer('--max-semi-space-size=16'), await ofNode('--max-semi-space-size=16'));
});

test('the command line makes a project, stores its graph and starts a run of it', async () => {
  const env = { FANOUT_ADDRESS: address };
  const fanout = (...words: string[]) => succeed('npx', ['--no', '--', 'fanout', ...words], { env });
  assert.match(await fanout('init', 'project'), /made .*project: package\.json, /);
  assert.match(await fanout('graph', 'put', 'of-project', 'project/graph.json'), /^stored graph of-project/);
  const inputs = JSON.stringify({ text: 'every branch counts once' });
  assert.match(await fanout('run', 'start', 'of-project', '--inputs', inputs), /^started run /);
  assert.match(await fanout('doctor'), /no runtime offers .*CounterNode/);
});

test("what the server's README has supervisors start ends in order with SIGTERM", async () => {
  const page = readFileSync(join(root, 'services/state-manager/README.md'), 'utf8');
  const [, fence = ''] = /^## Run it as a service\n.*?^```sh\n(.*?)^```/ms.exec(page) ?? [];
  const commands = fence.trim().split('\n');
  assert.deepEqual(
    commands.map((line) => line.split('/').at(-1)),
    ['fanout-server', 'main.js'],
  );
  for (const line of commands) {
    const [command = '', ...flags] = line.split(' ');
    const started = await startProcess({
      name: line,
      command,
      arguments: flags,
      cwd: folder,
      env: { FANOUT_LISTEN: '127.0.0.1:0', FANOUT_REDIS_URL: redis.url },
    });
    await started.waitForLine((each) => each.includes('"listening"') || undefined);
    assert.equal((await started.stop()).code, 0, line);
    assert.ok(
      started.lines.some((each) => each.includes('"server_stopped"')),
      line,
    );
  }
});

test('npx fanout-server ends with Ctrl-C, which a terminal sends to npx and to the server', async () => {
  await server.kill('SIGINT');
  assert.ok(server.lines.some((line) => line.includes('"server_stopped"')));
});
