/** ExplainUnite, page by page. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ExplainUniteResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
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

test('of a wide unite the branches that are missing are found among those that have finished, also after a retry', async () => {
  const nodes = [
    nodeTemplate('split', ['part']),
    nodeTemplate('part', ['join'], {
      inputs: { i: expression('split.outputs.i') },
      retry_policy: { max_retries: 0 },
    }),
    nodeTemplate('join', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
  ];
  const width = 700;
  const runtime = await system.connect(['SplitNode', 'PartNode'], { capacity: { total: 1_000 } });
  const runId = await client.start('wide', { nodes });
  runtime.reportExecuted(
    await runtime.assignment(),
    Array.from({ length: width }, (_, i) => ({ i })),
  );
  const held = await runtime.assignments(width);
  const branchOf = ({ inputsJson = '' }: (typeof held)[number]) =>
    (JSON.parse(inputsJson) as { i: number }).i;
  const byBranch = new Map(held.map((assignment) => [branchOf(assignment), assignment]));
  const left = [3, 51, 52, 699];
  for (const [branch, assignment] of byBranch) {
    if (branch === 400) runtime.reportErrored(assignment, 'BAD', false);
    else if (!left.includes(branch)) runtime.reportExecuted(assignment, [{}]);
  }
  const missing = async (pageSize: number) => {
    const indexes: number[] = [];
    for (let pageToken = ''; ; ) {
      const { scopes = [], nextPageToken = '' } = await page(runId, pageSize, pageToken);
      indexes.push(...scopes.flatMap((scope) => (scope.missing ?? []).map(({ index = 0 }) => index)));
      if (nextPageToken === '') return indexes;
      pageToken = nextPageToken;
    }
  };
  await eventually(async () => {
    const { scopes = [] } = await page(runId, 1, '');
    return scopes[0]?.counts?.unfinished === left.length;
  });
  for (const pageSize of [1, 3, 1_000]) assert.deepEqual(await missing(pageSize), left);
  const failed = byBranch.get(400)!.stateId ?? '';
  await client.call((...more) => client.runs.retryRun({ runId, stateId: failed }, ...more));
  const again = await runtime.assignment();
  assert.deepEqual(await missing(1_000), [3, 51, 52, 400, 699]);
  for (const assignment of [again, ...left.map((branch) => byBranch.get(branch)!)])
    runtime.reportExecuted(assignment, [{}]);
  await eventually(async () => (await page(runId, 1, '')).scopes?.[0]?.status === 'UNITE_SCOPE_STATUS_FIRED');
});

/** Each missing branch, by its scope and index. */
function namesOf(scopes: NonNullable<ExplainUniteResponse__Output['scopes']>): string[] {
  return scopes.flatMap(({ unitingIdentifier, unitedStateId, missing = [] }) =>
    missing.map(({ index = 0 }) => `${unitingIdentifier} ${unitedStateId} ${index}`),
  );
}
