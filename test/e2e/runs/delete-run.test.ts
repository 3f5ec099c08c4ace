/** Deleting a run that has ended, before its time is over. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

const remove = (runId: string) =>
  system.client.call((...more) => system.client.runs.deleteRun({ runId }, ...more));

test('a run that has ended goes with all that it has, and one that goes on is refused', async () => {
  const { client } = system;
  const runtime = await system.connect(['Gone.split', 'Gone.work']);
  const graph = {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Gone.split' }),
      nodeTemplate('work', [], { node_name: 'Gone.work' }),
    ],
  };
  const runId = await client.start('gone', graph);
  const root = await runtime.assignment();
  const early = await refusalOf(remove(runId));
  assert.deepEqual([early.code, early.reason], ['FAILED_PRECONDITION', 'RUN_NOT_ENDED']);
  assert.match(early.message, /cancel it first, or wait for its end/);
  runtime.reportExecuted(root, [{ text: 'x'.repeat(10_000) }, {}]);
  const [first, second] = await runtime.assignments(2);
  runtime.reportErrored(first!, 'BROKEN', true);
  runtime.reportExecuted(second!, [{}]);
  await client.end(runId);
  await remove(runId);
  assert.equal((await refusalOf(client.run(runId))).reason, 'RUN_NOT_FOUND');
  assert.equal((await refusalOf(remove(runId))).reason, 'RUN_NOT_FOUND');
  const redis = new Redis(system.redis.url);
  assert.deepEqual(await redis.keys(`*${runId}*`), []);
  redis.disconnect();
});

test('a run that was retried goes on, so that it is not deleted', async () => {
  const { client } = system;
  const runtime = await system.connect(['Again.work']);
  const runId = await client.start('again', {
    nodes: [nodeTemplate('work', [], { node_name: 'Again.work' })],
  });
  runtime.reportErrored(await runtime.assignment(), 'BROKEN', true);
  await client.end(runId);
  await client.call((...more) => client.runs.retryRun({ runId }, ...more));
  assert.equal((await refusalOf(remove(runId))).reason, 'RUN_NOT_ENDED');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  await remove(runId);
});
