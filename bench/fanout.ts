/** `npm run bench -- fanout`: one fan-out of no-op branches and their unite, from trigger to result. */
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@fanout/runtime';
import { root, stopProcesses } from '../scripts/processes.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { startBuilt, startBuiltStateManager } from './built.ts';
import { cpuMicroseconds, peakMegabytes } from './usage.ts';

const warmUpRuns = 5;
const measuredRuns = 3;
const graphName = 'fanout-unite';
const parts = ['state_manager', 'runtime', 'redis'] as const;
type Part = (typeof parts)[number];
type PerPart = Readonly<Record<Part, number>>;

interface Measurement {
  readonly seconds: number;
  readonly cpuMicroseconds: PerPart;
}

function perPart(measure: (part: Part) => number): PerPart {
  return { state_manager: measure('state_manager'), runtime: measure('runtime'), redis: measure('redis') };
}

async function measure(client: Client, pids: PerPart, branches: number): Promise<Measurement> {
  const before = perPart((part) => cpuMicroseconds(pids[part]));
  const startedAt = performance.now();
  const run = await client.trigger(graphName, { branches });
  const [result] = await client.result(run.id);
  const seconds = (performance.now() - startedAt) / 1000;
  const counted = (result?.output as { branches: number } | undefined)?.branches;
  if (counted !== branches) throw new Error(`the merger got ${counted} results of ${branches} branches`);
  return { seconds, cpuMicroseconds: perPart((part) => cpuMicroseconds(pids[part]) - before[part]) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function printTable(line: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(line)) {
    const shown = typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]];
    for (const [part, number] of shown) console.log(`${`${name} ${part}`.trim().padEnd(34)} ${number}`);
  }
}

/** Runs the benchmark and prints what it measured. @throws Error bad options; a run that fails or loses a branch. */
export async function benchFanout(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: {
      branches: { type: 'string', default: '10000' },
      concurrency: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  const branches = Number(values.branches);
  if (!Number.isInteger(branches) || branches < 1) throw new Error('--branches is a whole number from 1');

  const folder = join(root, '.fanout', `bench-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const redis = await startRedis({ folder, appendOnly: true });
  const stateManager = await startBuiltStateManager(redis.url);
  const { address } = stateManager;
  const runtime = await startBuilt('bench/runtime.js', {
    name: 'runtime',
    arguments: [address, values.concurrency],
  });
  const pids = { state_manager: stateManager.process.pid, runtime: runtime.pid, redis: redis.process.pid };

  const client = new Client({ address });
  const template = JSON.parse(readFileSync(join(root, `examples/graphs/${graphName}.json`), 'utf8'));
  await client.upsert({ name: graphName, template });
  // Compiles the code, connects, and fills the caches of scripts and graphs.
  for (let run = 1; run <= warmUpRuns; run++) await measure(client, pids, Math.min(branches, 10_000));
  const measurements: Measurement[] = [];
  for (let run = 1; run <= measuredRuns; run++) measurements.push(await measure(client, pids, branches));
  const median = measurements.sort((a, b) => a.seconds - b.seconds)[Math.floor(measuredRuns / 2)]!;

  const line = {
    benchmark: 'fanout',
    branches,
    seconds: round(median.seconds, 3),
    branches_per_second: Math.round(branches / median.seconds),
    cpu_us_per_branch: perPart((part) => round(median.cpuMicroseconds[part] / branches, 1)),
    peak_memory_mb: perPart((part) => peakMegabytes(pids[part])),
    runs: measuredRuns,
    node: process.version,
    cpus: cpus().length,
  };
  if (values.json) console.log(JSON.stringify(line));
  else printTable(line);
  client.close();
  await stopProcesses();
}
