import { Redis, type RedisOptions } from 'ioredis';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';

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

/** Milliseconds before the next attempt to reach Redis, or a Sentinel. */
export const pauseMs = (attempt: number) => Math.min(20 * 2 ** attempt, maxPauseMs);

/**
 * A connection that never sends a command twice by itself: every retry is ours, and idempotent.
 * It reconnects for ever, as soon as Redis listens and has loaded its file; meanwhile commands fail at once.
 * @param target the URL of one server, or what ioredis needs to know to find it
 */
export function createRedis(target: string | RedisOptions, log: Log): Redis {
  const options: RedisOptions = {
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: true,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    maxLoadingRetryTime: loadingPauseMs,
    retryStrategy: pauseMs,
  };
  const redis =
    typeof target === 'string' ? new Redis(target, options) : new Redis({ ...options, ...target });
  redis.on('error', (error) => log.warn({ event: 'redis_error', error: error.message }));
  redis.on('ready', () => log.info({ event: 'redis_ready' }));
  return redis;
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
