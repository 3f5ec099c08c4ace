/** The Redis that a state manager brings along where none is configured. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { claimFolder } from './processes/claim-folder.ts';
import { type RedisServer, startRedis } from './processes/start-redis.ts';

/** More than anybody starts in one folder. */
const maxFolders = 100;

const parent = '.fanout';

const folderProblems: Readonly<Record<string, string>> = {
  EACCES: 'cannot be written to by this user',
  EPERM: 'cannot be written to by this user',
  EROFS: 'is on a file system that cannot be written to',
  ENOSPC: 'is on a file system that is full',
  EEXIST: 'is a file, and has to be a folder',
  ENOTDIR: 'lies below a file, which has to be a folder',
};

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
  const { folder, taken } = await claimDataFolder().catch((error: Error) => {
    throw explainFolder(error);
  });
  return { server: await startRedis({ folder, appendOnly: true }), folder, taken };
}

async function claimDataFolder(): Promise<{ folder: string; taken: readonly string[] }> {
  mkdirSync(parent, { recursive: true });
  // Nobody wants these files in a repository, and nobody should have to say so.
  const ignore = join(parent, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  const taken: string[] = [];
  while (taken.length < maxFolders) {
    const folder = join(parent, taken.length === 0 ? 'redis' : `redis-${taken.length + 1}`);
    if (await claimFolder(folder)) return { folder, taken };
    taken.push(folder);
  }
  throw new Error(`other processes have ${parent}/redis and ${maxFolders - 1} more: stop some of them`);
}

/** An error of the system, with the folder that it is about, the rule, and what to do; any other one as it is. */
function explainFolder(error: NodeJS.ErrnoException): Error {
  if (error.code === undefined) return error;
  const place = resolve(error.path ?? parent);
  const problem = folderProblems[error.code] ?? error.message;
  return new Error(
    `${place} ${problem}: the Redis that fanout-server brings along keeps its data in ${parent} of the folder in which ` +
      'it is started, and this user has to be able to write there. Start it in a folder of your own, or name a Redis ' +
      'that runs already: FANOUT_REDIS_URL=redis://HOST:PORT',
    { cause: error },
  );
}
