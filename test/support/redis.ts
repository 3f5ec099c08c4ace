/** A Redis of a test's own. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '../../services/state-manager/processes/start-redis.ts';

/** A place in the append-only file. */
export interface FileEnd {
  readonly file: string;
  readonly bytes: number;
}

export interface TestRedis {
  /** `redis://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  readonly port: number;
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
export async function startTestRedis(options: { appendOnly?: boolean } = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-redis-'));
  const appendOnly = options.appendOnly ?? false;
  let server: RedisServer = await startRedis({ folder, appendOnly });
  const { url, port } = server;
  return {
    url,
    port,
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
      server = await startRedis({ folder, appendOnly, port });
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
