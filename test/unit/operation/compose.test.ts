import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../../../scripts/processes.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: unknown;
  readonly deploy?: { readonly replicas: number };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { services } = parse(read('docker-compose.yml')) as Compose;
const dockerfile = read('Dockerfile').replaceAll(/\\\n/g, ' ').split('\n');
const instructions = (name: string): string[] =>
  dockerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
const stages = instructions('FROM').map((line) => / AS (\S+)$/.exec(line)?.[1]);

function service(name: string): Service {
  const found = services[name];
  assert.ok(found, `docker-compose.yml has no service ${name}`);
  return found;
}

function flag(command: readonly string[], name: string): string | undefined {
  return command[command.indexOf(`--${name}`) + 1];
}

/**
 * The source that a command such as `node dist/examples/geonames/call.js` is built from. It needs neither tsx nor
 * sources.
 */
function sourceOf([node, program = '', ...more]: readonly string[]): string {
  assert.equal(node, 'node');
  assert.deepEqual(more, []);
  assert.match(program, /\bdist\/.*\.js$/);
  return program.replace('dist/', '').replace(/\.js$/, '.ts');
}

describe('docker-compose.yml', () => {
  test('has Redis, a state manager, two runtimes, and a call', () => {
    assert.deepEqual(Object.keys(services), ['redis', 'state-manager', 'runtime', 'call']);
    assert.equal(service('runtime').deploy?.replicas, 2);
  });

  test('runs a Redis 7 that keeps what it acknowledges, evicts nothing, and does not grow without end', () => {
    const { image, command = [], healthcheck } = service('redis');
    assert.match(
      image ?? '',
      /^redis:7\.\d+\.\d+(?:@sha256:[0-9a-f]{64})?$/,
      'a tag that does not move by itself',
    );
    assert.equal(flag(command, 'appendonly'), 'yes');
    assert.equal(flag(command, 'appendfsync'), 'everysec');
    assert.equal(flag(command, 'maxmemory-policy'), 'noeviction');
    assert.match(flag(command, 'maxmemory') ?? '', /^\$\{REDIS_MAXMEMORY:-\d+gb\}$/);
    assert.deepEqual(healthcheck?.test, ['CMD-SHELL', 'redis-cli ping | grep -q PONG']);
  });

  test('lets nobody into Redis who has not the password, which comes from whoever starts it', () => {
    const { command = [], environment = {} } = service('redis');
    const password = flag(command, 'requirepass') ?? '';
    assert.match(password, /^\$\{REDIS_PASSWORD:\?.+\}$/);
    assert.equal(environment.REDISCLI_AUTH, password);
    assert.equal(service('state-manager').environment?.FANOUT_REDIS_URL, `redis://:${password}@redis:6379`);
  });

  test('starts the state manager after Redis, and the runtimes after the state manager', () => {
    assert.deepEqual(service('state-manager').depends_on, { redis: { condition: 'service_healthy' } });
    assert.deepEqual(service('runtime').depends_on, { 'state-manager': { condition: 'service_healthy' } });
  });

  test('builds stages that the Dockerfile has', () => {
    for (const { build } of Object.values(services)) {
      if (build) assert.ok(stages.includes(build.target), `the Dockerfile has no stage ${build.target}`);
    }
  });

  test('sets only what the programs read', () => {
    const readers = {
      'state-manager': read('services/state-manager/config.ts'),
      runtime: read('examples/geonames/runtime.ts'),
      call: read('examples/geonames/call.ts'),
    };
    for (const [name, source] of Object.entries(readers)) {
      const settings = Object.keys(service(name).environment ?? {});
      assert.ok(settings.length > 0, `${name} sets nothing`);
      for (const setting of settings) assert.ok(source.includes(setting), `${name} does not read ${setting}`);
    }
  });

  test('has no token of its own: it comes from whoever starts it', () => {
    assert.match(
      service('state-manager').environment?.FANOUT_ADMIN_TOKEN ?? '',
      /^\$\{FANOUT_ADMIN_TOKEN:\?.+\}$/,
    );
    assert.match(service('runtime').environment?.FANOUT_TOKEN ?? '', /^\$\{FANOUT_ADMIN_TOKEN:\?.+\}$/);
  });

  test('runs programs that are built from sources that exist', () => {
    const programs = Object.values(services).flatMap(({ command = [] }) =>
      command[0] === 'node' ? [command] : [],
    );
    assert.equal(programs.length, 1);
    for (const program of programs) assert.ok(existsSync(join(root, sourceOf(program))), program.join(' '));
  });
});

describe('Dockerfile', () => {
  test('builds on an LTS of Node that satisfies package.json', () => {
    assert.match(
      instructions('FROM')[0] ?? '',
      /^node:24\.\d+\.\d+-slim(?:@sha256:[0-9a-f]{64})? AS packages$/,
    );
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    assert.match(engines.node, /^>=20\./);
  });

  test('copies what is there, and what .dockerignore lets through', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const line of instructions('COPY').filter((each) => !each.startsWith('--from='))) {
      for (const source of line.split(' ').slice(0, -1)) {
        assert.ok(existsSync(join(root, source)), `COPY ${source}: there is no such file`);
        assert.ok(!ignored.includes(source), `COPY ${source}: .dockerignore has it`);
      }
    }
  });

  test('takes along what is built of each program, and of each package that it uses', () => {
    const lines = instructions('COPY').filter((line) => line.startsWith('--from=build'));
    const taken = lines.map((line) => line.split(' ')[2]);
    const programs = ['services/state-manager/dist', 'dist/examples'];
    for (const folder of [...programs, 'proto/dist', 'runtime/typescript/dist'])
      assert.ok(taken.includes(folder), folder);
  });

  test('copies the package.json of each workspace before it installs', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    const copied = instructions('COPY').flatMap((line) => line.split(' '));
    for (const workspace of workspaces) assert.ok(copied.includes(`${workspace}/package.json`), workspace);
  });

  test('runs programs that are built from sources that exist, not as root', () => {
    const commands = dockerfile.filter((line) => /\bCMD \[/.test(line));
    assert.equal(commands.length, 3);
    for (const command of commands) {
      const words = JSON.parse(command.slice(command.indexOf('['))) as string[];
      assert.ok(existsSync(join(root, sourceOf(words))), command);
    }
    assert.deepEqual(instructions('USER'), ['node', 'node']);
  });
});
