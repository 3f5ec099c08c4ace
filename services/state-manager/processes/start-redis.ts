/** A private Redis server: a free loopback port, a folder of its own, gone when we are. */
import { mkdirSync } from 'node:fs';
import getPort from 'get-port';
import { findRedisServer } from './find-redis.ts';
import { type RunningProcess, startProcess } from './start-process.ts';

export interface RedisOptions {
  /** The folder of its data; made if missing. */
  readonly folder: string;
  /** Keeps an append-only file, synced every second. */
  readonly appendOnly: boolean;
  /** A port of the loopback address; a free one if absent. */
  readonly port?: number;
  /** The server program; the one on the PATH if absent. */
  readonly program?: string | undefined;
  /** Settings beside those that every server gets, or instead. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface RedisServer {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly process: RunningProcess;
  /** Saves what is left to save and ends. Harmless twice. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const attempts = 5;

async function tryPort(program: string, options: RedisOptions, port: number): Promise<RedisServer | 'taken'> {
  const settings: Readonly<Record<string, string | number>> = {
    bind: host,
    port,
    dir: options.folder,
    save: '',
    appendonly: options.appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    logfile: '',
    loglevel: 'notice',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const redis = await startProcess({ name: 'redis-server', command: program, arguments: flags });
  const outcome = await redis.waitForLine((line) => {
    if (line.includes('Ready to accept connections')) return 'ready';
    if (/already in use/i.test(line)) return 'taken';
    return undefined;
  });
  if (outcome === 'taken') {
    await redis.stop();
    return 'taken';
  }
  return {
    url: `redis://${host}:${port}`,
    port,
    folder: options.folder,
    process: redis,
    stop: async () => {
      await redis.stop();
    },
  };
}

/**
 * Starts a Redis server and waits until it answers.
 * @throws Error no server program (see `findRedisServer`), or the server ends, with the end of its log.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = options.program ?? findRedisServer();
  mkdirSync(options.folder, { recursive: true });
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // Another process can take a free port before Redis does, so this may need more than one go.
    const server = await tryPort(program, options, options.port ?? (await getPort({ host })));
    if (server !== 'taken') return server;
    if (options.port !== undefined)
      throw new Error(
        `port ${options.port} of ${host}, where Redis is to listen, is taken: stop what uses it, ` +
          'or name a Redis to use: FANOUT_REDIS_URL=redis://HOST:PORT',
      );
  }
  throw new Error(`no free port for redis-server in ${attempts} attempts`);
}
