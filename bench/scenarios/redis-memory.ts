/** `redis-memory`: bytes of Redis' memory that runs of known shape keep, and what follows for each part. */
import { Redis } from 'ioredis';
import { startFanout } from '../contenders/fanout.ts';
import type { Scenario } from '../harness/scenario.ts';

/** Bytes of JSON of an output of these shapes. */
const payload = '{}'.length;

export const redisMemory: Scenario = {
  name: 'redis-memory',
  summary: 'what ended runs of known shape keep in Redis beside their JSON, each with so many outputs',
  headline: 'bytes.branch',
  figures: [
    {
      name: 'bytes',
      meaning:
        'of the memory of all keys of a run, for each part beside its JSON. A branch is an output, the execution that takes it, and its output',
      better: 'lower',
    },
  ],
  sizes: { usual: [{ width: 20_000 }], full: [{ width: 20_000 }, { width: 100_000 }] },
  rounds: 1,
  absolute: ['bytes.run', 'bytes.execution', 'bytes.output', 'bytes.scope', 'bytes.branch'],
  async open({ folder }) {
    const { redisUrl, client } = await startFanout({ folder });
    const redis = new Redis(redisUrl, { retryStrategy: () => null });
    /** Runs a graph, and adds up the memory that its run keeps. */
    const bytesOf = async (shape: string, width: number): Promise<number> => {
      const { runId } = await client.do<{ runId: string }>(shape, { width });
      let bytes = 0;
      for (const key of await redis.keys(`*${runId}*`)) {
        bytes += Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'));
      }
      return bytes;
    };
    return [
      {
        name: 'fanout',
        async measure({ width = 0 }) {
          const run = await bytesOf('nothing', width);
          const outputs = await bytesOf('outputs', width);
          const branches = await bytesOf('branches', width);
          const scopes = await bytesOf('scopes', width);
          const output = (outputs - run) / width - payload;
          const execution = (branches - outputs) / width - output - payload;
          const scope = (scopes - branches) / width - execution - output - payload;
          const branch = (branches - run) / width - 2 * payload;
          return {
            'bytes.run': run,
            'bytes.execution': execution,
            'bytes.output': output,
            'bytes.scope': scope,
            'bytes.branch': branch,
          };
        },
      },
    ];
  },
};
