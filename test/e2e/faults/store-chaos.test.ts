import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client } from '@fanout/runtime';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startRuntimeProcess } from '../../support/runtime-process.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

const redis = await startTestRedis();
after(() => redis.stop());

const graph: TestGraph = {
  store_config: { default_values: { done: 0 } },
  nodes: [
    nodeTemplate('store_source', ['store_count']),
    nodeTemplate('store_count', ['store_end'], {
      inputs: { number: expression('store_source.outputs.number') },
    }),
    nodeTemplate('store_end', [], {
      inputs: { done: expression('store.done') },
      unites: { identifier: 'store_source' },
    }),
  ],
};

test('1,000 branches that count with their reports count 1,000, whoever is killed meanwhile', async (t) => {
  const env = { FANOUT_LEASE_MS: '1000' };
  const [first, second] = [await startTestStateManager(redis, env), await startTestStateManager(redis, env)];
  t.after(() => Promise.all([first.stop(), second.stop()]));
  const start = (name: string, ...addresses: string[]) =>
    startRuntimeProcess({
      name,
      addresses,
      nodesFile: 'test/support/programs/store-nodes.ts',
      concurrency: 8,
    });
  const runtimes = await Promise.all([
    start('one', first.address, second.address),
    start('two', second.address, first.address),
    start('three', first.address, second.address),
    start('four', second.address, first.address),
  ]);
  t.after(() => Promise.all(runtimes.map((runtime) => runtime.stop())));
  const client = new Client({ address: second.address });
  t.after(() => client.close());
  await client.upsert({ name: 'count', template: graph });
  const width = 1_000;
  const { id } = await client.trigger('count', { width });
  const done = async () => Number((await client.store(id)).done);
  const reaches = (count: number) =>
    eventually(async () => (await done()) >= count, { intervalMs: 5, timeoutMs: 30_000 });

  await reaches(100);
  await runtimes[0].kill();
  await reaches(250);
  await first.kill();
  await reaches(400);
  await runtimes[1].kill();
  assert.ok((await done()) < width, 'the last one died before the end, else this proves nothing');

  const [result] = await client.result(id);
  assert.deepEqual(result?.output, { done: width });
  const { begun, done: counted, numbers } = await client.store(id);
  assert.equal(counted, width);
  assert.deepEqual(
    (numbers as number[]).sort((left, right) => left - right),
    Array.from({ length: width }, (_, number) => number),
  );
  assert.ok((begun as number) >= width);
  let again = 0;
  for await (const { attempt } of client.states(id, { identifier: 'store_count' })) if (attempt > 1) again++;
  assert.ok(again > 0, 'something was executed again');
  assert.deepEqual(await auditRun(redis, id, graph), []);
});
