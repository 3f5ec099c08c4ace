/** Inputs of a state: what they are made from, and when. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import type { NodeDefinition, ValidateGraphResponse__Output } from '@fanout/proto';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { inputsOf, PlayedRun } from '../../support/played-run.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
afterEach(() => system.disconnect());
after(() => system.stop());
const { client } = system;

test('the first node takes its own inputs, and over them those of the trigger', async () => {
  const inputs = { a: 1, b: { kept: [null] }, c: expression('trigger.x.0') };
  const run = await PlayedRun.start(
    system,
    { nodes: [nodeTemplate('first', [], { inputs })] },
    { a: '2', x: ['from the trigger'] },
  );
  const first = await run.take('first');
  assert.deepEqual(inputsOf(first), {
    a: '2',
    b: { kept: [null] },
    c: 'from the trigger',
    x: ['from the trigger'],
  });
  await run.give(first, {});
});

test('an input keeps the type of what it names, is put into longer texts, and is never expanded again', async () => {
  const user = { id: 7, tags: ['a', 'b'], odd: expression('trigger.secret') };
  const run = await PlayedRun.start(
    system,
    {
      nodes: [
        nodeTemplate('first', ['second']),
        nodeTemplate('second', ['third']),
        nodeTemplate('third', [], {
          inputs: {
            whole: expression('first.outputs.user'),
            id: expression('first.outputs.user.id'),
            tag: expression('first.outputs.user.tags.1'),
            odd: expression('first.outputs.user.odd'),
            text: `${expression('first.outputs.user.id')}: ${expression('first.outputs.user.tags')}, ${expression('trigger.secret')}`,
            missing: expression('first.outputs.user.name.last'),
            constant: [1, { deep: true }, null],
            nested: { list: [expression('second.outputs.flag')] },
          },
        }),
      ],
    },
    { secret: 's' },
  );
  await run.give(await run.take('first'), { user });
  await run.give(await run.take('second'), { flag: false });
  const third = await run.take('third');
  assert.deepEqual(inputsOf(third), {
    whole: user,
    id: 7,
    tag: 'b',
    odd: expression('trigger.secret'),
    text: '7: ["a","b"], s',
    missing: null,
    constant: [1, { deep: true }, null],
    nested: { list: [false] },
  });
  await run.give(third, {});
});

test('a retry is given the store as it is then', async () => {
  const run = await PlayedRun.start(system, {
    store_config: { default_values: { n: 1 } },
    nodes: [nodeTemplate('again', [], { inputs: { n: expression('store.n') } })],
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  });
  const first = await run.take('again');
  await run.fail(first, { retry: true, storeChanges: [{ key: 'n', increment: 41 }] });
  const second = await run.take('again');
  assert.deepEqual([inputsOf(first), inputsOf(second)], [{ n: 1 }, { n: 42 }]);
  await run.give(second, {});
});

test('schemas of a node that is registered after its graph are checked as soon as they are known', async () => {
  const template = {
    nodes: [
      nodeTemplate('giver', ['taker']),
      nodeTemplate('taker', [], { inputs: { size: expression('giver.outputs.sise') } }),
    ],
  };
  const early = await client.upsert('later', template);
  assert.deepEqual(
    early.warnings?.map(({ code, path }) => `${code} ${path}`),
    [0, 1].map((node) => `NODE_UNREGISTERED $.nodes[${node}].node_name`),
  );
  const schema = JSON.stringify({
    type: 'object',
    properties: { size: { type: 'integer' } },
    required: ['size'],
  });
  const nodes: NodeDefinition[] = [
    { name: 'GiverNode', outputSchemaJson: schema },
    { name: 'TakerNode', inputSchemaJson: schema },
  ];
  const runtime = await system.connect(nodes);
  const { violations } = await client.call<ValidateGraphResponse__Output>((...more) =>
    client.graphs.validateGraph({ templateJson: JSON.stringify(template) }, ...more),
  );
  const expected = ['UNKNOWN_OUTPUT $.nodes[1].inputs.size'];
  assert.deepEqual(
    violations?.map(({ code, path }) => `${code} ${path}`),
    expected,
  );
  assert.match(violations?.[0]?.description ?? '', /did you mean "size"\?/);
  const refusal = await refusalOf(client.upsert('later', template));
  assert.deepEqual(
    refusal.violations.map(({ reason, field }) => `${reason} ${field}`),
    expected,
  );
  // What was stored before runs, and fails where it does not fit.
  const runId = await client.trigger('later');
  runtime.reportExecuted(await runtime.assignment(), [{ size: 1 }]);
  assert.equal((await client.end(runId)).status, 'FAILED');
  const [state] = await client.states(runId, 'taker');
  assert.equal(state?.failure?.code, 'INPUT_INVALID');
});

test('times and limits as large as a template can write them are kept', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['work'], { timeout_ms: most, max_parallel: most }),
      nodeTemplate('work', ['merge', 'window']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', timeout_ms: most } }),
      nodeTemplate('window', [], {
        unites: { identifier: 'split', strategy: 'ALL_DONE', window: { count: most, interval_ms: most } },
      }),
    ],
    retry_policy: { max_retries: most, strategy: 'FIXED', backoff_factor: most, max_delay: 1 },
    limits: { run_ms: most, retention_ms: most, states: most, width: most, depth: most, payload_bytes: most },
  });
  await run.fail(await run.take('split'), { retry: true });
  await run.give(await run.take('split'), {}, {});
  for (const each of await run.takeAll('work', 2)) await run.give(each, {});
  await run.give(await run.take('merge'), {});
  await run.give(await run.take('window'), {});
  assert.equal((await client.end(run.id)).status, 'SUCCESS');
});
