/** `fanout-server`, which `npm start` runs, from its sources. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Client } from '@fanout/runtime';
import { type Exit, type RunningProcess, root, startProcess } from '../../../scripts/processes.ts';
import { nodeTemplate } from '../../support/graphs.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const program = join(root, 'services/state-manager/fanout-server.ts');

let folder: string;
const servers: RunningProcess[] = [];

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fanout-server-')));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
after(() => rmSync(folder, { recursive: true, force: true }));

function start(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  return startProcess({
    name: 'fanout-server',
    command: process.execPath,
    arguments: ['--import', tsx, program, ...flags],
    cwd: folder,
    env: { FANOUT_LISTEN: '127.0.0.1:0', TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'), ...env },
  });
}

async function serve(env: Readonly<Record<string, string>> = {}) {
  const server = await start([], env);
  servers.push(server);
  const address = await server.waitForLine((line) => /^(\S+:\d+) serves/.exec(line)?.[1]);
  const data = server.lines.map((line) => /keeps its data in (\S+?)(?:;|$)/.exec(line)?.[1]).find(Boolean);
  return { server, address, data };
}

async function refusal(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const server = await start(flags, env);
  const { code }: Exit = await server.exited;
  return { code, output: server.lines.join('\n') };
}

test('its last line has the address first, and then what to do next', async () => {
  const { server, address } = await serve();
  assert.equal(
    server.lines.at(-1),
    `${address} serves. Next: run your program with FANOUT_ADDRESS=${address}; Ctrl-C ends it`,
  );
});

test('two in the same folder have data of their own, and the second one says so', async () => {
  const [one, other] = await Promise.all([serve(), serve()]);
  assert.notEqual(one.address, other.address);
  assert.deepEqual([one.data, other.data].sort(), ['.fanout/redis', '.fanout/redis-2']);
  const second = one.data === '.fanout/redis-2' ? one : other;
  assert.ok(second.server.lines.some((line) => line.includes('another one of us has .fanout/redis')));
});

test('what it keeps is there after a restart, and after a crash', async () => {
  const names = async (address: string) => {
    const client = new Client({ address });
    const graphs: string[] = [];
    for await (const { name } of client.graphs()) graphs.push(name);
    client.close();
    return graphs;
  };
  const first = await serve();
  const client = new Client({ address: first.address });
  await client.upsert({ name: 'kept', template: { nodes: [nodeTemplate('kept')] } });
  client.close();
  assert.equal((await first.server.stop()).code, 0);
  const second = await serve();
  assert.deepEqual(await names(second.address), ['kept']);
  await second.server.kill();
  const third = await serve();
  assert.equal(third.data, '.fanout/redis');
  assert.deepEqual(await names(third.address), ['kept']);
});

test('where the usual port is taken it serves on a free one', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => {
    // If it cannot be taken, another process has it.
    other.once('error', () => resolve()).listen(7600, '127.0.0.1', resolve);
  });
  try {
    const { address, server } = await serve({ FANOUT_LISTEN: '' });
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.notEqual(address, '127.0.0.1:7600');
    assert.ok(server.lines.some((line) => line.startsWith('port 7600 is taken')));
  } finally {
    other.close();
  }
});

test('ends when its Redis does, and says so', async () => {
  const { server } = await serve();
  const pid = await server.waitForLine((line) => /^Redis \S+, process (\d+),/.exec(line)?.[1]);
  process.kill(Number(pid), 'SIGKILL');
  const { code } = await server.exited;
  assert.equal(code, 1);
  assert.ok(server.lines.some((line) => line.startsWith('Redis has ended (SIGKILL)')));
});

test('tells how to install Redis where there is none', async () => {
  const { code, output } = await refusal([], { PATH: folder });
  assert.equal(code, 1);
  assert.match(output, /no redis-server or valkey-server is on the PATH/);
  assert.match(output, /FANOUT_REDIS_URL=/);
  assert.doesNotMatch(output, /^ +at /m);
});

test('refuses what it does not understand before it starts anything', async () => {
  const flag = await refusal(['--prot', '7600']);
  assert.equal(flag.code, 1);
  assert.match(flag.output, /^fanout-server: Unknown option '--prot'[\s\S]*\[--help\] \[--version\]/);
  const setting = await refusal([], { FANOUT_LISTN: 'x' });
  assert.equal(setting.code, 1);
  assert.match(setting.output, /FANOUT_LISTN: there is no such setting, did you mean FANOUT_LISTEN\?/);
  assert.ok(!setting.output.includes('Redis'));
});

test('tells its flags, its settings and its version, and starts nothing', async () => {
  const help = await refusal(['--help']);
  assert.equal(help.code, 0);
  assert.match(
    help.output,
    /^fanout-server \[--help\] \[--version\]\n[\s\S]*^ +FANOUT_TLS_CA +\(none\)\n +a PEM file/m,
  );
  const version = await refusal(['--version']);
  assert.equal(version.code, 0);
  assert.match(version.output, /^\d+\.\d+\.\d+$/);
});

test('leaves no claim behind when it ends', async () => {
  const { server } = await serve();
  await server.stop();
  assert.ok(!existsSync(join(folder, '.fanout/redis/owner.sock')));
});
