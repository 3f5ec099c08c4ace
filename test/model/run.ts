/**
 * `npm run test:model -- [--runs N] [--seed S] [--path P] [--graph JSON] [--only FEATURE,…] [--troubles]`: more random
 * graphs, or one again, of a path or as a failure prints it; with troubles, while state managers and connections die; with
 * `--language python` or `go`, on the runtime of that language.
 *
 * `npm run test:model -- --steering [--runs N] [--seed S] [--path P] [--case JSON] [--troubles]`: more runs that are
 * steered while nodes fail, and healed; with `--any-order` those in which the order of events decides. `--cancelling`
 * instead of `--steering`: runs of which a part is cancelled.
 */
import { parseArgs } from 'node:util';
import '../support/exit-when-done.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startTestStateManager } from '../support/state-manager.ts';
import { type Feature, features } from './arbitrary.ts';
import { type HostCommand, type Language, languages, prepareHost } from './hosts/languages.ts';
import type { ModelGraph } from './model-graph.ts';
import { HostedRuntime } from './running/hosted-runtime.ts';
import { ModelRunner } from './running/model-runner.ts';
import { patience, Troubles } from './running/troubles.ts';
import { SteeringRunner } from './steering/steering-runner.ts';

/** A Redis and a state manager serve so many, then fresh ones: finished runs stay for a while. */
const batch = 500;
const maxShown = 6;

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
    graph: { type: 'string' },
    case: { type: 'string' },
    only: { type: 'string' },
    language: { type: 'string' },
    troubles: { type: 'boolean', default: false },
    steering: { type: 'boolean', default: false },
    'any-order': { type: 'boolean', default: false },
    cancelling: { type: 'boolean', default: false },
  },
});
const asked = values.only?.split(',').filter((each) => each !== '') ?? features;
const unknown = asked.filter((each) => !features.includes(each as Feature));
if (unknown.length > 0) throw new Error(`--only ${unknown}: choose among ${features.join(', ')}`);

const isSteered = values.steering || values.cancelling;
if (isSteered && values.language !== undefined)
  throw new Error(
    '--language: steered runs have a runtime of their own; leave out --steering and --cancelling',
  );
const host = values.language === undefined ? undefined : hostIn(values.language);

/** @throws Error there is no such host, or the language is not there */
function hostIn(language: string): HostCommand {
  if (!languages.includes(language as Language))
    throw new Error(`--language ${language}: choose among ${languages.join(', ')}`);
  const prepared = prepareHost(language as Language);
  if (prepared.missing !== undefined) throw new Error(`--language ${language}: ${prepared.missing}`);
  return prepared;
}

interface Batch {
  readonly runs: number;
  readonly seed: number;
  readonly path?: string;
}

interface Outcome {
  readonly runs: number;
  readonly failures: readonly string[];
  /** Numbers to add up and show. */
  readonly found: Readonly<Record<string, number>>;
}

type Others = () => readonly string[];

/** A runner of graphs, or of graphs that are steered, and its search. */
async function startRunner(redis: TestRedis, address: string, others: Others | undefined) {
  return isSteered ? startSteering(redis, address, others) : startRunning(address, others);
}

async function startRunning(address: string, others: Others | undefined) {
  const hosted = host && (await HostedRuntime.start(host, address, others));
  const runner = new ModelRunner(address, others, hosted);
  const graph = values.graph === undefined ? undefined : (JSON.parse(values.graph) as ModelGraph);
  const search = async (sample: Batch): Promise<Outcome> => {
    const request = { ...sample, asked: asked as Feature[], ...(graph && { graph }) };
    const { failures, ...found } = await runner.search(request);
    return { runs: found.graphs, failures, found };
  };
  return { runner, search };
}

function startSteering(redis: TestRedis, address: string, others: Others | undefined) {
  const runner = new SteeringRunner(redis, address, others);
  const only = values.case === undefined ? undefined : JSON.parse(values.case);
  const search = async (batch: Batch): Promise<Outcome> => {
    const sample = { ...batch, ...(only !== undefined && { only }) };
    const { failures, calls, ...found } = await (values.cancelling
      ? runner.searchCancelled(sample)
      : values['any-order']
        ? runner.searchAnyOrder(sample)
        : runner.search(sample));
    return { runs: found.runs, failures, found: { ...found, ...calls } };
  };
  return { runner, search };
}

const isOne = values.path !== undefined || values.graph !== undefined || values.case !== undefined;
const runs = Number(values.runs ?? (isOne ? 1 : 1_000));
const startedAt = performance.now();
const totals: Record<string, number> = {};
let done = 0;
for (let seed = Number(values.seed); done < runs; seed++) {
  const redis = await startTestRedis();
  const manager = await startTestStateManager(redis, values.troubles || isSteered ? patience : {});
  const troubles = values.troubles ? new Troubles(redis) : undefined;
  const others = troubles && (() => troubles.addresses());
  const { runner, search } = await startRunner(redis, manager.address, others);
  await troubles?.start(() => runner.cut());
  const sample = { runs: Math.min(batch, runs - done), seed };
  const outcome = await search(values.path === undefined ? sample : { ...sample, path: values.path });
  const { runs: count, failures, found } = outcome;
  await troubles?.stop();
  await runner.stop();
  await manager.stop();
  await redis.stop();
  done += count;
  for (const [name, value] of Object.entries(found)) totals[name] = (totals[name] ?? 0) + value;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(
    `seed ${seed}: ${count} runs, ${failures.length} differ; ${JSON.stringify(totals)} in ${seconds} s`,
  );
  if (troubles) console.log(`  troubles: ${JSON.stringify({ ...troubles.hits, resumed: runner.resumed })}`);
  for (const failure of failures.slice(0, maxShown)) console.log(`\n${failure}`);
  if (failures.length > 0) process.exitCode = 1;
  if (failures.length > 0) break;
}
