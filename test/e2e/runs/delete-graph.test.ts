/** Deleting graphs: refused while they run, and nothing of an earlier life comes back. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { DeleteGraphResponse__Output, GetGraphResponse__Output } from '@fanout/proto';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
after(() => system.stop());
const { client } = system;

const remove = (name: string) =>
  client.call<DeleteGraphResponse__Output>((...more) => client.graphs.deleteGraph({ name }, ...more));
const read = (name: string, version = 0) =>
  client.call<GetGraphResponse__Output>((...more) => client.graphs.getGraph({ name, version }, ...more));

test('a graph is deleted with all its versions, once nothing of it runs', async () => {
  const runtime = await system.connect(['OnlyNode']);
  await client.upsert('one', { nodes: [nodeTemplate('only')] });
  await client.upsert('one', { nodes: [nodeTemplate('only', [], { timeout_ms: 60_000 })] });
  const runId = await client.trigger('one');
  const assignment = await runtime.assignment();
  await assert.rejects(remove('one'), (error: Error) => error.message.includes(`run ${runId}`));
  runtime.reportExecuted(assignment, [{ value: 1 }]);
  await client.end(runId);

  assert.equal((await remove('one')).versions, 2);
  await assert.rejects(remove('one'), /there is no graph "one"/);
  await assert.rejects(client.trigger('one'), /there is no graph "one"/);
  await assert.rejects(read('one'), /there is no graph "one"/);
  await assert.rejects(read('one', 2), /there is no version 2/);
  const { run, outputs } = await client.end(runId);
  assert.deepEqual([run.graphName, outputs], ['one', [{ value: 1 }]], 'a run that has ended stays');
});

test('a graph of the same name begins a new life, and keeps counting its versions', async () => {
  const { graph } = await client.upsert('one', { nodes: [nodeTemplate('other')] });
  assert.equal(graph?.version, 3);
  assert.equal((await read('one')).graph?.version, 3);
  await assert.rejects(read('one', 1), /there is no version 1/);
});
