import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { features, graphArbitrary } from '../../model/arbitrary.ts';
import { ModelRunner } from '../../model/running/model-runner.ts';
import { patience, Troubles } from '../../model/running/troubles.ts';
import { Topology } from '../../model/topology.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

/** More of them, or one again: `npm run test:model`. */
const seed = 1;

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
  for (const graph of fc.sample(graphArbitrary(features, true), { seed, numRuns: 100 })) {
    assert.equal(await runner.accepts(graph), new Topology(graph).isValid(), JSON.stringify(graph));
  }
});

test('runs of random graphs are as the model says: every state, delivery, result, and the end', async (t) => {
  const { failures, ...found } = await runner.search({ runs: 300, seed });
  t.diagnostic(JSON.stringify(found));
  assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
});

test('so they are while state managers are killed, streams and connections end, and scripts are forgotten', async (t) => {
  const server = await startTestRedis();
  const steady = await startTestStateManager(server, patience);
  const troubles = new Troubles(server);
  const troubled = new ModelRunner(steady.address, () => troubles.addresses());
  await troubles.start(() => troubled.cut());
  t.after(async () => {
    await troubles.stop();
    await troubled.stop();
    await steady.stop();
    await server.stop();
  });
  const { failures, ...found } = await troubled.search({ runs: 150, seed: seed + 1 });
  const hits = { ...troubles.hits, resumed: troubled.resumed };
  t.diagnostic(JSON.stringify({ ...found, ...hits }));
  assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
  for (const [trouble, times] of Object.entries(hits)) assert.ok(times > 0, `nothing was ${trouble}`);
});
