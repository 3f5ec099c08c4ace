/** Outputs that are staged and never committed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem({ FANOUT_RETENTION_MS: '500' });
  redis = new Redis(system.redis.url);
});
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

test('outputs that an attempt staged and did not commit go when their run goes', async () => {
  const runtime = await system.connect(['SourceNode']);
  const runId = await system.client.start('abandoned', {
    nodes: [nodeTemplate('source')],
    limits: { retention_ms: 500 },
  });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  const outputs = [{ outputJson: '{}' }, { outputJson: '{}' }];
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: 0, outputs }] } });
  await runtime.ack();
  const staged = () => redis.keys(`*:staged:${runId}:*`);
  assert.equal((await staged()).length, 1);
  runtime.report(
    { stateId, leaseToken },
    { errored: { code: 'BROKEN', message: 'after all', notRetryable: true } },
  );
  await eventually(async () => (await redis.exists(`{fanout.0}:run:${runId}`)) === 0);
  await eventually(async () => (await staged()).length === 0);
});
