/** `npm run bench -- closing-early`: a unite is decided while very many branches are unfinished. */
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, defineNode, graph, RequeueAfter, Runtime } from '@fanout/runtime';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { root, stopProcesses } from '../scripts/processes.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { startBuiltStateManager } from './built.ts';

const pollMs = 50;
/** Branches that succeed, all of them when they are told to. */
const quorum = 2;

/** `go`: the quorum succeeds; `merged`: the uniting node runs. */
const events = new EventEmitter();

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ width: z.number().int() }),
  outputs: z.object({ index: z.number().int() }),
  run: ({ width }) => Array.from({ length: width }, (_, index) => ({ index })),
});
const Wait = defineNode({
  name: 'WaitNode',
  inputs: z.object({ index: z.number().int() }),
  outputs: z.object({}),
  run: async ({ index }) => {
    if (index >= quorum) throw new RequeueAfter('1h');
    await once(events, 'go');
    return {};
  },
});
const Merge = defineNode({
  name: 'MergeNode',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => {
    events.emit('merged');
    return {};
  },
});
const firstOnes = graph('first-ones', { inputs: z.object({ width: z.number().int() }) }, (g) => {
  const split = g.start(Split, { width: g.trigger.width });
  const wait = g.after(split, Wait, { index: split.out.index });
  g.unite(split, wait, Merge, {}, { strategy: 'QUORUM', minSuccess: quorum });
});

/** Milliseconds and number of the calls of scripts since the log was reset. */
async function readSteps(redis: Redis) {
  const log = (await redis.call('SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][];
  const ms = log.filter(([, , , [name]]) => /^evalsha$/i.test(name ?? '')).map(([, , us]) => us / 1_000);
  const mean = ms.reduce((sum, each) => sum + each, 0) / ms.length;
  return { count: ms.length, mean_ms: Number(mean.toFixed(2)), max_ms: Math.max(...ms) };
}

/** Runs the benchmark and prints what it measured. @throws Error bad options; a run that fails. */
export async function benchClosingEarly(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: { branches: { type: 'string', default: '100000' } },
  });
  const branches = Number(values.branches);
  if (!Number.isInteger(branches) || branches <= quorum) {
    throw new Error(`--branches is a whole number above ${quorum}`);
  }
  const folder = join(root, '.fanout', `bench-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const server = await startRedis({ folder, appendOnly: true });
  const { address } = await startBuiltStateManager(server.url);
  const redis = new Redis(server.url);
  await redis.config('SET', 'slowlog-log-slower-than', '0');
  await redis.config('SET', 'slowlog-max-len', '1000000');
  const runtime = new Runtime({
    nodes: [Split, Wait, Merge],
    address,
    concurrency: 2_000,
    log: () => undefined,
  });
  await runtime.start();
  const client = new Client({ address });
  await client.upsert(firstOnes);

  const waitFor = async (runId: string, status: 'created' | 'cancelled') => {
    while (((await client.get(runId)).counts[1]?.[status] ?? 0) < branches - quorum) await delay(pollMs);
  };
  for (let round = 1; round <= 3; round++) {
    const run = await client.trigger('first-ones', { width: branches });
    await waitFor(run.id, 'created');
    await redis.call('SLOWLOG', 'RESET');
    const startedAt = performance.now();
    const since = () => Math.round(performance.now() - startedAt);
    const merged = once(events, 'merged');
    events.emit('go');
    await merged;
    const firedMs = since();
    await waitFor(run.id, 'cancelled');
    const line = { branches, fired_ms: firedMs, cancelled_ms: since(), steps: await readSteps(redis) };
    console.log(JSON.stringify({ benchmark: 'closing-early', round, ...line }));
  }
  client.close();
  await runtime.stop();
  redis.disconnect();
  await stopProcesses();
}
