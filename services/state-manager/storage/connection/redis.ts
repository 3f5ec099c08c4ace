import { Redis } from 'ioredis';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** The oldest major version of Redis whose scripts and commands ours need. */
const oldestMajor = 7;

/** Milliseconds that one command may take before it counts as failed. */
const commandTimeoutMs = 3_000;
/** Time that the opening of a connection may take, milliseconds. */
const connectTimeoutMs = 2_000;

/**
 * Time between two attempts to reach Redis, at most, milliseconds. The backoff is a line each here and in `loop.ts`.
 */
const maxPauseMs = 500;
/**
 * Time between two questions whether Redis has loaded its file, milliseconds; else it is its own guess, in whole
 * seconds.
 */
const loadingPauseMs = 100;

/**
 * A connection that never sends a command twice by itself: every retry is ours, and idempotent.
 * It reconnects for ever, as soon as Redis listens and has loaded its file; meanwhile commands fail at once.
 */
export function createRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: true,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    maxLoadingRetryTime: loadingPauseMs,
    retryStrategy: (attempt) => Math.min(20 * 2 ** attempt, maxPauseMs),
  });
  redis.on('error', (error) => log.warn({ event: 'redis_error', error: error.message }));
  redis.on('ready', () => log.info({ event: 'redis_ready' }));
  return redis;
}

/** Connects, and makes sure that this Redis can keep our promises. */
export async function connectRedis(redis: Redis, url: string): Promise<void> {
  // What `connect` rejects with says only that it was closed; why, says the event.
  let problem: Error | undefined;
  const remember = (error: Error) => {
    problem = error;
  };
  redis.once('error', remember);
  try {
    await redis.connect();
    redis.off('error', remember);
  } catch (error) {
    redis.disconnect();
    throw unusable(url, problem ?? (error as Error));
  }
  const info = await redis.info().catch((error: Error) => {
    throw unusable(url, error);
  });
  const version = /^(?:valkey_version|redis_version):([\d.]+)/m.exec(info)?.[1] ?? '0';
  if (Number.parseInt(version, 10) < oldestMajor) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `Redis at ${withoutPassword(url)} is version ${version}: Fanout needs ${oldestMajor} or later (or Valkey). Upgrade it`,
    );
  }
  const policy = /^maxmemory_policy:(.+?)\s*$/m.exec(info)?.[1];
  if (policy !== 'noeviction') {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `Redis at ${withoutPassword(url)} has maxmemory-policy ${policy}, which drops states when memory is short. ` +
        'Set it to noeviction: redis-cli CONFIG SET maxmemory-policy noeviction',
    );
  }
}

/** The error of a start: whoever is not let in has nothing to start. */
function unusable(url: string, { message }: Error): FanoutError {
  const reason = message.replace(/\.$/, '');
  const place = withoutPassword(url);
  if (/^(?:NOAUTH|WRONGPASS|NOPERM)/.test(message)) {
    return new FanoutError(
      'STORAGE_UNAVAILABLE',
      `Redis at ${place} does not let us in: ${reason}. Set FANOUT_REDIS_URL with the user and the password, as redis://USER:PASSWORD@HOST:PORT`,
    );
  }
  return new FanoutError(
    'STORAGE_UNAVAILABLE',
    `cannot reach Redis at ${place}: ${reason}. Start one, or set FANOUT_REDIS_URL`,
  );
}

/**
 * Waits for an answer. A connection that gives none in time is closed, and opened anew: the network may have forgotten
 * it, and neither end is told of that. The socket timeout of ioredis would close the connection that comes after one.
 * @throws Error of the command
 */
export async function answered(connection: Redis, answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if ((error as Error).message === 'Command timed out') connection.stream.destroy();
    throw error;
  }
}

/** Error that a caller is told when a command fails. */
export function storageError(error: Error): FanoutError {
  if (error instanceof FanoutError) return error;
  if (error.message.startsWith('OOM')) {
    return new FanoutError('STORAGE_FULL', 'Redis takes no writes: it is out of memory. Try again later', {
      retryAfterMs: 1_000,
      cause: error,
    });
  }
  const [, word] = passing.exec(error.message) ?? [];
  if (word) {
    return new FanoutError(
      'STORAGE_UNAVAILABLE',
      `Redis does not do that now: ${word}. Try again; whoever runs Redis finds the word in its documentation`,
      { retryAfterMs: 1_000, cause: error },
    );
  }
  if (isConnectionError(error)) {
    return new FanoutError('STORAGE_UNAVAILABLE', 'Redis cannot be reached now. Try again', {
      retryAfterMs: 500,
      cause: error,
    });
  }
  return FanoutError.from(error);
}

/**
 * Words with which Redis refuses what it does at other times: it is a replica, lacks replicas, cannot write its
 * file, loads it, runs a script for long, or moves slots; or a user's rights are to be set right.
 */
const passing =
  /^(READONLY|NOREPLICAS|NOPERM|NOAUTH|MISCONF|MASTERDOWN|LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MOVED|ASK)\b/;

/** True if an error is of what a script has met in storage, and would meet again. */
export function isWrongData({ message }: Error): boolean {
  return /^(?:ERR|WRONGTYPE)\b/.test(message);
}

function isConnectionError(error: Error): boolean {
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /Connection is closed|Stream isn't writeable|Command timed out|ECONN|EPIPE/.test(error.message)
  );
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
