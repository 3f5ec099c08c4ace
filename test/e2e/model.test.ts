import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ModelCase, ModelRunner, modelCase } from '../model/model-runner.ts';
import { Random, randomGraph } from '../model/random-graph.ts';
import { Topology } from '../model/topology.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../support/state-manager.ts';

/** How many graphs are run, and from which seed on: a failure names the seed to replay. */
const wanted = Number(process.env.FANOUT_MODEL_RUNS ?? 300);
const firstSeed = Number(process.env.FANOUT_MODEL_SEED ?? 1);
const atOnce = 20;

let redis: TestRedis;
let manager: TestStateManager;
let runner: ModelRunner;

before(async () => {
  redis = await startTestRedis();
  manager = await startTestStateManager(redis);
  runner = new ModelRunner(manager.address);
});

after(async () => {
  await runner?.stop();
  await manager?.stop();
  await redis?.stop();
});

test('a graph is accepted exactly if the rules of the design say so', async () => {
  for (let seed = firstSeed; seed < firstSeed + 100; seed++) {
    const graph = randomGraph(new Random(seed));
    assert.equal(
      await runner.accepts(graph),
      new Topology(graph).isValid(),
      `seed ${seed}: ${JSON.stringify(graph)}`,
    );
  }
});

test('runs of random graphs end as the model says: statuses, results, and inputs of every uniting node', async (t) => {
  const cases: ModelCase[] = [];
  for (let seed = firstSeed; cases.length < wanted; seed++) {
    const one = modelCase(seed);
    if (one) cases.push(one);
  }
  const unites = cases.reduce((sum, { expected }) => sum + expected.unitedInputs.length, 0);
  const failures: Error[] = [];
  const rest = [...cases];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        await runner.check(next).catch((error: Error) => failures.push(error));
      }
    }),
  );
  t.diagnostic(`${cases.length} graphs, ${unites} firings`);
  assert.equal(
    failures.length,
    0,
    `${failures.length} of ${cases.length} differ; the first: ${failures[0]?.message}`,
  );
});
