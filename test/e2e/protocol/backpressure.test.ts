import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ConnectRequest } from '@fanout/proto';
import { Redis } from 'ioredis';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem({ FANOUT_MAX_FRAME_BYTES: '1000000', FANOUT_MAX_OUTPUT_BYTES: '100000' });
  redis = new Redis(system.redis.url);
});
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

test('what a runtime sends while storage is held up waits with the runtime, and all of it is answered', async () => {
  const flooding = await system.connect(['FloodNode']);
  const beside = await system.connect(['BesideNode']);
  const runId = await system.client.start('flood', {
    nodes: [nodeTemplate('flood', [], { node_name: 'FloodNode' })],
  });
  const { stateId = '', leaseToken = '' } = await flooding.assignment();
  const lease = { stateId, leaseToken };
  const count = 300;
  const outputs = [{ outputJson: JSON.stringify({ text: 'x'.repeat(99_000) }) }];

  await redis.call('CLIENT', 'PAUSE', '500', 'ALL');
  // The same chunk each time, so that what is stored stays small.
  const chunk: ConnectRequest = { emits: { items: [{ ...lease, firstIndex: 0, outputs }] } };
  for (let i = 0; i < count; i++) flooding.send(chunk);
  flooding.report(lease, { executed: { emitCount: 1 } });
  beside.send({ ping: { nonce: 5 } });
  assert.equal((await beside.next('pong', 1_000)).nonce, 5, 'other streams are read all the while');

  const acks = await flooding.acks(count + 1, 30_000);
  assert.ok(acks.every(({ status }) => status === 'ACK_STATUS_ACCEPTED'));
  assert.ok(acks.at(-1)?.isEmit !== true, 'the report comes last');
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});
