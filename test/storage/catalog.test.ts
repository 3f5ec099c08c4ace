import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { GraphVersion } from '../../services/state-manager/domain/model/graph.ts';
import type { ConnectedRuntime, NodeDefinition } from '../../services/state-manager/domain/model/node.ts';
import { Tokens } from '../../services/state-manager/engine/catalog/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { dumpAll, startStorage } from './fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { catalog } = fixture.storage;
const other = (await fixture.open()).catalog;

function graph(version: number, templateJson = '{}', name = 'orders'): GraphVersion {
  return { namespace: 'default', name, version, templateJson, createdAt: 1_000 + version };
}

function definition(name: string, fields: Partial<NodeDefinition> = {}): NodeDefinition {
  const schemas = { inputSchemaJson: '', outputSchemaJson: '' };
  return { name, ...schemas, secrets: [], iteratorInputs: [], openFanOut: false, description: '', ...fields };
}

const firstPage = { pageSize: 100, pageToken: '' };

test('every version of a graph stays, and the newest is the one that was added last', async () => {
  assert.equal(await catalog.latestVersion('default', 'orders'), undefined);
  assert.equal(await catalog.addVersion(graph(1, '{"a":[]}')), true);
  assert.equal(await catalog.addVersion(graph(2)), true);
  assert.deepEqual(await catalog.latestVersion('default', 'orders'), graph(2));
  assert.deepEqual(await catalog.version('default', 'orders', 1), graph(1, '{"a":[]}'));
  assert.equal(await catalog.version('default', 'orders', 3), undefined);
  assert.equal(await catalog.version('elsewhere', 'orders', 1), undefined);
  await catalog.addVersion(graph(1, '{}', 'invoices'));
  const listed = await catalog.graphs('default', firstPage);
  assert.deepEqual(listed, { items: [graph(1, '{}', 'invoices'), graph(2)] });
});

test('a page of a list ends at its bytes, and at least one item is on it', async () => {
  const description = 'x'.repeat(1_000);
  const names = ['A', 'B', 'C', 'D'];
  await catalog.registerNodes(
    'pages',
    names.map((name) => definition(name, { description })),
  );
  const pages: string[][] = [];
  let pageToken = '';
  do {
    const page = await catalog.nodes('pages', { pageSize: 3, pageToken, maxBytes: 2_600 });
    pages.push(page.items.map((node) => node.definition.name));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual(pages, [
    ['A', 'B'],
    ['C', 'D'],
  ]);
  const [first] = (await catalog.nodes('pages', { ...firstPage, maxBytes: 1 })).items;
  assert.equal(first?.definition.name, 'A');
  assert.ok((await catalog.nodeBytes('pages', [...names, 'E'])) > 4_000);
});

test('two state managers that add the same version at once: one has added it', async () => {
  const [left, right] = await Promise.all([
    catalog.addVersion(graph(3, '"l"')),
    other.addVersion(graph(3, '"r"')),
  ]);
  assert.equal(Number(left) + Number(right), 1);
  assert.equal((await catalog.latestVersion('default', 'orders'))?.templateJson, left ? '"l"' : '"r"');
});

test('the sealed secrets of a version stay with it, and are replaced by the same ones sealed anew', async () => {
  const sealed = (keyId: string) => ({ A: { keyId, nonce: 'bm9uY2U=', sealed: 'c2VhbGVk' } });
  const first = { ...graph(1, '{"secrets":{"A":"***"}}', 'sealed'), sealedSecrets: sealed('old') };
  await catalog.addVersion(first);
  await catalog.addVersion(graph(2, '{}', 'sealed'));
  assert.deepEqual(await other.version('default', 'sealed', 1), first);
  await other.resealVersion({ ...first, sealedSecrets: sealed('new') });
  assert.deepEqual(await catalog.version('default', 'sealed', 1), { ...first, sealedSecrets: sealed('new') });
  assert.deepEqual(await catalog.latestVersion('default', 'sealed'), graph(2, '{}', 'sealed'));
});

test('a node that is registered again as it is changes nothing, another definition takes its place', async () => {
  await catalog.registerNodes('default', [definition('B'), definition('A')]);
  // When they were seen is kept beside them.
  const dump = async () => {
    const all = await dumpAll(fixture.redis);
    all.delete(fixture.keys.seenNodes());
    return all;
  };
  const before = await dump();
  await other.registerNodes('default', [definition('A'), definition('B')]);
  await other.registerNodes('default', []);
  assert.deepEqual(await dump(), before);
  const changed = definition('A', { secrets: ['key'] });
  await other.registerNodes('default', [changed]);
  assert.deepEqual(await catalog.nodesNamed('default', ['A', 'C', 'B']), [
    changed,
    undefined,
    definition('B'),
  ]);
  assert.deepEqual(
    (await catalog.nodes('default', firstPage)).items.map(({ definition: { name } }) => name),
    ['A', 'B'],
  );
  assert.deepEqual(await catalog.nodes('elsewhere', firstPage), { items: [] });
});

test('a connected runtime is listed until it says goodbye or is not heard of any more', async () => {
  const runtime = (sessionId: string): ConnectedRuntime => ({
    sessionId,
    runtimeName: 'worker',
    language: 'typescript',
    nodeNames: ['A'],
    capacity: { total: 5, perNode: { A: 2 }, lingering: 0 },
    inFlight: 1,
    connectedAt: 1_000,
    isDraining: false,
  });
  await catalog.putRuntimes([{ namespace: 'default', runtime: runtime('one') }], 60_000);
  await catalog.putRuntimes([{ namespace: 'default', runtime: runtime('two') }], 60_000);
  await catalog.putRuntimes([{ namespace: 'default', runtime: runtime('gone') }], -1);
  assert.deepEqual(
    (await other.runtimes('default', firstPage)).items.map(({ sessionId }) => sessionId),
    ['one', 'two'],
  );
  await other.removeRuntime('default', 'one');
  await other.removeRuntime('default', 'one');
  assert.deepEqual(await catalog.runtimes('default', firstPage), { items: [runtime('two')] });
});

test('a token is found by its hash until it is removed', async () => {
  const token = { hash: 'h', tokenId: 't', namespace: 'default', role: 'client', createdAt: 1 } as const;
  await catalog.putToken('h', token);
  assert.deepEqual(await other.token('h'), token);
  for await (const some of other.tokens()) assert.deepEqual(some, [token]);
  for await (const some of other.tokens('else')) assert.deepEqual(some, []);
  await other.removeToken('h');
  await other.removeToken('h');
  assert.equal(await catalog.token('h'), undefined);
});

test('a token ends by the clock of Redis, whatever that of a state manager says', async (t) => {
  const tokens = () => new Tokens(catalog, 'an-admin-token-for-tests');
  const brief = await tokens().create('default', 'client', 60_000);
  const over = await tokens().create('default', 'client', 0);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_600_000 });
  assert.deepEqual(await tokens().authenticate(brief.bearer), { namespace: 'default', role: 'client' });
  const late = await tokens().create('default', 'client', 0);
  t.mock.timers.reset();
  for (const { bearer } of [over, late]) assert.equal(await tokens().authenticate(bearer), undefined);
});

test('tokens that have ended are removed when others are made, and the others stay', async () => {
  const tokens = new Tokens(catalog, 'an-admin-token-for-tests');
  const brief = await Promise.all(Array.from({ length: 20 }, () => tokens.create('brief', 'client', 1)));
  const lasting = [
    await tokens.create('brief', 'client', 60_000),
    await tokens.create('brief', 'client', undefined),
  ];
  const isThere = async (tokenId: string) => {
    for await (const page of catalog.tokens())
      if (page.some((token) => token.tokenId === tokenId)) return true;
    return false;
  };
  await eventually(async () => {
    lasting.push(await tokens.create('brief', 'client', 60_000));
    const gone = await Promise.all(brief.map(async ({ token }) => !(await isThere(token.tokenId))));
    return gone.every(Boolean);
  });
  for (const { token } of lasting) assert.ok(await isThere(token.tokenId));
});
