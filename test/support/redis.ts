/** A Redis of a test's own. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '../../services/state-manager/processes/start-redis.ts';

/** The server program that tests use, such as one of Valkey or of another version; the one on the PATH if there is none. */
export const testRedisServer = process.env.TEST_REDIS_SERVER || undefined;

/** A place in the append-only file. */
export interface FileEnd {
  readonly file: string;
  readonly bytes: number;
}

export interface TestRedis {
  /** `redis://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  readonly port: number;
  /** Sends a signal and does not wait: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL: what is not in the append-only file is lost. */
  kill(): Promise<void>;
  /** The end of its append-only file now. */
  fileEnd(): FileEnd;
  /** Starts it again on the same port and files, after `kill`; without what was written later than `from`. */
  restart(from?: FileEnd): Promise<void>;
  /** Ends it and removes its files. Harmless twice. */
  stop(): Promise<void>;
}

/** Starts a fresh Redis, without an append-only file unless asked for. */
export async function startTestRedis(
  options: { appendOnly?: boolean; settings?: Readonly<Record<string, string | number>> } = {},
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-redis-'));
  const { appendOnly = false, settings = {} } = options;
  let server: RedisServer = await startRedis({ folder, appendOnly, program: testRedisServer, settings });
  const { url, port } = server;
  return {
    url,
    port,
    signal: (signal) => void process.kill(server.process.pid, signal),
    async kill() {
      await server.process.kill();
    },
    fileEnd() {
      const files = join(folder, 'appendonlydir');
      const newest = readdirSync(files).find((name) => name.endsWith('.incr.aof'));
      if (newest === undefined) throw new Error(`${files} has no append-only file`);
      const file = join(files, newest);
      return { file, bytes: statSync(file).size };
    },
    async restart(from) {
      await server.stop();
      if (from) truncateSync(from.file, from.bytes);
      server = await startRedis({ folder, appendOnly, port, program: testRedisServer, settings });
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
