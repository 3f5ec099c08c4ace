import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { GetGraphResponse__Output, UpsertGraphResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, refusalOf } from '../../support/raw/raw-client.ts';
import { newSecretKey } from '../../support/secret-keys.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const [oldKey, newKey] = [newSecretKey('k1'), newSecretKey('k2')];

let system: TestSystem;
const others: { readonly stateManager: TestStateManager; readonly client: RawClient }[] = [];

before(async () => {
  system = await startSystem({ FANOUT_SECRET_KEYS: oldKey });
});
afterEach(async () => {
  await system.disconnect();
  for (const { client, stateManager } of others.splice(0)) {
    client.close();
    await stateManager.stop();
  }
});
after(() => system?.stop());

/** Another state manager on the same Redis, with these keys. */
async function startWithKeys(keys: string) {
  const stateManager = await startTestStateManager(system.redis, { FANOUT_SECRET_KEYS: keys });
  const other = { stateManager, client: new RawClient(stateManager.address) };
  others.push(other);
  return other;
}

/** A graph of one node, named after itself so that no other test gets its work. */
function graphOf(name: string, secrets: Readonly<Record<string, string>>) {
  return { nodes: [nodeTemplate('work', [], { node_name: name })], secrets };
}

function stored(client: RawClient, name: string, version = 0): Promise<GetGraphResponse__Output> {
  return client.call((...more) => client.graphs.getGraph({ name, version }, ...more));
}

function versionOf({ graph, created }: UpsertGraphResponse__Output) {
  return [graph?.version, created];
}

/** Runs a graph on a state manager, and gives what its one node received. */
async function secretsReceived(
  graphName: string,
  nodeName: string,
  declared: readonly string[],
  { client, stateManager }: { client: RawClient; stateManager: TestStateManager } = system,
) {
  const { address } = stateManager;
  const runtime = await system.connect([{ name: nodeName, secrets: [...declared] }], {}, { address });
  const runId = await client.trigger(graphName);
  const assignment = await runtime.assignment();
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  await runtime.goodbye();
  return { ...assignment.secrets };
}

/** The failure of the only state of a run whose node is not handed out. */
async function failureOf(
  graphName: string,
  nodeName: string,
  declared: readonly string[],
  { client, stateManager }: { client: RawClient; stateManager: TestStateManager } = system,
) {
  const { address } = stateManager;
  const runtime = await system.connect([{ name: nodeName, secrets: [...declared] }], {}, { address });
  const runId = await client.trigger(graphName);
  const { failure, attempt } = await client.state(runId, 'work', 'ERRORED');
  assert.equal(attempt, 1);
  assert.equal((await client.end(runId)).status, 'FAILED');
  assert.equal(runtime.waiting('assignments'), 0);
  await runtime.goodbye();
  return failure;
}

test('a node gets the secrets that it declares, and no others', async () => {
  const secrets = { A: 'value-a', B: 'värde 界 \n"b"', C: '', constructor: 'value-d' };
  await system.client.upsert('declared', graphOf('Declared', secrets));
  const received = await secretsReceived('declared', 'Declared', ['B', 'C', 'constructor']);
  assert.deepEqual(received, { B: 'värde 界 \n"b"', C: '', constructor: 'value-d' });
  assert.deepEqual(await secretsReceived('declared', 'Declared', []), {});
});

test('every node of a graph gets its own secrets, in every branch and every attempt', async () => {
  await system.client.upsert('branches', {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'BranchSplit' }),
      nodeTemplate('work', [], { node_name: 'BranchWork' }),
    ],
    secrets: { SPLIT: 'for split', WORK: 'for work' },
    retry_policy: { strategy: 'FIXED', backoff_factor: 1 },
  });
  const runtime = await system.connect([
    { name: 'BranchSplit', secrets: ['SPLIT'] },
    { name: 'BranchWork', secrets: ['WORK'] },
  ]);
  const runId = await system.client.trigger('branches');
  const split = await runtime.assignment();
  assert.deepEqual({ ...split.secrets }, { SPLIT: 'for split' });
  runtime.reportExecuted(split, [{}, {}, {}]);
  const branches = await runtime.assignments(3);
  for (const branch of branches) runtime.reportErrored(branch);
  const again = await runtime.assignments(3);
  for (const branch of [...branches, ...again]) assert.deepEqual({ ...branch.secrets }, { WORK: 'for work' });
  for (const branch of again) runtime.reportExecuted(branch, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('a template is read with *** for each value, from every call', async () => {
  const upserted = await system.client.upsert('hidden', graphOf('Hidden', { A: 'value-a' }));
  const { graph } = await stored(system.client, 'hidden');
  const { graphs = [] } = await system.client.call<{ graphs?: { name?: string; templateJson?: string }[] }>(
    (...more) => system.client.graphs.listGraphs({}, ...more),
  );
  const listed = graphs.find(({ name }) => name === 'hidden');
  for (const template of [upserted.graph, graph, listed].map((each) => each?.templateJson ?? '')) {
    assert.deepEqual(JSON.parse(template), graphOf('Hidden', { A: '***' }));
  }
});

test('an equal template with equal secrets changes nothing, another value makes a new version', async () => {
  const { client } = system;
  const upsert = async (secrets: Readonly<Record<string, string>>) =>
    versionOf(await client.upsert('versions', graphOf('Versions', secrets)));
  assert.deepEqual(await upsert({ A: 'one' }), [1, true]);
  assert.deepEqual(await upsert({ A: 'one' }), [1, false]);
  assert.deepEqual(await upsert({ A: 'two' }), [2, true]);
  assert.deepEqual(await upsert({ A: 'two', B: '' }), [3, true]);
  assert.deepEqual(await upsert({ A: 'two', B: '' }), [3, false]);
  assert.deepEqual(await upsert({}), [4, true]);
});

test('a run keeps the secrets of the version that it began with', async () => {
  await system.client.upsert('pinned', graphOf('Pinned', { A: 'first' }));
  const runId = await system.client.trigger('pinned');
  await system.client.upsert('pinned', graphOf('Pinned', { A: 'second' }));
  const runtime = await system.connect([{ name: 'Pinned', secrets: ['A'] }]);
  const assignment = await runtime.assignment();
  assert.deepEqual({ ...assignment.secrets }, { A: 'first' });
  runtime.reportExecuted(assignment, [{}]);
  await system.client.end(runId);
  await runtime.goodbye();
  assert.deepEqual(await secretsReceived('pinned', 'Pinned', ['A']), { A: 'second' });
});

test('a template that was read back keeps its secrets, and *** alone is never a secret', async () => {
  const { client } = system;
  const fresh = await refusalOf(client.upsert('kept', graphOf('Kept', { A: '***' })));
  assert.deepEqual(
    fresh.violations.map(({ field, reason }) => [field, reason]),
    [['$.secrets.A', 'SECRET_NOT_STORED']],
  );
  await client.upsert('kept', graphOf('Kept', { A: 'one', B: 'two' }));
  const { graph } = await stored(client, 'kept');
  assert.deepEqual(versionOf(await client.upsert('kept', graph?.templateJson ?? '')), [1, false]);

  const template = { ...graphOf('Kept', { A: '***', B: 'three' }), order: 'BREADTH_FIRST' };
  assert.deepEqual(versionOf(await client.upsert('kept', template)), [2, true]);
  assert.deepEqual(await secretsReceived('kept', 'Kept', ['A', 'B']), { A: 'one', B: 'three' });

  const missing = await refusalOf(client.upsert('kept', graphOf('Kept', { A: '***', C: '***' })));
  assert.deepEqual(
    missing.violations.map(({ field, reason }) => [field, reason]),
    [
      ['$.secrets.C', 'SECRET_NOT_STORED'],
      ['$.nodes[0]', 'MISSING_SECRET'],
    ],
  );
});

test('ValidateGraph says what UpsertGraph would, of the graph that it names', async () => {
  const { client } = system;
  await client.upsert('validated', graphOf('Validated', { A: 'one' }));
  const templateJson = JSON.stringify(graphOf('Validated', { A: '***' }));
  const codes = async (name: string) => {
    const { violations = [] } = await client.call<{ violations?: { code?: string }[] }>((...more) =>
      client.graphs.validateGraph({ name, templateJson }, ...more),
    );
    return violations.map(({ code }) => code);
  };
  assert.deepEqual(await codes('validated'), []);
  assert.deepEqual(await codes('unknown'), ['SECRET_NOT_STORED']);
  assert.deepEqual(await codes(''), ['SECRET_NOT_STORED']);
});

test('a secret that a registered node needs and a graph lacks is refused', async () => {
  await system.connect([{ name: 'Needy', secrets: ['A', 'B'] }]);
  const { violations } = await refusalOf(system.client.upsert('needy', graphOf('Needy', { A: 'x' })));
  assert.deepEqual(
    violations.map(({ reason }) => reason),
    ['MISSING_SECRET'],
  );
  assert.match(violations[0]?.description ?? '', /"B"/);
});

test('a node that turns up later and needs a secret that the graph lacks fails its state with SECRET_MISSING', async () => {
  await system.client.upsert('late', graphOf('Late', { A: 'x' }));
  const failure = await failureOf('late', 'Late', ['A', 'B']);
  assert.equal(failure?.code, 'SECRET_MISSING');
  assert.match(failure?.message ?? '', /node "Late" needs the secret "B", .* version 1 of the graph "late"/);
});

test('a state manager without keys refuses a template with secrets', async () => {
  const { client } = await startWithKeys('');
  const { violations } = await refusalOf(client.upsert('no-keys', graphOf('NoKeys', { A: 'x' })));
  assert.deepEqual(
    violations.map(({ field, reason }) => [field, reason]),
    [['$.secrets', 'SECRETS_NOT_CONFIGURED']],
  );
  assert.deepEqual(versionOf(await client.upsert('no-keys', graphOf('NoKeys', {}))), [1, true]);
});

test('after a rotation graphs of the old key run on, and what is uploaded is sealed with the new one', async () => {
  await system.client.upsert('rotated', graphOf('Rotated', { A: 'one' }));
  await system.client.upsert('untouched', graphOf('Untouched', { A: 'old' }));
  const both = await startWithKeys(`${newKey},${oldKey}`);
  assert.deepEqual(await secretsReceived('rotated', 'Rotated', ['A'], both), { A: 'one' });

  // Sealed anew in place: the template is the same, so the version is, too.
  assert.deepEqual(versionOf(await both.client.upsert('rotated', graphOf('Rotated', { A: 'one' }))), [
    1,
    false,
  ]);
  const onlyNew = await startWithKeys(newKey);
  assert.deepEqual(await secretsReceived('rotated', 'Rotated', ['A'], onlyNew), { A: 'one' });

  const failure = await failureOf('untouched', 'Untouched', ['A'], onlyNew);
  assert.equal(failure?.code, 'SECRET_KEY_UNKNOWN');
  assert.match(failure?.message ?? '', /"A" is sealed with the key "k1"/);
  const { violations } = await refusalOf(
    onlyNew.client.upsert('untouched', graphOf('Untouched', { A: '***' })),
  );
  assert.match(violations[0]?.description ?? '', /"A" is sealed with the key "k1"/);
  // The value again helps, and the same is enough.
  assert.deepEqual(versionOf(await onlyNew.client.upsert('untouched', graphOf('Untouched', { A: 'old' }))), [
    2,
    true,
  ]);
  assert.deepEqual(await secretsReceived('untouched', 'Untouched', ['A'], onlyNew), { A: 'old' });
});

test('a key of the same id and other bytes fails the state with SECRET_UNREADABLE, and only where secrets are needed', async () => {
  await system.client.upsert('wrong-key', {
    nodes: [nodeTemplate('work', [], { node_name: 'WrongKey' })],
    secrets: { A: 'one' },
  });
  const other = await startWithKeys(newSecretKey('k1'));
  const failure = await failureOf('wrong-key', 'WrongKey', ['A'], other);
  assert.equal(failure?.code, 'SECRET_UNREADABLE');
  assert.match(failure?.message ?? '', /"A" does not open with the key "k1"/);
  assert.deepEqual(await secretsReceived('wrong-key', 'WrongKey', [], other), {});
});

test('a failed secret ends its branch, and the run goes on', async () => {
  await system.client.upsert('goes-on', {
    nodes: [
      nodeTemplate('split', ['work', 'plain'], { node_name: 'OnSplit' }),
      nodeTemplate('work', ['merge'], { node_name: 'OnWork' }),
      nodeTemplate('plain', ['merge'], { node_name: 'OnPlain' }),
      nodeTemplate('merge', [], {
        node_name: 'OnMerge',
        unites: { identifier: 'split', strategy: 'ALL_DONE' },
        inputs: { failures: '${{ unite.failures }}' },
      }),
    ],
  });
  const runtime = await system.connect(['OnSplit', { name: 'OnWork', secrets: ['A'] }, 'OnPlain', 'OnMerge']);
  const runId = await system.client.trigger('goes-on');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const plain = await runtime.assignment();
  assert.equal(plain.nodeName, 'OnPlain');
  runtime.reportExecuted(plain, [{}]);
  const merge = await runtime.assignment();
  const { failures } = JSON.parse(merge.inputsJson ?? '') as { failures: { code: string }[] };
  assert.deepEqual(
    failures.map(({ code }) => code),
    ['SECRET_MISSING'],
  );
  runtime.reportExecuted(merge, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('secrets that do not fit an assignment with its inputs fail the state, and the stream lives', async () => {
  const { stateManager } = await startWithKeys(oldKey);
  await stateManager.stop();
  const small = await startTestStateManager(system.redis, {
    FANOUT_SECRET_KEYS: oldKey,
    FANOUT_MAX_FRAME_BYTES: '65536',
    FANOUT_MAX_OUTPUT_BYTES: '1000',
  });
  const client = new RawClient(small.address);
  others.push({ stateManager: small, client });
  await client.upsert('large', graphOf('Large', { A: 'a'.repeat(30_000), B: 'b'.repeat(30_000) }));
  const failure = await failureOf('large', 'Large', ['A', 'B'], { client, stateManager: small });
  assert.equal(failure?.code, 'INPUT_TOO_LARGE');
  const received = await secretsReceived('large', 'Large', ['B'], { client, stateManager: small });
  assert.deepEqual(received, { B: 'b'.repeat(30_000) });
});

test('the nodes of a namespace are listed with the names of their secrets', async () => {
  await system.connect([{ name: 'Named', secrets: ['A', 'B'] }]);
  await eventually(async () => {
    const { nodes = [] } = await system.client.call<{
      nodes?: { definition?: { name?: string; secrets?: string[] } | null }[];
    }>((...more) => system.client.nodes.listNodes({}, ...more));
    const found = nodes.find(({ definition }) => definition?.name === 'Named');
    assert.deepEqual(found?.definition?.secrets, ['A', 'B']);
    return true;
  });
});
