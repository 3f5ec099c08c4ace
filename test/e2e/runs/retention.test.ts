/** Finished runs expire, with every key they had: docs/rules/delivery.md, Keys and shards. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
const redis = new Redis(system.redis.url);
after(async () => {
  redis.disconnect();
  await system.stop();
});
const { client } = system;

const template = {
  limits: { retention_ms: 300 },
  store_config: { default_values: { kept: 'as long as the run' } },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge'], { retry_policy: { max_retries: 0 } }),
    nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 60_000 } }),
  ],
};

const keys = async () =>
  (await redis.keys('*')).filter((key) => !/:(runtimes:|leases:|sessions$|streams$)/.test(key)).sort();

test('a run that has ended is removed after its retention, and nothing of it is left', async () => {
  const runtime = await system.connect(['SplitNode', 'WorkNode', 'MergeNode']);
  await client.upsert('short', template);
  const before = await keys();
  const runId = await client.trigger('short');
  const outputs = Array.from({ length: 600 }, (_, value) => ({ value }));
  runtime.reportExecuted(await runtime.assignment(), outputs);
  for (let done = 0; done < 601; ) {
    const { items = [] } = await runtime.next('assignments');
    for (const assignment of items) {
      if (done === 3) runtime.reportErrored(assignment, 'BAD', true);
      else runtime.reportExecuted(assignment, [{}]);
      done += 1;
    }
  }
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  await eventually(async () => {
    assert.deepEqual(await keys(), before);
    return true;
  });
  await assert.rejects(client.run(runId), /there is no run/);
  assert.deepEqual(await redis.zrange('{fanout.0}:retiring', 0, -1), []);
});

test('a run that is cancelled while nobody hosts its node is removed as well', async () => {
  await system.disconnect();
  await client.upsert('idle', { ...template, nodes: [nodeTemplate('nobody')] });
  await eventually(async () => !(await keys()).some((key) => key.endsWith(':names')));
  const before = await keys();
  const runId = await client.trigger('idle');
  await client.call((...more) => client.runs.cancelRun({ runId }, ...more));
  await eventually(async () => {
    assert.deepEqual(await keys(), before);
    return true;
  });
});

test('a graph that wants its runs kept for longer than the server allows has them kept for as long as that', async (t) => {
  const brief = await startSystem({ FANOUT_MAX_RETENTION_MS: '300' });
  t.after(() => brief.stop());
  await brief.client.upsert('long', {
    limits: { retention_ms: 86_400_000 },
    nodes: [nodeTemplate('nobody')],
  });
  const runId = await brief.client.trigger('long');
  await brief.client.call((...more) => brief.client.runs.cancelRun({ runId }, ...more));
  await eventually(() =>
    brief.client.run(runId).then(
      () => false,
      () => true,
    ),
  );
});
