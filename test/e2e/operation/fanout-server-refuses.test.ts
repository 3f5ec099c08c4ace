/** `fanout-server` when it does not come to serve. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Exit, startProgram } from '../../../scripts/processes.ts';
import { startFanoutServer } from '../../support/fanout-server.ts';

let folder: string;

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fanout-server-')));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const server = await startFanoutServer(folder, { flags, env });
  const { code }: Exit = await server.exited;
  return { code, lines: server.lines, output: server.lines.join('\n') };
}

test('a start that fails ends with the reason, and its Redis ends in silence', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const { port } = other.address() as AddressInfo;
  try {
    const { code, lines } = await refusal([], {
      FANOUT_LISTEN: `127.0.0.1:${port}`,
      FANOUT_LOG_LEVEL: 'error',
    });
    assert.equal(code, 1);
    assert.match(lines.at(-1)!, new RegExp(`^cannot listen on 127.0.0.1:${port}: the port is in use; `));
    assert.match(lines.at(-2)!, /^Redis \S+, process \d+, keeps its data in /, 'and nothing else is told');
  } finally {
    other.close();
  }
});

test('a signal during the start stops it in order', async () => {
  const server = await startFanoutServer(folder);
  await server.waitForLine((line) => line.includes('"redis_ready"') || undefined);
  const { code } = await server.kill('SIGINT');
  assert.equal(code, 0);
  const count = (part: string) => server.lines.filter((line) => line.includes(part)).length;
  assert.equal(count('"server_started"'), count('"server_stopped"'));
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

test('refuses settings before it starts its Redis', async () => {
  for (const settings of [
    { FANOUT_LISTEN: 'nowhere' },
    { FANOUT_TLS_CERT: join(folder, 'none'), FANOUT_TLS_KEY: join(folder, 'none') },
  ]) {
    const { code, lines } = await refusal([], settings);
    assert.equal(code, 1);
    assert.equal(lines.length, 1, lines.join('\n'));
  }
});

test('a folder in which it cannot keep its data is named, with what to do', async () => {
  const refusalIn = async (place: string, ...flags: string[]) => {
    const program = await startProgram('test/support/programs/starts-own-redis.ts', {
      name: 'own Redis',
      arguments: [place, ...flags],
    });
    await program.exited;
    return program.lines.join('\n');
  };
  const place = mkdtempSync(join(folder, 'place-'));
  const remedy = /Start it in a folder of your own, or name a Redis .*FANOUT_REDIS_URL=/;
  chmodSync(folder, 0o755);
  chmodSync(place, 0o555);
  const notOurs = await refusalIn(place, ...(process.getuid?.() === 0 ? ['as-nobody'] : []));
  assert.ok(notOurs.startsWith(`${join(place, '.fanout')} cannot be written to by this user: `), notOurs);
  assert.match(notOurs, remedy);
  chmodSync(place, 0o755);
  writeFileSync(join(place, '.fanout'), '');
  const isFile = await refusalIn(place);
  assert.ok(isFile.startsWith(`${join(place, '.fanout')} is a file, and has to be a folder: `), isFile);
  assert.match(isFile, remedy);
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
