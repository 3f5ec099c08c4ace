/** `closing-early`: a unite is decided while very many branches are unfinished. */
import { Redis } from 'ioredis';
import { startFanout } from '../contenders/fanout.ts';
import type { Sample } from '../harness/sample.ts';
import type { Scenario } from '../harness/scenario.ts';

/** Number of the calls of scripts since the slow log was reset, and their milliseconds. */
async function readSteps(redis: Redis): Promise<Sample> {
  const log = (await redis.call('SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][];
  const ms = log.filter(([, , , [name]]) => /^evalsha$/i.test(name ?? '')).map(([, , us]) => us / 1_000);
  const mean = ms.reduce((sum, each) => sum + each, 0) / ms.length;
  return {
    steps: ms.length,
    step_mean_ms: mean,
    step_max_ms: ms.reduce((most, each) => Math.max(most, each), 0),
  };
}

export const closingEarly: Scenario = {
  name: 'closing-early',
  summary: 'so many branches are unfinished, each requeued for an hour, when a quorum of 2 succeeds',
  headline: 'fired_ms',
  figures: [
    { name: 'fired_ms', meaning: 'until the uniting node runs, milliseconds', better: 'lower' },
    {
      name: 'cancelled_ms',
      meaning: 'until all other branches are CANCELLED, milliseconds',
      better: 'lower',
    },
    { name: 'steps', meaning: 'calls of scripts meanwhile', better: 'lower' },
    { name: 'step_mean_ms', meaning: 'their mean time in Redis, milliseconds', better: 'lower' },
    {
      name: 'step_max_ms',
      meaning: 'their longest time, milliseconds; a machine that does other things adds to it',
      better: 'lower',
    },
  ],
  sizes: { usual: [{ branches: 20_000 }], full: [{ branches: 100_000 }] },
  warmUpSizes: { branches: 10_000 },
  async open({ folder }) {
    const { redisUrl, client } = await startFanout({
      folder,
      runtimes: [],
      client: 'closing-early-client.js',
    });
    const redis = new Redis(redisUrl, { retryStrategy: () => null });
    await redis.config('SET', 'slowlog-log-slower-than', '0');
    await redis.config('SET', 'slowlog-max-len', '1000000');
    return [
      {
        name: 'fanout',
        async measure({ branches = 0 }) {
          await client.do('prepare', { branches });
          await redis.call('SLOWLOG', 'RESET');
          const { firedMs, cancelledMs } = await client.do<Record<'firedMs' | 'cancelledMs', number>>(
            'close',
            {
              branches,
            },
          );
          return { fired_ms: firedMs, cancelled_ms: cancelledMs, ...(await readSteps(redis)) };
        },
      },
    ];
  },
};
