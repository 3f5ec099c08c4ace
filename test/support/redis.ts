/** A Redis of a test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '../../scripts/redis.ts';

export interface TestRedis {
  /** `redis://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  readonly port: number;
  /** SIGKILL: what is not in the append-only file is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files, after `kill`. */
  restart(): Promise<void>;
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
    async restart() {
      await server.stop();
      server = await startRedis({ folder, appendOnly, port });
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
