/** Connecting at the start, and what a server must be like. */
import type { Redis } from 'ioredis';
import { FanoutError } from '../../errors.ts';

/** The oldest major version of Redis whose scripts and commands ours need. */
const oldestMajor = 7;

/**
 * Connects, and makes sure that this Redis can keep our promises.
 * @param place where it is, without a password
 * @throws FanoutError STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE
 */
export async function connectRedis(redis: Redis, place: string): Promise<void> {
  // What `connect` rejects with says only that it was closed; why, says the event. Sentinels are asked for ever, and
  // the start of a state manager is not to wait for them.
  let problem: Error | undefined;
  const giveUp = (error: Error) => {
    problem ??= error;
    redis.disconnect();
  };
  redis.on('sentinelError', remember);
  redis.once('error', giveUp);
  function remember(error: Error): void {
    problem = error;
  }
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw unusable(place, problem ?? (error as Error));
  } finally {
    redis.off('sentinelError', remember);
    redis.off('error', giveUp);
  }
  await checkServer(redis, place);
}

async function checkServer(redis: Redis, place: string): Promise<void> {
  const info = await redis.info().catch((error: Error) => {
    throw unusable(place, error);
  });
  const told = (field: string) => new RegExp(`^(?:${field}):(.+?)\\s*$`, 'm').exec(info)?.[1];
  const version = told('valkey_version') ?? told('redis_version') ?? '0';
  if (Number.parseInt(version, 10) < oldestMajor) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `Redis at ${place} is version ${version}: Fanout needs ${oldestMajor} or later (or Valkey). Upgrade it`,
    );
  }
  checkMode(told('redis_mode') ?? told('server_mode'), place);
  const policy = told('maxmemory_policy');
  if (policy !== 'noeviction') {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `Redis at ${place} has maxmemory-policy ${policy}, which drops states when memory is short. ` +
        'Set it to noeviction: redis-cli CONFIG SET maxmemory-policy noeviction',
    );
  }
}

/** Refuses a server that is something else than the scheme of its URL says. */
function checkMode(mode: string | undefined, place: string): void {
  const [, scheme, tail] = /^(rediss?)(?:\+\w+)?:\/\/(.*)$/.exec(place) ?? [];
  const isCluster = place.startsWith(`${scheme}+cluster:`);
  if (mode === 'sentinel') {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `${place} is a Sentinel, which keeps no data: set FANOUT_REDIS_URL=${scheme}+sentinel://${hostsOf(tail)}/MASTER, ` +
        'with all of the Sentinels and the name that they have for the master',
    );
  }
  if (mode === 'cluster' && !isCluster) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `Redis at ${place} is a node of a Redis Cluster: set FANOUT_REDIS_URL=${scheme}+cluster://${hostsOf(tail)}, ` +
        'with the addresses of some nodes and commas between them',
    );
  }
}

function hostsOf(tail = ''): string {
  return tail.replace(/[/?].*$/, '');
}

/** The error of a start: whoever is not let in has nothing to start. */
export function unusable(place: string, { message }: Error): FanoutError {
  const reason = message.replace(/\.$/, '');
  if (/^(?:NOAUTH|WRONGPASS|NOPERM)/.test(message)) {
    const form = place.replace(/\/\/.*$/, '//USER:PASSWORD@HOST:PORT');
    return new FanoutError(
      'STORAGE_UNAVAILABLE',
      `Redis at ${place} does not let us in: ${reason}. Set FANOUT_REDIS_URL with the user and the password, as ${form}`,
    );
  }
  const why = explained(place, reason);
  return new FanoutError('STORAGE_UNAVAILABLE', `cannot reach Redis at ${place}: ${why}`);
}

/** A reason that Redis, a Sentinel or the system gives, with what to do about it. */
function explained(place: string, reason: string): string {
  if (/certificate|altnames/i.test(reason) && place.startsWith('rediss'))
    return `${reason}. Name the file of the authority that signed it in NODE_EXTRA_CA_CERTS, and let it say the names by which the servers are reached`;
  if (place.includes('+sentinel:')) {
    if (/invalid reply: null|No such master/.test(reason))
      return `${reason}: no Sentinel knows a master of that name. Write the one of \`sentinel monitor NAME …\` behind the addresses`;
    if (/unknown command/i.test(reason))
      return `${reason}: that is no Sentinel. Name the Sentinels, whose port is 26379 as a rule`;
    return `${reason}. Start the Sentinels and their master, or set FANOUT_REDIS_URL`;
  }
  if (/cluster support disabled/i.test(reason)) {
    return `${reason}: it is one server. Set FANOUT_REDIS_URL=${place.replace('+cluster', '')}`;
  }
  return `${reason}. Start one, or set FANOUT_REDIS_URL`;
}
