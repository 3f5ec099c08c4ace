import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  Assignment__Output,
  ChangeStoreRequest,
  ChangeStoreResponse__Output,
  GetStoreResponse__Output,
  ReadStoreResponse__Output,
  StoreChange,
} from '@fanout/proto';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { Lease, RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_MAX_FRAME_BYTES: '400000', FANOUT_MAX_OUTPUT_BYTES: '100000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

let graphs = 0;

/** Stores a graph of `first → second` whose nodes no other test has, and gives its name and theirs. */
async function storeGraph(
  fields: Partial<TestGraph> = {},
  inputs: Readonly<Record<string, unknown>> = {},
): Promise<{ name: string; nodes: string[] }> {
  const name = `store-${graphs++}`;
  const nodes = [`${name}-First`, `${name}-Second`];
  const template: TestGraph = {
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [
      nodeTemplate('first', ['second'], { node_name: nodes[0]! }),
      nodeTemplate('second', [], { node_name: nodes[1]!, inputs }),
    ],
    ...fields,
  };
  await system.client.upsert(name, template);
  return { name, nodes };
}

/** A run whose first state a runtime holds that hosts both nodes. */
async function startRun(
  storeJson: Readonly<Record<string, string>> = {},
  ...graph: Parameters<typeof storeGraph>
): Promise<{ runId: string; runtime: RawRuntime; first: Assignment__Output }> {
  const { name, nodes } = await storeGraph(...graph);
  const runtime = await system.connect(nodes);
  const runId = await system.client.trigger(name, {}, { storeJson });
  return { runId, runtime, first: await runtime.assignment() };
}

async function storeOf(runId: string, pageSize = 0): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let pageToken = '';
  do {
    const page = await system.client.call<GetStoreResponse__Output>((...more) =>
      system.client.runs.getStore({ runId, pageSize, pageToken }, ...more),
    );
    for (const { key = '', valueJson = '' } of page.entries ?? []) values[key] = JSON.parse(valueJson);
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return values;
}

function change(lease: Lease, request: ChangeStoreRequest): Promise<ChangeStoreResponse__Output> {
  const { stateId = '', leaseToken = '' } = lease;
  return system.client.call((...more) =>
    system.client.runtimes.changeStore({ stateId, leaseToken, ...request }, ...more),
  );
}

function read(lease: Lease, ...keys: string[]): Promise<ReadStoreResponse__Output> {
  const { stateId = '', leaseToken = '' } = lease;
  return system.client.call((...more) =>
    system.client.runtimes.readStore({ stateId, leaseToken, keys }, ...more),
  );
}

const executed = { executed: { outputs: [{ outputJson: '{}' }] } };

test('a trigger that lacks required keys, or gives bad ones, is refused with all of them', async () => {
  const { name } = await storeGraph({
    store_config: { required_keys: ['user', 'team'], default_values: { n: 1 } },
  });
  const storeJson = { user: '"ada"', 'a.b': '1', n: '{', deep: `${'['.repeat(65)}${']'.repeat(65)}` };
  const refusal = await refusalOf(system.client.trigger(name, {}, { storeJson }));
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'STORE_INVALID');
  assert.deepEqual(
    refusal.violations.map(({ field, reason }) => `${reason} ${field}`),
    [
      'INVALID_STORE_KEY store_json["a.b"]',
      'INVALID_STORE_VALUE store_json["deep"]',
      'INVALID_STORE_VALUE store_json["n"]',
      'MISSING_STORE_KEY store_json["team"]',
    ],
  );
  const tooLarge = { user: '1', team: JSON.stringify('x'.repeat(100_000)) };
  assert.match(
    (await refusalOf(system.client.trigger(name, {}, { storeJson: tooLarge }))).message,
    /100002 bytes and can have 100000/,
  );
});

test('the same idempotency key with another store is a conflict, and with the same one the same run', async () => {
  const { name } = await storeGraph();
  const idempotencyKey = `${name}-key`;
  const trigger = (storeJson: Record<string, string>) =>
    system.client.trigger(name, {}, { storeJson, idempotencyKey });
  const runId = await trigger({ a: '{"x":1,"y":2}', b: '1' });
  assert.equal(await trigger({ b: '1.0', a: '{"y":2, "x":1}' }), runId);
  for (const other of [{}, { a: '{"x":1,"y":3}', b: '1' }, { a: '{"x":1,"y":2}' }] as Record<
    string,
    string
  >[]) {
    assert.equal((await refusalOf(trigger(other))).reason, 'IDEMPOTENCY_CONFLICT');
  }
});

test('expressions see the store as it is when the state is handed out, and reach into it', async () => {
  const inputs = {
    user: expression('store.user'),
    name: expression('store.user.names.0'),
    text: `hello ${expression('store.user.names.0')}, ${expression('store.n')}`,
    missing: expression('store.user.nothing'),
    deleted: expression('store.gone'),
  };
  const store_config = { required_keys: ['user'], default_values: { n: 1, gone: true } };
  const { runId, runtime, first } = await startRun({ user: '{"names":["ada"]}' }, { store_config }, inputs);
  runtime.report(first, {
    ...executed,
    storeChanges: [
      { key: 'gone', delete: true },
      { key: 'n', increment: 1 },
    ],
  });
  const second = await runtime.assignment();
  const user = { names: ['ada'] };
  assert.deepEqual(JSON.parse(second.inputsJson ?? ''), {
    user,
    name: 'ada',
    text: 'hello ada, 2',
    missing: null,
    deleted: null,
  });
  await change(second, { change: { key: 'n', increment: 40 } });
  runtime.reportErrored(second);
  const again = await runtime.assignment();
  assert.equal(again.attempt, 2);
  assert.equal(JSON.parse(again.inputsJson ?? '').text, 'hello ada, 42');
  runtime.report(again, executed);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('the inputs of the first node are checked with what the store begins with', async () => {
  const node = `store-${graphs++}-Strict`;
  const runtime = await system.connect([
    {
      name: node,
      inputSchemaJson: '{"type":"object","properties":{"n":{"type":"number"}},"required":["n"]}',
    },
  ]);
  await system.client.upsert(node, {
    store_config: { default_values: { n: 1 } },
    nodes: [nodeTemplate('first', [], { node_name: node, inputs: { n: expression('store.n') } })],
  });
  const refusal = await refusalOf(system.client.trigger(node, {}, { storeJson: { n: '"one"' } }));
  assert.equal(refusal.reason, 'INPUT_INVALID');
  await system.client.trigger(node);
  assert.equal((await runtime.assignment()).inputsJson, '{"n":1}');
});

test('changes of every outcome are made with it, and a report that comes twice makes them once', async () => {
  const { runId, runtime, first: requeued } = await startRun();
  runtime.report(requeued, { requeued: {}, storeChanges: [{ key: 'n', increment: 10 }] });
  await runtime.ack();
  const first = await runtime.assignment();
  const outcome = {
    ...executed,
    storeChanges: [
      { key: 'n', increment: 1 },
      { key: 'l', appendJson: '"a"' },
    ],
  };
  runtime.report(first, outcome);
  runtime.report(first, outcome);
  const acks = await runtime.acks(2);
  assert.deepEqual(acks.map(({ status }) => status).sort(), [
    'ACK_STATUS_ACCEPTED',
    'ACK_STATUS_ALREADY_SETTLED',
  ]);
  for (const [attempt, n] of [
    [1, 12],
    [2, 13],
  ] as const) {
    const second = await runtime.assignment();
    assert.equal(second.attempt, attempt);
    runtime.report(second, {
      errored: { code: 'BROKEN', message: '' },
      storeChanges: [{ key: 'n', increment: 1 }],
    });
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    assert.deepEqual(await storeOf(runId), { l: ['a'], n });
  }
  assert.equal((await system.client.end(runId)).status, 'FAILED');

  const other = await startRun();
  other.runtime.report(other.first, { pruned: {}, storeChanges: [{ key: 'n', increment: 7 }] });
  assert.equal((await system.client.end(other.runId)).status, 'SUCCESS');
  assert.deepEqual(await storeOf(other.runId), { n: 7 });
});

test('a report whose changes break a rule fails its state for good, and nothing of it is made', async () => {
  const cases: readonly [StoreChange, RegExp][] = [
    [{ key: 'word', increment: 1 }, /"word" cannot be incremented, because its value is not a number/],
    [{ key: 'word', appendJson: '1' }, /"word" cannot be appended to, because its value is not a list/],
    [{ key: 'huge', increment: 1e308 }, /"huge" cannot be incremented exactly/],
    [
      { key: 'long', appendJson: JSON.stringify('x'.repeat(99_000)) },
      /"long" would have more than 100000 bytes/,
    ],
    [{ key: 'n', increment: Number.NaN }, /"n" is to grow by NaN/],
    [{ key: 'a.b', setJson: '1' }, /"a\.b" must be .*without dots/],
    [{ key: 'n', setJson: 'nope' }, /"n" is not JSON/],
    [{ key: 'n', delete: false }, /must say set_json/],
    [{ key: 'n' }, /must say set_json/],
  ];
  for (const [broken, message] of cases) {
    const store = { word: '"x"', huge: '1e308', long: `["${'y'.repeat(2_000)}"]` };
    const { runId, runtime, first } = await startRun(store);
    const before = await storeOf(runId);
    runtime.report(first, { ...executed, storeChanges: [{ key: 'fine', setJson: '1' }, broken] });
    const ack = await runtime.ack();
    assert.equal(ack.status, 'ACK_STATUS_INVALID', JSON.stringify(broken).slice(0, 80));
    assert.equal(ack.reason?.code, 'STORE_INVALID');
    assert.match(ack.reason?.message ?? '', message);
    const state = await system.client.state(runId, 'first', 'ERRORED');
    assert.equal(state.failure?.code, 'STORE_INVALID');
    assert.deepEqual(await storeOf(runId), before);
    assert.equal((await system.client.end(runId)).status, 'FAILED');
  }
});

test('whoever holds a lease reads and changes the store at once, and nobody without one', async () => {
  const { runId, runtime, first } = await startRun({ a: '1', b: '[]' });
  assert.deepEqual(await change(first, { change: { key: 'a', increment: 1.5 } }), {
    applied: true,
    valueJson: '2.5',
    _valueJson: 'valueJson',
  });
  assert.deepEqual(await change(first, { change: { key: 'b', appendJson: '{"y":1, "x":2}' } }), {
    applied: true,
  });
  const swapped = await change(first, {
    change: { key: 'b', setJson: '"done"' },
    expected: { json: '[ {"x":2,"y":1} ]' },
  });
  assert.equal(swapped.applied, true);
  const refused = await change(first, { change: { key: 'b', delete: true }, expected: { absent: true } });
  assert.deepEqual([refused.applied ?? false, refused.valueJson], [false, '"done"']);
  const { entries, lookedUp } = await read(first, 'b', 'none', 'a');
  assert.deepEqual(
    [entries, lookedUp],
    [
      [
        { key: 'b', valueJson: '"done"' },
        { key: 'a', valueJson: '2.5' },
      ],
      3,
    ],
  );

  const elsewhere = { namespace: 'other', change: { key: 'a', setJson: '1' } };
  assert.equal((await refusalOf(change(first, elsewhere))).reason, 'STALE_LEASE');
  runtime.report(first, executed);
  await runtime.ack();
  for (const call of [change(first, { change: { key: 'a', setJson: '1' } }), read(first, 'a')]) {
    const refusal = await refusalOf(call);
    assert.deepEqual([refusal.code, refusal.reason], ['FAILED_PRECONDITION', 'STALE_LEASE']);
  }
  assert.deepEqual(await storeOf(runId), { a: 2.5, b: 'done' });
});

test('a change or a read that breaks a rule is refused with the field', async () => {
  const { first } = await startRun({ word: '"x"' });
  const cases: readonly [() => Promise<unknown>, string, string, RegExp][] = [
    [() => change(first, {}), 'FIELD_INVALID', 'change', /must say set_json/],
    [
      () => change(first, { change: { key: 'a.b', setJson: '1' } }),
      'STORE_INVALID',
      'change',
      /without dots/,
    ],
    [
      () => change(first, { change: { key: 'word', increment: 1 } }),
      'STORE_INVALID',
      'change',
      /not a number/,
    ],
    [
      () => change(first, { change: { key: 'a', setJson: '1' }, expected: {} }),
      'FIELD_INVALID',
      'expected',
      /json or absent/,
    ],
    [
      () => change(first, { change: { key: 'a', setJson: '1' }, expected: { json: '{' } }),
      'FIELD_INVALID',
      'expected.json',
      /is not JSON/,
    ],
    [
      () => change(first, { change: { key: 'a', setJson: '1' }, changeNumber: -1 }),
      'FIELD_INVALID',
      'change_number',
      /whole number/,
    ],
    [() => read(first), 'FIELD_INVALID', 'keys', /1 to 100/],
    [() => read(first, ...Array<string>(101).fill('a')), 'FIELD_INVALID', 'keys', /1 to 100/],
    [() => read(first, 'a', 'a.b'), 'FIELD_INVALID', 'keys[1]', /without dots/],
  ];
  for (const [call, reason, field, message] of cases) {
    const refusal = await refusalOf(call());
    assert.deepEqual(
      [refusal.code, refusal.reason, refusal.violations[0]?.field],
      ['INVALID_ARGUMENT', reason, field],
    );
    assert.match(refusal.message, message);
  }
});

test('a store that fits no message is read in pieces that do', async () => {
  const { runId, first } = await startRun();
  const expected: Record<string, string> = {};
  for (let i = 0; i < 12; i++) {
    const key = `key-${String(i).padStart(2, '0')}`;
    expected[key] = 'é'.repeat(45_000);
    await change(first, { change: { key, setJson: JSON.stringify(expected[key]) }, changeNumber: i + 1 });
  }
  assert.deepEqual(await storeOf(runId), expected);
  assert.deepEqual(await storeOf(runId, 1), expected);
  const found: Record<string, unknown> = {};
  for (let left = Object.keys(expected); left.length > 0; ) {
    const { entries = [], lookedUp = 0 } = await read(first, ...left);
    assert.ok(lookedUp > 0 && lookedUp < 12);
    for (const { key = '', valueJson = '' } of entries) found[key] = JSON.parse(valueJson);
    left = left.slice(lookedUp);
  }
  assert.deepEqual(found, expected);
});

test('of many who compare and set at once, no step is lost', async () => {
  const { runId, runtime, first } = await startRun({ n: '0' });
  runtime.reportExecuted(first, Array(8).fill({}));
  const held = await runtime.assignments(8);
  const climb = async (lease: Lease): Promise<void> => {
    for (let expected = '0'; ; ) {
      const next = { key: 'n', setJson: String(Number(expected) + 1) };
      const { applied, valueJson = '' } = await change(lease, { change: next, expected: { json: expected } });
      if (applied) return;
      expected = valueJson;
    }
  };
  await Promise.all(held.map(climb));
  assert.deepEqual(await storeOf(runId), { n: 8 });
});

test('a run that a trigger of its graph starts begins with the store that the trigger gives', async () => {
  const { name: source, nodes } = await storeGraph();
  const node = `${source}-After`;
  await system.client.upsert(node, {
    store_config: { required_keys: ['user'], default_values: { n: 1 } },
    nodes: [
      nodeTemplate('first', [], {
        node_name: node,
        inputs: { user: expression('store.user.name'), n: expression('store.n') },
      }),
    ],
    triggers: [{ after: { graph: source }, store: { user: { name: 'ada' } } }],
  });
  const runtime = await system.connect([...nodes, node]);
  await system.client.trigger(source);
  runtime.report(await runtime.assignment(), executed);
  runtime.report(await runtime.assignment(), executed);
  const started = await runtime.assignment();
  assert.equal(started.nodeName, node);
  const { user, n } = JSON.parse(started.inputsJson ?? '');
  assert.deepEqual([user, n], ['ada', 1]);
  assert.deepEqual(await storeOf(started.runId ?? ''), { n: 1, user: { name: 'ada' } });
});

test('there is no store of a run that there is not', async () => {
  assert.equal((await refusalOf(storeOf('nobody'))).reason, 'RUN_NOT_FOUND');
});
