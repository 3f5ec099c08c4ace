import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  ChangeStoreResponse__Output,
  ReadStoreResponse__Output,
  ReadUnitedResponse__Output,
} from '@fanout/proto';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** Numbers as runtimes in other languages write them; the last ones are what a double rounds to, or has no text for. */
const numbers = [
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551615',
  '12345678901234567890123',
  '0.12345678901234567891',
  '1e+400',
  '-1.5e-400',
  '0.1',
];
const list = `[${numbers.join()}]`;
/** Any number, with limits that infinity and 0 would break. */
const anyNumber = { type: 'number', minimum: -1e308 * 1.7976931348623157, not: { const: 0 } };
const object = (properties: object) =>
  JSON.stringify({ type: 'object', properties, additionalProperties: true });

test('numbers that no double holds come through outputs, inputs, lists, texts and results as they were written', async () => {
  const schema = { list: { type: 'array', items: anyNumber }, third: { type: 'integer' } };
  const runtime = await system.connect([
    { name: 'ExactSource', outputSchemaJson: object({ list: schema.list, id: { type: 'integer' } }) },
    { name: 'ExactWork', inputSchemaJson: object(schema) },
    { name: 'ExactMerge', inputSchemaJson: object({ ids: { type: 'array', items: { type: 'integer' } } }) },
    { name: 'ExactPages', iteratorInputs: ['ids'] },
  ]);
  const template = {
    secrets: {},
    nodes: [
      nodeTemplate('source', ['work'], { node_name: 'ExactSource', inputs: { own: '$OWN', over: 1 } }),
      nodeTemplate('work', ['merge', 'pages'], {
        node_name: 'ExactWork',
        inputs: {
          list: expression('source.outputs.list'),
          third: expression('source.outputs.list.2'),
          below: expression('source.outputs.other.text'),
          text: `<${expression('source.outputs.list')} ${expression('source.outputs.id')}>`,
          constant: { deep: ['$OWN', expression('trigger.deep.id')] },
        },
      }),
      nodeTemplate('merge', [], {
        node_name: 'ExactMerge',
        inputs: { ids: expression('work.outputs.id'), tails: expression('work.outputs.deep.ids.0') },
        unites: { identifier: 'source' },
      }),
      nodeTemplate('pages', [], {
        node_name: 'ExactPages',
        inputs: { ids: expression('work.outputs.id') },
        unites: { identifier: 'source' },
      }),
    ],
  };
  const templateJson = JSON.stringify(template).replaceAll('"$OWN"', '100000000000000000000001');
  await system.client.upsert('exact', templateJson);
  const again = await system.client.upsert('exact', templateJson.replaceAll(',', ', '));
  assert.equal(again.created, false);
  const other = await system.client.upsert('exact', templateJson.replaceAll('000001', '000002'));
  assert.equal(other.created, true, 'a template with another number is another');
  await system.client.upsert('exact', templateJson);

  const inputsJson = `{"over":${list},"deep":{"id":9007199254740995}}`;
  const idempotencyKey = 'exact-key';
  const runId = await system.client.trigger('exact', {}, { inputsJson, idempotencyKey });
  const source = await runtime.assignment();
  assert.equal(
    source.inputsJson,
    `{"own":100000000000000000000001,"over":${list},"deep":{"id":9007199254740995}}`,
  );
  const trigger = (text: string) => system.client.trigger('exact', {}, { inputsJson: text, idempotencyKey });
  assert.equal(await trigger(`{"deep":{"id":9007199254740995},"over":${list.replace('e+', 'E')}}`), runId);
  assert.equal(
    (await refusalOf(trigger(inputsJson.replace('740995', '740996')))).reason,
    'IDEMPOTENCY_CONFLICT',
  );

  runtime.report(source, {
    executed: {
      outputs: [1, 2].map((id) => ({
        outputJson: `{"list":${list}, "id":1234567890123456789${id}, "other": 1e400}`,
      })),
    },
  });
  await runtime.ack();
  for (const work of await runtime.assignments(2)) {
    const id = /(\d+)>/.exec(work.inputsJson ?? '')?.[1];
    assert.match(id ?? '', /^1234567890123456789[12]$/);
    assert.equal(
      work.inputsJson,
      `{"list":${list},"third":18446744073709551615,"below":null,"text":"<${list} ${id}>",` +
        '"constant":{"deep":[100000000000000000000001,9007199254740995]}}',
    );
    runtime.report(work, { executed: { outputs: [{ outputJson: `{"id":${id},"deep":{"ids":[-${id}]}}` }] } });
  }
  const united = await runtime.assignments(2);
  const merge = united.find(({ nodeName }) => nodeName === 'ExactMerge')!;
  assert.equal(
    merge.inputsJson,
    '{"ids":[12345678901234567891,12345678901234567892],"tails":[-12345678901234567891,-12345678901234567892]}',
  );
  const pages = united.find(({ nodeName }) => nodeName === 'ExactPages')!;
  const { stateId = '', leaseToken = '' } = pages;
  const { itemsJson } = await system.client.call<ReadUnitedResponse__Output>((...more) =>
    system.client.runtimes.readUnited({ stateId, leaseToken, inputName: 'ids' }, ...more),
  );
  assert.deepEqual(itemsJson, ['12345678901234567891', '12345678901234567892']);

  const outputJson = `{"result":${list}}`;
  for (const state of united) runtime.report(state, { executed: { outputs: [{ outputJson }] } });
  const { results, status } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(
    results.map((result) => result.outputJson),
    [outputJson, outputJson],
  );
});

test('numbers that no double holds are kept in the store, compared as they are, and never counted with', async () => {
  const runtime = await system.connect(['ExactStore', 'ExactReader']);
  const templateJson = JSON.stringify({
    store_config: { default_values: { first: '$FIRST', given: 0, made: 0 } },
    nodes: [
      nodeTemplate('writer', ['reader'], { node_name: 'ExactStore' }),
      nodeTemplate('reader', [], {
        node_name: 'ExactReader',
        inputs: {
          first: expression('store.first'),
          tail: expression('store.given.ids.0'),
          made: expression('store.made'),
        },
      }),
    ],
  }).replace('"$FIRST"', list);
  await system.client.upsert('exact-store', templateJson);
  await system.client.trigger(
    'exact-store',
    {},
    { storeJson: { given: '{"ids": [18446744073709551615.0]}', count: '9007199254740993' } },
  );
  const state = await runtime.assignment();
  const { stateId = '', leaseToken = '' } = state;
  const change = (expected: string, setJson: string) =>
    system.client.call<ChangeStoreResponse__Output>((...more) =>
      system.client.runtimes.changeStore(
        { stateId, leaseToken, change: { key: 'count', setJson }, expected: { json: expected } },
        ...more,
      ),
    );
  const { entries } = await system.client.call<ReadStoreResponse__Output>((...more) =>
    system.client.runtimes.readStore({ stateId, leaseToken, keys: ['first', 'given', 'count'] }, ...more),
  );
  assert.deepEqual(
    entries?.map(({ valueJson }) => valueJson),
    [list, '{"ids":[18446744073709551615]}', '9007199254740993'],
  );
  const wrong = await change('9007199254740992', '1');
  assert.equal(wrong.applied, false);
  assert.equal(wrong.valueJson, '9007199254740993');
  assert.equal((await change('9007199254740993.0', '9007199254740995')).applied, true);
  const counting = system.client.call((...more) =>
    system.client.runtimes.changeStore(
      { stateId, leaseToken, change: { key: 'count', increment: 1 } },
      ...more,
    ),
  );
  assert.match((await refusalOf(counting)).message, /"count" cannot be incremented exactly/);
  runtime.report(state, {
    executed: { outputs: [{ outputJson: '{}' }] },
    storeChanges: [
      { key: 'made', setJson: '[]' },
      { key: 'made', appendJson: '1e400' },
      { key: 'made', appendJson: '9007199254740993' },
    ],
  });
  const reader = await runtime.assignment();
  assert.equal(
    reader.inputsJson,
    `{"first":${list},"tail":18446744073709551615,"made":[1e+400,9007199254740993]}`,
  );
});

test('a run that the end of another starts gets the numbers that its template has', async () => {
  const runtime = await system.connect(['ExactEnding', 'ExactStarted']);
  const after = { graph: 'exact-ending' };
  const started = JSON.stringify({
    secrets: {},
    nodes: [
      nodeTemplate('started', [], { node_name: 'ExactStarted', inputs: { kept: expression('store.id') } }),
    ],
    store_config: { required_keys: ['id'] },
    triggers: [{ after, inputs: { list: '$LIST' }, store: { id: '$LIST' } }],
  }).replaceAll('"$LIST"', list);
  await system.client.upsert('exact-started', started);
  await system.client.upsert('exact-ending', {
    nodes: [nodeTemplate('ending', [], { node_name: 'ExactEnding' })],
  });
  const runId = await system.client.trigger('exact-ending');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const { inputsJson } = await runtime.assignment();
  assert.equal(
    inputsJson,
    `{"kept":${list},"list":${list},"run_id":"${runId}","graph_name":"exact-ending","status":"SUCCESS"}`,
  );
});
