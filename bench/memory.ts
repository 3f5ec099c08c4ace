/** `npm run bench -- memory`: bytes of Redis' memory that runs of known shape take, and what follows for each part. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, defineNode, graph, Runtime } from '@fanout/runtime';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { root, stopProcesses } from '../scripts/processes.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { startBuiltStateManager } from './built.ts';

const width = z.object({ width: z.number().int() });
const Split = defineNode({
  name: 'SplitNode',
  inputs: width,
  outputs: z.object({}),
  run: ({ width }) => Array.from({ length: width }, () => ({})),
});
const Each = defineNode({ name: 'EachNode', inputs: z.object({}), outputs: z.object({}), run: () => ({}) });
const Merge = defineNode({ name: 'MergeNode', inputs: z.object({}), outputs: z.object({}), run: () => ({}) });

const nothing = graph('nothing', { inputs: width }, (g) => {
  g.start(Each, {});
});
const outputs = graph('outputs', { inputs: width }, (g) => {
  g.start(Split, { width: g.trigger.width });
});
const branches = graph('branches', { inputs: width }, (g) => {
  g.after(g.start(Split, { width: g.trigger.width }), Each, {});
});
/** Each branch has a scope and a uniting state of its own. */
const scopes = graph('scopes', { inputs: width }, (g) => {
  const each = g.after(g.start(Split, { width: g.trigger.width }), Each, {});
  g.unite(each, each, Merge, {});
});
const graphs = [nothing, outputs, branches, scopes];

/** Runs the benchmark and prints what it measured. @throws Error bad options; a run that fails. */
export async function benchMemory(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: { width: { type: 'string', default: '20000' }, json: { type: 'boolean', default: false } },
  });
  const count = Number(values.width);
  if (!Number.isInteger(count) || count < 1) throw new Error('--width is a whole number from 1');
  const folder = join(root, '.fanout', `bench-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const server = await startRedis({ folder, appendOnly: false });
  const { address } = await startBuiltStateManager(server.url);
  const redis = new Redis(server.url);
  const runtime = new Runtime({ nodes: [Split, Each, Merge], address, name: 'memory', log: () => undefined });
  await runtime.start();
  const client = new Client({ address });

  /** Memory that one run keeps, without what grows by itself. */
  const measure = async (name: string, width: number): Promise<number> => {
    const run = await client.trigger(name, { width });
    await client.result(run.id);
    let bytes = 0;
    for (const key of await redis.keys(`*${run.id}*`)) {
      bytes += Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'));
    }
    return bytes;
  };
  const measured: Record<string, number> = {};
  for (const each of graphs) {
    await client.upsert(each);
    measured[each.name] = await measure(each.name, count);
  }
  const per = (more: string, less: string) => Math.round((measured[more]! - measured[less]!) / count);
  const empty = '{}'.length;
  const perOutput = per('outputs', 'nothing') - empty;
  const perExecution = per('branches', 'outputs') - perOutput - empty;
  const perScope = per('scopes', 'branches') - perExecution - perOutput - empty;
  const line = {
    benchmark: 'memory',
    width: count,
    bytes: measured,
    bytes_per: { run: measured.nothing, execution: perExecution, output: perOutput, scope: perScope },
  };
  console.log(JSON.stringify(line, null, values.json ? undefined : 2));
  client.close();
  await runtime.stop();
  redis.disconnect();
  await stopProcesses();
}
