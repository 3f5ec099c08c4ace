/** Requests whose fields break rules: every call, every field, all that is wrong at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TriggerRunRequest } from '@fanout/proto';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
  await system.client.upsert('good', { nodes: [nodeTemplate('good')] });
});
after(() => system?.stop());

test('a malformed trigger is refused with the field', async () => {
  const cases: readonly [TriggerRunRequest, string][] = [
    [{ inputsJson: '[]' }, 'inputs_json'],
    [{ inputsJson: '{' }, 'inputs_json'],
    [{ inputsJson: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }, 'inputs_json'],
    [{ idempotencyKey: 'x'.repeat(257) }, 'idempotency_key'],
    [{ priority: 101 }, 'priority'],
    [{ traceparent: 'nonsense' }, 'traceparent'],
    [{ startTime: { seconds: -1 } }, 'start_time'],
    ...['', 'a b', 'a:b', 'x'.repeat(129)].map((graphName): [TriggerRunRequest, string] => [
      { graphName },
      'graph_name',
    ]),
  ];
  for (const [request, field] of cases) {
    const refusal = await refusalOf(system.client.tryTrigger({ graphName: 'good', ...request }));
    assert.equal(refusal.code, 'INVALID_ARGUMENT', JSON.stringify(request).slice(0, 80));
    assert.equal(refusal.violations[0]?.field, field);
    assert.ok(refusal.message.startsWith(field), refusal.message);
  }
});

test('a request is refused with all of its fields that break a rule, each with a sentence', async () => {
  const { graphs, runs, runtimes } = system.client;
  const wrong = 'a b';
  const page = { pageSize: -1, pageToken: 'x'.repeat(3_000) };
  const target = { runId: wrong, stateId: wrong };
  const lease = { stateId: '', leaseToken: wrong };
  const nowhere = { runId: '', fanOut: true };
  const template = JSON.stringify({ nodes: [nodeTemplate('a')] });
  const trigger = {
    graphName: wrong,
    inputsJson: '[]',
    idempotencyKey: 'x'.repeat(257),
    priority: -101,
    startTime: { seconds: 1, nanos: -1 },
    traceparent: wrong,
  };
  const cases: readonly [string, Parameters<typeof system.client.call>[0], string][] = [
    [
      'TriggerRun',
      (...more) => runs.triggerRun(trigger, ...more),
      'graph_name inputs_json idempotency_key priority start_time traceparent',
    ],
    ['GetRun', (...more) => runs.getRun({}, ...more), 'run_id'],
    [
      'ListRuns',
      (...more) => runs.listRuns({ graphName: wrong, status: 99 as never, ...page }, ...more),
      'graph_name status page_size page_token',
    ],
    [
      'ListResults',
      (...more) => runs.listResults({ runId: wrong, ...page }, ...more),
      'run_id page_size page_token',
    ],
    [
      'ListStates',
      (...more) =>
        runs.listStates({ runId: wrong, identifier: wrong, status: 99 as never, ...page }, ...more),
      'run_id identifier status page_size page_token',
    ],
    [
      'CancelRun',
      (...more) => runs.cancelRun({ ...target, reason: 'x'.repeat(1_025) }, ...more),
      'run_id state_id reason',
    ],
    ['PauseRun', (...more) => runs.pauseRun(nowhere, ...more), 'run_id fan_out'],
    ['ResumeRun', (...more) => runs.resumeRun(target, ...more), 'run_id state_id'],
    ['RetryRun', (...more) => runs.retryRun({ below: true, fanOut: true }, ...more), 'run_id below'],
    ['RetryRun', (...more) => runs.retryRun({ ...target, fanOut: true }, ...more), 'run_id state_id fan_out'],
    [
      'ExplainUnite',
      (...more) => runs.explainUnite({ ...target, identifier: wrong, ...page }, ...more),
      'run_id state_id identifier page_size page_token',
    ],
    [
      'GetStore',
      (...more) => runs.getStore({ runId: wrong, ...page }, ...more),
      'run_id page_size page_token',
    ],
    ['UpsertGraph', (...more) => graphs.upsertGraph({ name: wrong }, ...more), 'name template_json'],
    [
      'ValidateGraph',
      (...more) =>
        graphs.validateGraph(
          { name: wrong, assumedWidths: { a: -1, b: 1, c: -2 }, assumedOutputBytes: -1 },
          ...more,
        ),
      'name template_json assumed_widths["a"] assumed_widths["c"] assumed_output_bytes',
    ],
    [
      'ValidateGraph',
      (...more) =>
        graphs.validateGraph({ templateJson: template, assumedWidths: { a: 1, b: 1, c: 2 } }, ...more),
      'assumed_widths["b"] assumed_widths["c"]',
    ],
    ['GetGraph', (...more) => graphs.getGraph({ version: -1 }, ...more), 'name version'],
    ['ListGraphs', (...more) => graphs.listGraphs(page, ...more), 'page_size page_token'],
    ['DeleteGraph', (...more) => graphs.deleteGraph({ name: wrong }, ...more), 'name'],
    ['ReadStore', (...more) => runtimes.readStore(lease, ...more), 'state_id lease_token keys'],
    [
      'ReadStore',
      (...more) => runtimes.readStore({ stateId: 'a', leaseToken: 'a', keys: ['', 'a', wrong] }, ...more),
      'keys[0] keys[2]',
    ],
    [
      'ChangeStore',
      (...more) =>
        runtimes.changeStore({ ...lease, change: { key: 'a' }, expected: {}, changeNumber: -1 }, ...more),
      'state_id lease_token change expected change_number',
    ],
    [
      'ChangeStore',
      (...more) => {
        const change = { key: 'a', setJson: '{' };
        return runtimes.changeStore(
          { stateId: 'a', leaseToken: 'a', change, expected: { json: '{' } },
          ...more,
        );
      },
      'change expected.json',
    ],
    ['GetRun', (...more) => runs.getRun({ namespace: wrong, runId: 'a' }, ...more), 'namespace'],
  ];
  for (const [name, begin, fields] of cases) {
    const { code, message, violations } = await refusalOf(system.client.call(begin));
    assert.equal(code, 'INVALID_ARGUMENT', name);
    assert.equal(violations.map(({ field }) => field).join(' '), fields, name);
    for (const { description } of violations) assert.ok(message.includes(description), `${name}: ${message}`);
  }
  const watch = await refusalOf(system.client.watch(wrong));
  assert.deepEqual(
    watch.violations.map(({ field }) => field),
    ['run_id'],
  );
});

test('malformed pages are refused', async () => {
  const { client } = system;
  const runId = await client.trigger('good');
  const lists = [
    (page: object) => client.call((...more) => client.runs.listRuns(page, ...more)),
    (page: object) => client.call((...more) => client.runs.listStates({ runId, ...page }, ...more)),
    (page: object) => client.call((...more) => client.runs.listResults({ runId, ...page }, ...more)),
  ];
  for (const list of lists) {
    for (const pageSize of [-1, 1_001]) {
      assert.equal((await refusalOf(list({ pageSize }))).violations[0]?.field, 'page_size');
    }
    for (const pageToken of ['nonsense', '1e9.9', 'x'.repeat(3_000), '-1:-1', '\0']) {
      const { code, reason } = await refusalOf(list({ pageToken }));
      assert.deepEqual([code, reason], ['INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID'], pageToken);
    }
  }
});
