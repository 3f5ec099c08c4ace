/** ExplainUnite, page by page. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ExplainUniteResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
after(() => system.stop());
const { client } = system;

/** Two nodes unite each execution of `inner`, and one that of `outer`. */
const template = {
  nodes: [
    nodeTemplate('outer', ['inner']),
    nodeTemplate('inner', ['work']),
    nodeTemplate('work', ['a', 'b']),
    nodeTemplate('a', ['all'], { unites: { identifier: 'inner' } }),
    nodeTemplate('b', ['all'], { unites: { identifier: 'inner' } }),
    nodeTemplate('all', [], { unites: { identifier: 'outer' } }),
  ],
};

function page(runId: string, pageSize: number, pageToken: string): Promise<ExplainUniteResponse__Output> {
  return client.call((...more) => client.runs.explainUnite({ runId, pageSize, pageToken }, ...more));
}

test('every missing branch of every scope comes once, however small the pages are', async () => {
  const runtime = await system.connect(['OuterNode', 'InnerNode', 'WorkNode']);
  const runId = await client.start('nested', template);
  runtime.reportExecuted(await runtime.assignment(), [{}, {}]);
  for (const assignment of await runtime.assignments(2)) runtime.reportExecuted(assignment, [{}, {}, {}]);
  await runtime.assignments(6);
  const expected = await eventually(async () => {
    const { scopes = [] } = await page(runId, 1_000, '');
    const found = namesOf(scopes);
    return found.length === 14 ? found : undefined;
  });
  assert.equal(new Set(expected).size, 14);

  for (const pageSize of [1, 2, 3, 5]) {
    const found: string[] = [];
    let pages = 0;
    let pageToken = '';
    do {
      const { scopes = [], nextPageToken = '' } = await page(runId, pageSize, pageToken);
      const names = namesOf(scopes);
      assert.ok(names.length <= pageSize && scopes.length <= pageSize, `${names.length} of ${pageSize}`);
      found.push(...names);
      pageToken = nextPageToken;
      assert.ok(++pages < 50, `still not the last of pages of ${pageSize}`);
    } while (pageToken !== '');
    assert.deepEqual(found, expected, `pages of ${pageSize}`);
  }
  const wrong = await refusalOf(page(runId, 1, 'x'));
  assert.equal(wrong.reason, 'PAGE_TOKEN_INVALID');
});

/** Each missing branch, by its scope and index. */
function namesOf(scopes: NonNullable<ExplainUniteResponse__Output['scopes']>): string[] {
  return scopes.flatMap(({ unitingIdentifier, unitedStateId, missing = [] }) =>
    missing.map(({ index = 0 }) => `${unitingIdentifier} ${unitedStateId} ${index}`),
  );
}
