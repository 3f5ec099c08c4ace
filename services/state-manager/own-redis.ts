/** The Redis that a state manager brings along where none is configured. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimFolder } from './processes/claim-folder.ts';
import { type RedisServer, startRedis } from './processes/start-redis.ts';

/** More than anybody starts in one folder. */
const maxFolders = 100;

/** A Redis, and where it keeps its data, relative to the working folder. */
export interface OwnRedis {
  readonly server: RedisServer;
  readonly folder: string;
  /** Folders that other processes have, so that they could not be ours. */
  readonly taken: readonly string[];
}

/**
 * Starts a Redis on a free port, with data that stay in `.fanout` of the working folder. Each project has its own,
 * and so has each of several in the same folder: the first one `redis`, the second one `redis-2`.
 * @throws Error there is no Redis server program, or it does not start
 */
export async function startOwnRedis(): Promise<OwnRedis> {
  const parent = '.fanout';
  mkdirSync(parent, { recursive: true });
  // Nobody wants these files in a repository, and nobody should have to say so.
  const ignore = join(parent, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  const taken: string[] = [];
  while (taken.length < maxFolders) {
    const folder = join(parent, taken.length === 0 ? 'redis' : `redis-${taken.length + 1}`);
    if (await claimFolder(folder)) {
      return { server: await startRedis({ folder, appendOnly: true }), folder, taken };
    }
    taken.push(folder);
  }
  throw new Error(`other processes have ${parent}/redis and ${maxFolders - 1} more: stop some of them`);
}
