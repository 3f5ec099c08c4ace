/** Nodes that no runtime offers any more go, unless a kept version of a graph names them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NodeDefinition } from '../../../services/state-manager/domain/model/node.ts';
import { oldVersions } from '../../../services/state-manager/engine/upkeep/old-versions.ts';
import { unseenNodes } from '../../../services/state-manager/engine/upkeep/unseen-nodes.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { quietLog, startStorage } from '../fixture.ts';
import { letVersionsBeDue, roundOf } from './round.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage, redis, keys } = fixture;
const { catalog } = storage;
const retentionMs = 60_000;

function definition(name: string): NodeDefinition {
  const schemas = { inputSchemaJson: '', outputSchemaJson: '' };
  return { name, ...schemas, secrets: [], iteratorInputs: [], openFanOut: false, description: '' };
}

/** Has nodes be unseen for so long. */
async function unseenFor(ms: number, ...members: string[]): Promise<void> {
  const at = (await catalog.now()) - ms;
  await redis.zadd(keys.seenNodes(), 'XX', ...members.flatMap((member) => [at, member]));
}

const registered = async (namespace: string) => (await redis.hkeys(keys.nodes(namespace))).sort();
const round = () => roundOf(unseenNodes({ storage: storage.reclaiming, retentionMs, log: quietLog }));

test('a node that no runtime has offered for the retention goes, in its namespace alone', async () => {
  for (const namespace of ['one', 'two'])
    await catalog.registerNodes(namespace, ['Old', 'Young', 'Again'].map(definition));
  await unseenFor(retentionMs + 1, 'one:Old', 'one:Again');
  await unseenFor(retentionMs - 30_000, 'one:Young');
  await catalog.seeNodes([{ namespace: 'one', name: 'Again' }]);
  await round();
  assert.deepEqual(await registered('one'), ['Again', 'Young']);
  assert.deepEqual(await registered('two'), ['Again', 'Old', 'Young']);
  assert.equal(await redis.zscore(keys.seenNodes(), 'one:Old'), null);
  await catalog.registerNodes('one', [definition('Old')]);
  assert.deepEqual(await registered('one'), ['Again', 'Old', 'Young']);
});

test('a node that a kept version names stays until that version goes', async () => {
  const namespace = 'named';
  await catalog.registerNodes(namespace, ['FirstNode', 'SecondNode', 'NoNode'].map(definition));
  const addVersion = (version: number, node: string) => {
    const template = { nodes: [nodeTemplate(node), nodeTemplate(`${node}2`)] };
    const templateJson = JSON.stringify(template);
    const nodeNames = template.nodes.map(({ node_name }) => node_name);
    const triggers = { schedules: [], after: [] };
    const graph = { namespace, name: 'graph', version, templateJson, createdAt: 0 };
    return catalog.addVersion(graph, triggers, { nodeNames, kept: 1 });
  };
  await addVersion(1, 'first');
  await addVersion(2, 'second');
  const all = ['FirstNode', 'SecondNode', 'NoNode'].map((name) => `${namespace}:${name}`);
  await unseenFor(retentionMs + 1, ...all);
  await round();
  assert.deepEqual(await registered(namespace), ['FirstNode', 'SecondNode']);
  // It is not looked at in every round.
  assert.deepEqual(await storage.reclaiming.unseenNodes(retentionMs, 10), []);

  const times = { roundMs: 60_000, usedMs: 0, unusedMs: 0 };
  for (let look = 0; look < 2; look++) {
    await letVersionsBeDue(fixture);
    await roundOf(oldVersions({ storage, log: quietLog, times }));
  }
  await unseenFor(2 * retentionMs, ...all);
  await round();
  assert.deepEqual(await registered(namespace), ['SecondNode']);
});

test('a node that is offered again while it is about to go is registered afterwards', async () => {
  const namespace = 'again';
  for (let i = 0; i < 50; i++) {
    await catalog.registerNodes(namespace, [definition('Node')]);
    await unseenFor(retentionMs + 1, `${namespace}:Node`);
    await Promise.all([round(), catalog.registerNodes(namespace, [definition('Node')])]);
    assert.deepEqual(await registered(namespace), ['Node']);
    assert.ok(Number(await redis.zscore(keys.seenNodes(), `${namespace}:Node`)) > 0);
  }
});

test('nodes that a namespace may not have leave nothing behind', async () => {
  const names = Array.from({ length: 50 }, (_, i) => definition(`Node${i}`));
  assert.equal(await catalog.registerNodes('full', names, 10), false);
  assert.deepEqual(
    (await redis.zrange(keys.seenNodes(), 0, -1)).filter((member) => member.startsWith('full:')),
    [],
  );
});

test('more nodes than one step takes go in one round', async () => {
  const names = Array.from({ length: 450 }, (_, i) => `Node${i}`);
  await catalog.registerNodes('many', names.map(definition));
  await unseenFor(retentionMs + 1, ...names.map((name) => `many:${name}`));
  await round();
  assert.deepEqual(await registered('many'), []);
});
