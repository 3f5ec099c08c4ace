/** A Redis that answers, and does not do what it is asked to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { OneRedis } from '../chaos-redis.ts';
import { leaseMs, type World } from '../world.ts';
import type { Fault } from './fault.ts';

/** Answers so far that begin with this word, such as `OOM`. */
async function errorCount({ commands }: OneRedis, word: string): Promise<number> {
  const stats = await commands.info('errorstats');
  return Number(new RegExp(`^errorstat_${word}:count=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

/** Changes a setting of Redis for a while. @returns how often it has answered with this word */
async function whileSet(
  { one }: World,
  [name, value, usual]: readonly [name: string, value: string, usual: string],
  word: string,
  ms: number,
): Promise<number> {
  const before = await errorCount(one, word);
  await one.commands.config('SET', name, value);
  await delay(ms);
  const hits = (await errorCount(one, word)) - before;
  await one.commands.config('SET', name, usual);
  return hits;
}

/** Redis has no memory left: new work is refused, and what runs goes on. */
const full: Fault = {
  name: 'redis-full',
  rows: 'F10',
  victim: 'redis',
  on: ['single'],
  strike: (world, random) => whileSet(world, ['maxmemory', '1mb', '0'], 'OOM', random.between(1_500, 3_000)),
};

/** Redis takes no writes, for longer than a lease: as a master without its replicas does. */
const refusing: Fault = {
  name: 'redis-refuses-writes',
  rows: 'F22 F24',
  victim: 'redis',
  on: ['single'],
  strike: (world, random) =>
    whileSet(world, ['min-replicas-to-write', '1', '0'], 'NOREPLICAS', leaseMs + random.between(500, 2_000)),
};

/** Redis forgets all scripts, again and again. */
const scriptsForgotten: Fault = {
  name: 'scripts-forgotten',
  rows: 'F11',
  victim: 'redis',
  on: ['single'],
  async strike({ one }, random) {
    const before = await errorCount(one, 'NOSCRIPT');
    for (let times = random.between(10, 40); times > 0; times--) {
      await one.commands.script('FLUSH');
      await delay(50);
    }
    return (await errorCount(one, 'NOSCRIPT')) - before;
  },
};

/** Redis ends connections, some of them between a command and its answer. */
const connectionsEnded: Fault = {
  name: 'redis-ends-connections',
  rows: 'F8',
  victim: 'redis',
  on: ['single'],
  async strike({ one: { commands } }, random) {
    let ended = 0;
    for (let times = random.between(3, 10); times > 0; times--) {
      const own = String(await commands.client('ID'));
      const list = (await commands.client('LIST')) as string;
      const ids = [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id!).filter((id) => id !== own);
      if (ids.length > 0) ended += Number(await commands.client('KILL', 'ID', random.pick(ids)));
      await delay(100);
    }
    return ended;
  },
};

export const storageFaults = [full, refusing, scriptsForgotten, connectionsEnded];
