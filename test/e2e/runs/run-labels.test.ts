/** Labels of runs, and lists of runs by them. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ListRunsRequest, ListRunsResponse__Output, Run__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawCalls } from '../../support/raw/raw-calls.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem();
  redis = new Redis(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

const labelIndexes = () => redis.keys('*:labelled:*');

async function list(request: ListRunsRequest): Promise<Run__Output[]> {
  const page = await system.client.call<ListRunsResponse__Output>((...more) =>
    system.client.runs.listRuns(request, ...more),
  );
  return page.runs ?? [];
}

const idsOf = (runs: readonly Run__Output[]) => runs.map(({ runId }) => runId).sort();

test('a run has the labels of its graph, overlaid by those of its trigger, and is found by them', async () => {
  const { client } = system;
  const template = { nodes: [nodeTemplate('idle')], labels: { team: 'films', stage: 'live' } };
  await client.upsert('labelled', template);
  const plain = await client.trigger('labelled');
  const own = await client.trigger('labelled', {}, { labels: { stage: 'test', title: 'Quo Vadis?' } });
  assert.deepEqual({ ...(await client.run(plain)).labels }, template.labels);
  assert.deepEqual(
    { ...(await client.run(own)).labels },
    { team: 'films', stage: 'test', title: 'Quo Vadis?' },
  );
  assert.deepEqual(idsOf(await list({ labels: { team: 'films' } })), [own, plain].sort());
  const [found, ...others] = await list({ labels: { team: 'films', title: 'Quo Vadis?' } });
  assert.deepEqual([found?.runId, others.length], [own, 0]);
  assert.equal(found?.labels?.stage, 'test');
  assert.deepEqual(await list({ labels: { team: 'films' }, namespace: 'elsewhere' }), []);
  // The key stands for the run that it has, whatever labels come with it.
  const first = await client.trigger('labelled', {}, { idempotencyKey: 'k', labels: { n: '1' } });
  assert.equal(await client.trigger('labelled', {}, { idempotencyKey: 'k', labels: { n: '2' } }), first);
  assert.deepEqual({ ...(await client.run(first)).labels }, { ...template.labels, n: '1' });
});

test('labels that break a rule are refused, each with a sentence', async () => {
  const { client } = system;
  await client.upsert('strict', {
    nodes: [nodeTemplate('idle')],
    labels: { a: '', b: '', c: '', d: '' },
  });
  const refused = (labels: Record<string, string>) =>
    refusalOf(client.tryTrigger({ graphName: 'strict', labels }));
  const before = (await list({ graphName: 'strict' })).length;
  const wrong = await refused({ 'a=b': 'x', ['k'.repeat(64)]: 'x', good: 'x', long: 'é'.repeat(128) });
  assert.deepEqual([wrong.code, wrong.reason], ['INVALID_ARGUMENT', 'FIELD_INVALID']);
  assert.deepEqual(
    wrong.violations.map(({ description }) => description),
    [
      'the label "a=b" has = or a control character in its key: leave it out',
      `the label "${'k'.repeat(64)}" has a key of 64 bytes, 63 are allowed: shorten it`,
      'the label "long" has a value of 256 bytes, 255 are allowed: shorten it',
    ],
  );
  const control = await refused({ title: 'Quo\u001b[31m Vadis?' });
  assert.match(control.message, /the label "title" has a control character in its value: leave it out/);
  const five = Object.fromEntries(['e', 'f', 'g', 'h', 'i'].map((key) => [key, '']));
  const tooMany = await refused(five);
  assert.deepEqual([tooMany.reason, tooMany.violations[0]?.field], ['FIELD_INVALID', 'labels']);
  assert.match(tooMany.message, /with those of the graph: a run has at most 8 labels and this would have 9/);
  const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`l${i}`, '']));
  assert.match((await refused(nine)).message, /at most 8 labels/);
  assert.equal((await refusalOf(list({ labels: { 'a=b': '' } }))).reason, 'FIELD_INVALID');
  assert.equal((await list({ graphName: 'strict' })).length, before);
});

test('a run tells what has started it, and runs are found by that', async () => {
  const { client } = system;
  const runtime = await system.connect(['Kind.work']);
  const node = (fields: object) => ({
    nodes: [nodeTemplate('work', [], { node_name: 'Kind.work' })],
    ...fields,
  });
  await client.upsert('kind', node({}));
  await client.upsert(
    'kind-next',
    node({ labels: { of: 'ends' }, triggers: [{ after: { graph: 'kind' } }] }),
  );
  const byApi = await client.trigger('kind');
  const calls = new RawCalls(system.stateManager.address);
  calls.call({ callId: 1, trigger: { graphName: 'kind', labels: { of: 'calls' } }, awaitEnd: true });
  // The two runs, then those that their ends start.
  for (let round = 0; round < 2; round++)
    for (const assignment of await runtime.assignments(2)) runtime.reportExecuted(assignment, [{}]);
  const [byCall] = await list({ triggerKinds: ['TRIGGER_KIND_CALL'] });
  assert.deepEqual([byCall?.graphName, { ...byCall?.labels }], ['kind', { of: 'calls' }]);
  const byEnd = await list({ triggerKinds: ['TRIGGER_KIND_RUN_END'], labels: { of: 'ends' } });
  assert.deepEqual([byEnd.length, byEnd[0]?.graphName], [2, 'kind-next']);
  assert.equal((await client.run(byEnd[0]!.runId!)).triggerKind, 'TRIGGER_KIND_RUN_END');
  const both = await list({ graphName: 'kind', triggerKinds: ['TRIGGER_KIND_CALL', 'TRIGGER_KIND_API'] });
  assert.deepEqual(idsOf(both), [byApi, byCall!.runId!].sort());
  calls.close();
});

test('runs are found by the code of a failure', async () => {
  const { client } = system;
  const runtime = await system.connect(['Code.work']);
  const template = {
    nodes: [nodeTemplate('work', [], { node_name: 'Code.work', retry_policy: { max_retries: 0 } })],
  };
  const failed: string[] = [];
  for (const code of ['FLAKY', 'BROKEN', 'FLAKY']) {
    const runId = await client.start('code', template);
    runtime.reportErrored(await runtime.assignment(), code, true);
    assert.equal((await client.end(runId)).status, 'FAILED');
    if (code === 'FLAKY') failed.push(runId);
  }
  assert.deepEqual(idsOf(await list({ errorCode: 'FLAKY' })), failed.sort());
  assert.deepEqual(await list({ errorCode: 'FLAKY', status: 'RUN_STATUS_RUNNING' }), []);
  // What is tried again has not failed.
  await client.call((...more) => client.runs.retryRun({ runId: failed[0]! }, ...more));
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await client.end(failed[0]!);
  assert.deepEqual(idsOf(await list({ errorCode: 'FLAKY' })), [failed[1]]);
});

test('an index is gone with the last run that it has: after retention, and after a delete', async () => {
  const { client } = system;
  const runtime = await system.connect(['Brief.work']);
  const nodes = [nodeTemplate('work', [], { node_name: 'Brief.work' })];
  const before = (await labelIndexes()).sort();
  await client.upsert('brief', { nodes, limits: { retention_ms: 100 }, labels: { of: 'brief' } });
  await client.upsert('kept', { nodes, labels: { of: 'kept', also: 'this' } });
  const [brief, kept] = [await client.trigger('brief'), await client.trigger('kept')];
  assert.equal((await labelIndexes()).length, before.length + 3);
  for (const assignment of await runtime.assignments(2)) runtime.reportExecuted(assignment, [{}]);
  await client.end(kept);
  await client.call((...more) => client.runs.deleteRun({ runId: kept }, ...more));
  await eventually(async () => {
    assert.deepEqual((await labelIndexes()).sort(), before);
    return true;
  });
  await assert.rejects(client.run(brief), /there is no run/);
});
