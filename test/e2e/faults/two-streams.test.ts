/** Two streams that resume one session at the same moment. */
import { after, test } from 'node:test';
import { eventually, never } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem({ FANOUT_LEASE_MS: '400', FANOUT_GRACE_MS: '5000' });
after(() => system.stop());

test('of two streams that resume a session at once one stays, and goes on getting work', async () => {
  const hello = { nodes: [{ name: 'SingleNode' }], protocolVersion: 1, runtimeName: 'raw', language: 'test' };
  await system.client.upsert('single', { nodes: [nodeTemplate('single')] });
  for (let round = 0; round < 4; round++) {
    const first = system.open();
    const { sessionId = '' } = await first.hello(hello);
    await first.cut();
    const streams = [system.open(), system.open()];
    const ended = streams.map(() => false);
    streams.forEach((stream, i) => {
      void stream.ended.then(() => {
        ended[i] = true;
      });
      stream.send({ hello: { ...hello, sessionId, capacity: { total: 10 } } });
    });
    await eventually(() => ended.filter(Boolean).length === 1);
    const stays = streams[ended.indexOf(false)]!;
    let nonce = 0;
    // It is kept for longer than its lease.
    await never(
      600,
      async () => {
        stays.send({ ping: { nonce: ++nonce } });
        await stays.next('pong');
        return ended.every(Boolean);
      },
      { intervalMs: 50 },
    );
    await system.client.trigger('single');
    stays.reportExecuted(await stays.assignment(), [{}]);
    await stays.ack();
    await stays.goodbye();
  }
});
