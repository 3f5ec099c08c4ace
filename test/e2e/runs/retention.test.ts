/** Finished runs expire, with every key they had: docs/rules/delivery.md, Keys and shards. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { GetUsageResponse__Output } from '@fanout/proto';
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

test('a cancelled run is kept for a day if its graph does not say less, and for longer once it is retried', async () => {
  const days = async (runId: string) => {
    const [endedAt, removedAt] = await Promise.all([
      redis.hget(`{fanout.0}:run:${runId}`, 'ended'),
      redis.zscore('{fanout.0}:retiring', runId),
    ]);
    return (Number(removedAt) - Number(endedAt)) / 86_400_000;
  };
  const runtime = await system.connect(['FirstNode', 'SecondNode']);
  await client.upsert('chain', { nodes: [nodeTemplate('first', ['second']), nodeTemplate('second')] });
  const runId = await client.trigger('chain');
  runtime.reportExecuted(await runtime.assignment(), [{ a: 1 }]);
  await runtime.assignment();
  await client.call((...more) => client.runs.cancelRun({ runId }, ...more));
  assert.equal((await client.end(runId)).status, 'CANCELLED');
  assert.equal(await days(runId), 1);
  await client.call((...more) => client.runs.retryRun({ runId }, ...more));
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  assert.equal(await days(runId), 7);
});

test('a cancelled run goes when the time of the server for those is over, and its bytes count no more', async (t) => {
  const brief = await startSystem({ FANOUT_CANCELLED_RETENTION_MS: '300' });
  t.after(() => brief.stop());
  const bytes = async () => {
    const { quotas = [] } = await brief.client.call<GetUsageResponse__Output>((...more) =>
      brief.client.admin.getUsage({ namespace: 'default' }, ...more),
    );
    return Number(quotas.find(({ quota }) => quota === 'QUOTA_BYTES')?.used);
  };
  await brief.client.upsert('long', {
    limits: { retention_ms: 86_400_000 },
    nodes: [nodeTemplate('nobody')],
  });
  const runId = await brief.client.trigger('long', { text: 'x'.repeat(1_000) });
  assert.ok((await bytes()) > 1_000);
  await brief.client.call((...more) => brief.client.runs.cancelRun({ runId }, ...more));
  await eventually(async () => (await bytes()) === 0);
  await assert.rejects(brief.client.run(runId), /there is no run/);
});
