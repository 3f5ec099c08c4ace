/** Nodes stay registered while a runtime offers them or a graph names them, and go a retention later. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ListNodesResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_NODE_RETENTION_MS: '5000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

async function registered(): Promise<(string | undefined)[]> {
  const { nodes = [] } = await system.client.call<ListNodesResponse__Output>((...more) =>
    system.client.nodes.listNodes({}, ...more),
  );
  return nodes.map(({ definition }) => definition?.name);
}

test('a node of a connected runtime stays, and one that nobody offers goes unless a graph names it', async () => {
  await system.client.upsert('graph', { nodes: [nodeTemplate('named')] });
  await system.connect(['StaysNode']);
  const leaving = await system.connect(['NamedNode', 'GoesNode']);
  assert.deepEqual(await registered(), ['GoesNode', 'NamedNode', 'StaysNode']);
  await leaving.cut();
  await eventually(async () => !(await registered()).includes('GoesNode'));
  assert.deepEqual(await registered(), ['NamedNode', 'StaysNode']);
});
