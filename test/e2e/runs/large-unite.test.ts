/** Runs of a graph whose uniting node is handed far more than the branches that it unites. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { answerAtOnce, ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const width = 2_000;
const graph: TestGraph = {
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge'], { inputs: { number: expression('split.outputs.number') } }),
    nodeTemplate('merge', [], {
      inputs: { texts: expression('work.outputs.text') },
      unites: { identifier: 'split' },
    }),
  ],
};

let system: TestSystem;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

test('branches are read as many at a time after a unite of much as before it', async (t) => {
  const redis = new Redis(system.redis.url);
  t.after(() => redis.disconnect());
  const runtime = new ResumingRuntime({
    addresses: () => [system.stateManager.address],
    nodes: ['SplitNode', 'WorkNode', 'MergeNode'].map((name) => ({ name })),
    capacity: 200,
    take: answerAtOnce(({ nodeName, inputsJson = '{}' }) => {
      if (nodeName === 'SplitNode') return Array.from({ length: width }, (_, number) => ({ number }));
      if (nodeName === 'WorkNode') return [{ text: 'x'.repeat(1_500) }];
      return [{ count: JSON.parse(inputsJson).texts.length }];
    }),
  });
  t.after(() => runtime.stop());
  await system.client.upsert('large-unite', graph);
  const reads: number[] = [];
  for (let run = 0; run < 3; run++) {
    await redis.config('RESETSTAT');
    const { outputs } = await system.client.end(await system.client.trigger('large-unite'));
    assert.deepEqual(outputs, [{ count: width }]);
    reads.push(Number(/^cmdstat_hmget:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1]));
  }
  t.diagnostic(`${reads} reads`);
  // The first run does not know yet how much a branch needs.
  assert.ok(reads[2]! <= 1.5 * reads[0]!, `${reads} reads`);
});
