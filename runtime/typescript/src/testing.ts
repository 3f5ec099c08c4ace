/** Tests of graphs and nodes on a real state manager and a real Redis. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { Client } from './client/client.ts';
import { environment } from './environment.ts';
import { findRedisServer } from './find-redis.ts';
import { Runtime } from './hosting/runtime.ts';
import type { NodeContext } from './nodes/context.ts';
import type { RuntimeLog } from './nodes/log.ts';
import type { AnyNode } from './nodes/node.ts';
import { OrphanWatcher } from './orphan-watcher.ts';
import type { Arounds } from './wire/around.ts';
import { checkOptions, type OptionNames } from './wire/options.ts';

/** Options of a test environment, beside its Redis and its state manager. */
export interface TestEnvironmentOptions {
  /** Nodes that a runtime in this process hosts; without any, there is no runtime. */
  readonly nodes?: readonly AnyNode[];
  /** Starts a state manager; `FANOUT_STATE_MANAGER`, words parted by spaces, if absent, else the installed `@fanout/server`. */
  readonly command?: readonly string[];
  /** Settings of the state manager, such as `FANOUT_LEASE_MS`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bearer token of the client and the runtime, such as the `FANOUT_ADMIN_TOKEN` of `env`. */
  readonly token?: string;
  /** The log of the runtime and its nodes; none if absent. */
  readonly log?: RuntimeLog;
  /** Code around each execution of the runtime, as its option `around` has it. */
  readonly around?: Arounds<NodeContext<string>>;
}

const environmentOptions: OptionNames<TestEnvironmentOptions> = {
  nodes: true,
  command: true,
  env: true,
  token: true,
  log: true,
  around: true,
};

/** A Redis, a state manager, a client of it, and a runtime if there are nodes. */
export interface TestEnvironment {
  /** The address of the state manager, `127.0.0.1:PORT`. */
  readonly address: string;
  /** Asks the state manager, with the token of the options. */
  readonly client: Client;
  /** Hosts the nodes; undefined if there are none. */
  readonly runtime: Runtime | undefined;
  /** Ends all of it and removes its files. Harmless twice. */
  stop(): Promise<void>;
}

/** Characters of a folder that leave room for the socket: its path may have about 100. */
const longestFolder = 70;

/**
 * Starts a Redis and a state manager of the test's own, and a runtime if there are nodes.
 * @throws TypeError an option that it does not know; Error: one of them does not start, with the end of its log
 */
export async function startTestEnvironment(options: TestEnvironmentOptions = {}): Promise<TestEnvironment> {
  checkOptions('startTestEnvironment', options, environmentOptions);
  const ends: (() => unknown)[] = [];
  const stop = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    const folder = makeFolder();
    const watcher = new OrphanWatcher(folder);
    ends.push(() => watcher.end());
    const redis = await startRedis(folder, watcher);
    ends.push(() => redis.child.stop());
    const stateManager = await startStateManager(redis.url, watcher, options);
    ends.push(() => stateManager.child.stop());
    const { address } = stateManager;
    const { nodes = [], token = '', log = () => undefined, around } = options;
    const client = new Client({ address, token, log });
    ends.push(() => client.close());
    const runtime = nodes.length > 0 ? new Runtime({ nodes, address, token, log, around }) : undefined;
    ends.push(() => runtime?.stop());
    await runtime?.start();
    return { address, client, runtime, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeFolder(): string {
  const parent = tmpdir().length <= longestFolder ? tmpdir() : '/tmp';
  return mkdtempSync(join(parent, 'fanout-test-'));
}

/** Starts a Redis at a socket in the folder: unlike a port, nobody else can take or reach it. */
async function startRedis(folder: string, watcher: OrphanWatcher): Promise<{ child: Child; url: string }> {
  const socket = join(folder, 'redis.sock');
  const place = ['--port', '0', '--unixsocket', socket, '--dir', folder];
  const memory = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
  const child = await Child.start('Redis', [findRedisServer(), ...place, ...memory], { watcher });
  await child.waitForLine((line) => /ready to accept connections/i.test(line) || undefined);
  return { child, url: `redis://?path=${encodeURIComponent(socket)}` };
}

async function startStateManager(
  redisUrl: string,
  watcher: OrphanWatcher,
  options: TestEnvironmentOptions,
): Promise<{ child: Child; address: string }> {
  const { FANOUT_STATE_MANAGER } = environment;
  const command =
    options.command ?? (FANOUT_STATE_MANAGER ? FANOUT_STATE_MANAGER.split(' ') : installedServer());
  const env = {
    FANOUT_LISTEN: '127.0.0.1:0',
    FANOUT_REDIS_URL: redisUrl,
    FANOUT_LOG_LEVEL: 'info',
    FANOUT_SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ...options.env,
  };
  const child = await Child.start('the state manager', command, { env, watcher });
  return { child, address: await child.waitForLine(readAddress) };
}

/** Starts the state manager of the package beside this one. */
function installedServer(): string[] {
  let program: string;
  try {
    program = import.meta.resolve('@fanout/server/main');
  } catch (cause) {
    const remedy = 'npm install --save-dev @fanout/server, or give a command that starts one';
    throw new Error(`there is no state manager to test with: ${remedy}`, { cause });
  }
  return [process.execPath, fileURLToPath(program)];
}

/** Reads the address that a state manager writes once it serves. */
function readAddress(line: string): string | undefined {
  if (!line.includes('"listening"')) return undefined;
  const { event, address } = JSON.parse(line) as { event?: string; address?: string };
  return event === 'listening' ? address : undefined;
}
