/** `fanout-server` while it serves. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Client } from '@fanout/runtime';
import type { RunningProcess } from '../../../scripts/processes.ts';
import { startFanoutServer } from '../../support/fanout-server.ts';
import { nodeTemplate } from '../../support/graphs.ts';

let folder: string;
const servers: RunningProcess[] = [];

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fanout-server-')));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function serve(env: Readonly<Record<string, string>> = {}) {
  const server = await startFanoutServer(folder, { env });
  servers.push(server);
  const address = await server.waitForLine((line) => /^(\S+:\d+) serves/.exec(line)?.[1]);
  const data = server.lines.map((line) => /keeps its data in (\S+?)(?:;|$)/.exec(line)?.[1]).find(Boolean);
  return { server, address, data };
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
  assert.ok(
    second.server.lines.includes(
      'another fanout-server in this folder has .fanout/redis, so that this one keeps data of its own',
    ),
  );
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

test('two that start at the same time both serve, whether the usual port is free or not', async () => {
  const started = await Promise.all([1, 2, 3].map(() => serve({ FANOUT_LISTEN: '' })));
  assert.equal(new Set(started.map(({ address }) => address)).size, 3);
});

test('ends when its Redis does, and says so', async () => {
  const { server } = await serve();
  const pid = await server.waitForLine((line) => /^Redis \S+, process (\d+),/.exec(line)?.[1]);
  process.kill(Number(pid), 'SIGKILL');
  const { code } = await server.exited;
  assert.equal(code, 1);
  assert.ok(server.lines.some((line) => line.startsWith('Redis has ended (SIGKILL)')));
});
