/** The newest version of a graph, as whatever starts runs looks it up. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { NodeDefinition } from '../../../services/state-manager/domain/model/node.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import { nodeName, nodeTemplate } from '../../support/graphs.ts';
import { startStorage } from '../fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage } = fixture;
const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);

async function add(name: string, version: number, root: string): Promise<void> {
  const templateJson = JSON.stringify({ nodes: [nodeTemplate(root)] });
  await storage.catalog.addVersion({ namespace: 'default', name, version, templateJson, createdAt: 0 });
}

function definition(of: string): NodeDefinition {
  const schemas = { inputSchemaJson: '', outputSchemaJson: '' };
  const rest = { secrets: [], iteratorInputs: [], openFanOut: false, description: '' };
  return { name: nodeName(of), ...schemas, ...rest };
}

/** Commands that Redis has taken since `CONFIG RESETSTAT`, by name. */
async function commands(): Promise<Record<string, number>> {
  const stats = await redis.info('commandstats');
  const counts = [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)];
  return Object.fromEntries(counts.map(([, name, calls]) => [name!, Number(calls)]));
}

test('a version is found without the definition of its root, once for all that ask in one turn', async () => {
  await add('plain', 1, 'old');
  assert.equal((await runs.newest('default', 'plain'))?.version, 1);
  await redis.config('RESETSTAT');
  const found = await Promise.all([runs.newest('default', 'plain'), runs.newest('default', 'plain')]);
  assert.deepEqual(
    found.map((one) => one?.version),
    [1, 1],
  );
  assert.deepEqual(await commands(), { hget: 1 });
  assert.equal(await runs.newest('default', 'nobody'), undefined);
});

test('the root of a version comes with it, also when a newer one has another', async () => {
  await storage.catalog.registerNodes('default', ['old', 'new'].map(definition));
  await add('rooted', 1, 'old');
  const rootOf = async () => (await runs.newestWithRoot('default', 'rooted'))?.root?.name;
  assert.equal(await rootOf(), nodeName('old'));
  await redis.config('RESETSTAT');
  assert.equal(await rootOf(), nodeName('old'));
  assert.deepEqual(await commands(), { hget: 1, hmget: 1 });
  await add('rooted', 2, 'new');
  assert.equal(await rootOf(), nodeName('new'));
  assert.equal(await runs.newestWithRoot('default', 'nobody'), undefined);
});
