/** `idle`: what a system takes while nothing happens. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type FanoutSystem, startFanout, usualRuntime } from '../contenders/fanout.ts';
import type { Sample } from '../harness/sample.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { cpuOf } from '../harness/usage.ts';

async function commandsOf(redis: Redis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

function idleSubject(name: string, { redisUrl, parts }: FanoutSystem): Subject {
  const redis = new Redis(redisUrl, { retryStrategy: () => null });
  return {
    name,
    async measure({ seconds = 0 }): Promise<Sample> {
      const before = await commandsOf(redis);
      const { state_manager = 0, redis: redisPid = 0 } = parts;
      const watched = { state_manager, redis: redisPid };
      const cpu = await cpuOf(watched, { figure: 'cpu_percent', unitUs: seconds * 1e4 }, () =>
        delay(seconds * 1_000),
      );
      // Reading it is a command as well.
      const commands = (await commandsOf(redis)) - before - 1;
      return { ...cpu, redis_commands_per_second: commands / seconds };
    },
  };
}

export const idle: Scenario = {
  name: 'idle',
  summary:
    'so many seconds in which nothing happens, with one runtime, and with many connections and watches',
  headline: 'redis_commands_per_second',
  figures: [
    {
      name: 'redis_commands_per_second',
      meaning: 'commands that Redis counts, those of scripts included',
      better: 'lower',
    },
    { name: 'cpu_percent', meaning: 'share of one processor', better: 'lower' },
  ],
  sizes: { usual: [{ seconds: 5, connections: 100, watches: 10_000 }] },
  warmUpSizes: { seconds: 5 },
  async open({ folder, sizes: { connections = 0, watches = 0 } }) {
    const nothing = await startFanout({ folder: join(folder, 'nothing') });
    const connected = await startFanout({
      folder: join(folder, 'connected'),
      runtimes: [usualRuntime(connections)],
    });
    await connected.client.do('watchIdle', { watches });
    return [idleSubject('nothing', nothing), idleSubject('connected', connected)];
  },
};
