/**
 * `npm run test:model -- [--runs N] [--seed S] [--path P] [--graph JSON] [--only FEATURE,…] [--troubles]`: more random
 * graphs, or one again, of a path or as a failure prints it; with troubles, while state managers and connections die.
 */
import { parseArgs } from 'node:util';
import { startTestRedis } from '../support/redis.ts';
import { startTestStateManager } from '../support/state-manager.ts';
import { type Feature, features } from './arbitrary.ts';
import type { ModelGraph } from './model-graph.ts';
import { ModelRunner } from './running/model-runner.ts';
import { patience, Troubles } from './running/troubles.ts';

/** A Redis and a state manager serve so many, then fresh ones: finished runs stay for a while. */
const batch = 500;
const maxShown = 6;

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
    graph: { type: 'string' },
    only: { type: 'string' },
    troubles: { type: 'boolean', default: false },
  },
});
const asked = values.only?.split(',').filter((each) => each !== '') ?? features;
const unknown = asked.filter((each) => !features.includes(each as Feature));
if (unknown.length > 0) throw new Error(`--only ${unknown}: choose among ${features.join(', ')}`);

const isOne = values.path !== undefined || values.graph !== undefined;
const runs = Number(values.runs ?? (isOne ? 1 : 1_000));
const startedAt = performance.now();
const totals = { graphs: 0, states: 0, fired: 0, givenUp: 0, closedEarly: 0 };
for (let seed = Number(values.seed); totals.graphs < runs; seed++) {
  const redis = await startTestRedis();
  const manager = await startTestStateManager(redis, values.troubles ? patience : {});
  const troubles = values.troubles ? new Troubles(redis) : undefined;
  const runner = new ModelRunner(manager.address, troubles && (() => troubles.addresses()));
  await troubles?.start(() => runner.cut());
  const { failures, ...found } = await runner.search({
    runs: Math.min(batch, runs - totals.graphs),
    seed,
    asked: asked as Feature[],
    ...(values.path !== undefined && { path: values.path }),
    ...(values.graph !== undefined && { graph: JSON.parse(values.graph) as ModelGraph }),
  });
  await troubles?.stop();
  await runner.stop();
  await manager.stop();
  await redis.stop();
  for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += found[name];
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(
    `seed ${seed}: ${found.graphs} graphs, ${failures.length} differ; ${JSON.stringify(totals)} in ${seconds} s`,
  );
  if (troubles) console.log(`  troubles: ${JSON.stringify({ ...troubles.hits, resumed: runner.resumed })}`);
  for (const failure of failures.slice(0, maxShown)) console.log(`\n${failure}`);
  if (failures.length > 0) process.exitCode = 1;
  if (failures.length > 0) break;
}
