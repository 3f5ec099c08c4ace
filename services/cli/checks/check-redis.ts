/** Checks of the Redis of a deployment, where its URL is given: version, policy, memory, file, clock. */
import { Redis } from 'ioredis';
import { formatBytes, formatDuration } from '../terminal/format.ts';
import { type Finding, fail, ok, warn } from './check.ts';

const connectMs = 5_000;
const oldestVersion = 7;
/** Memory that is used more than this has little room left. */
const fullShare = 0.8;
/** Clocks that differ by more than this make times of runs and logs hard to read together, milliseconds. */
const maxSkewMs = 1_000;

export async function checkRedis(url: string): Promise<Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let problem: Error | undefined;
  redis.on('error', (error: Error) => {
    problem = error;
  });
  try {
    await redis.connect();
    const info = readInfo(await redis.info());
    return [checkVersion(info), ...checkMemory(info), checkFile(info), await checkClock(redis)];
  } catch (error) {
    // The URL may have a password, and is not shown.
    const why = problem?.message || (error as Error).message;
    return [
      fail(
        'redis',
        `it does not answer (${why})`,
        'Give its URL as the state manager has it: --redis redis://HOST:PORT',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

type Info = ReadonlyMap<string, string>;

function readInfo(text: string): Info {
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}

function checkVersion(info: Info): Finding {
  const valkey = info.get('valkey_version');
  const version = valkey ?? info.get('redis_version') ?? '';
  const name = valkey === undefined ? 'Redis' : 'Valkey';
  if (Number.parseInt(version, 10) >= oldestVersion) return ok('redis', `${name} ${version}`);
  return fail('redis', `${name} ${version} is too old`, `Run Redis ${oldestVersion} or later, or Valkey`);
}

function checkMemory(info: Info): Finding[] {
  const policy = info.get('maxmemory_policy') ?? '';
  const [used, max] = ['used_memory', 'maxmemory'].map((name) => Number(info.get(name) ?? 0)) as [
    number,
    number,
  ];
  const findings = [
    policy === 'noeviction'
      ? ok('redis policy', 'noeviction: nothing is thrown away')
      : fail(
          'redis policy',
          `maxmemory-policy is ${policy}: Redis may throw states away`,
          'CONFIG SET maxmemory-policy noeviction, and in its configuration file',
        ),
  ];
  if (max === 0)
    return [
      ...findings,
      warn(
        'redis memory',
        `${formatBytes(used)} used, and no limit`,
        'Set maxmemory: without one the system ends Redis when memory is short',
      ),
    ];
  const text = `${formatBytes(used)} of ${formatBytes(max)} used`;
  if (used <= max * fullShare) return [...findings, ok('redis memory', text)];
  return [
    ...findings,
    warn('redis memory', text, 'Raise maxmemory, or delete runs: a full Redis takes no new work'),
  ];
}

function checkFile(info: Info): Finding {
  if (info.get('aof_enabled') === '1') return ok('redis file', 'appendonly: what is acknowledged is kept');
  return warn(
    'redis file',
    'there is no append-only file: a restart loses runs',
    'CONFIG SET appendonly yes, and in its configuration file',
  );
}

/** Compares in the middle of the call, so that a slow network is no skew. */
async function checkClock(redis: Redis): Promise<Finding> {
  const before = Date.now();
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
  const middle = (before + Date.now()) / 2;
  const skewMs = Math.abs(seconds * 1_000 + micros / 1_000 - middle);
  if (skewMs <= maxSkewMs) return ok('clock', `this machine and Redis differ by ${formatDuration(skewMs)}`);
  return warn(
    'clock',
    `this machine and Redis differ by ${formatDuration(skewMs)}`,
    'Let both keep their time by NTP: Redis has the time of all runs',
  );
}
