/** `npm run bench -- open-fan-out`: how soon the first branch has a result, and what a long stream costs. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@fanout/runtime';
import { pricing } from '../examples/open-fan-out/pricing.ts';
import { root, stopProcesses } from '../scripts/processes.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { startBuilt, startBuiltStateManager } from './built.ts';
import { cpuMicroseconds, peakMegabytes } from './usage.ts';

const pollMs = 2;

interface Catalogue {
  readonly pages: number;
  readonly page_size: number;
  readonly page_ms: number;
}

/** Milliseconds until the first product was priced, and until the total was there. */
async function measure(client: Client, graphName: string, catalogue: Catalogue) {
  const startedAt = performance.now();
  const run = await client.trigger(graphName, { ...catalogue });
  const ended = client.result(run.id);
  let firstMs = 0;
  while (firstMs === 0) {
    if (((await client.get(run.id)).counts[1]?.success ?? 0) > 0) firstMs = performance.now() - startedAt;
    else await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const [result] = await ended;
  const { products } = result!.output as { products: number };
  if (products !== catalogue.pages * catalogue.page_size) throw new Error(`${products} were priced`);
  return { firstMs: Math.round(firstMs), allMs: Math.round(performance.now() - startedAt) };
}

/** Runs the benchmark and prints what it measured. @throws Error bad options; a run that loses a branch. */
export async function benchOpenFanOut(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: { branches: { type: 'string', default: '200000' } },
  });
  const branches = Number(values.branches);
  if (!Number.isInteger(branches) || branches < 1_000)
    throw new Error('--branches is a whole number from 1000');
  const folder = join(root, '.fanout', `bench-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const redis = await startRedis({ folder, appendOnly: true });
  const stateManager = await startBuiltStateManager(redis.url);
  const { address } = stateManager;
  const start = (part: string) =>
    startBuilt('bench/open-fan-out-runtime.js', { name: part, arguments: [address, part] });
  const [readers, workers] = [await start('readers'), await start('workers')];
  const pids = {
    state_manager: stateManager.process.pid,
    reader: readers.pid,
    workers: workers.pid,
    redis: redis.process.pid,
  };

  const client = new Client({ address });
  const template = JSON.parse(JSON.stringify(pricing.template)) as { nodes: { node_name: string }[] };
  await client.upsert({ name: 'open', template });
  template.nodes[0]!.node_name = 'CatalogueListReader';
  await client.upsert({ name: 'list', template });

  const small = { pages: 20, page_size: 100, page_ms: 100 };
  for (const name of ['open', 'list', 'open', 'list'])
    console.log(name, JSON.stringify(await measure(client, name, small)));
  for (const pages of [branches / 10_000, branches / 1_000]) {
    const before = Object.entries(pids).map(([part, pid]) => [part, cpuMicroseconds(pid)] as const);
    const { allMs } = await measure(client, 'open', {
      pages: Math.ceil(pages),
      page_size: 1_000,
      page_ms: 0,
    });
    const count = Math.ceil(pages) * 1_000;
    const cpu = before.map(([part, used]) => [
      part,
      Math.round((cpuMicroseconds(pids[part as keyof typeof pids]) - used) / count),
    ]);
    const peak = Object.entries(pids).map(([part, pid]) => [part, peakMegabytes(pid)]);
    const line = { branches: count, seconds: allMs / 1_000, cpu_us_per_branch: Object.fromEntries(cpu) };
    console.log(JSON.stringify({ ...line, peak_memory_mb: Object.fromEntries(peak) }));
  }
  client.close();
  await stopProcesses();
}
