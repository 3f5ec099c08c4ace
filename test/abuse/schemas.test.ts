/** Schemas of a tenant that cost more than they look like: what it gets, and that nobody else waits for them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readRefusal } from '../support/raw/raw-client.ts';
import type { RawRuntime } from '../support/raw/raw-runtime.ts';
import { type AbusedSystem, percentile, startAbused } from './abused-system.ts';

/** Waits that are no harm, on a machine that has much other work: each of these attacks used to take many seconds. */
const maxPingMs = 800;
const maxRunMs = 3_000;
const maxGrownBytes = 300_000_000;

type Damage = Awaited<ReturnType<AbusedSystem['during']>>;

let system: AbusedSystem;

before(async () => {
  system = await startAbused();
});
after(() => system?.stop());

/** Checks that nobody else has noticed. */
function assertUnnoticed({ seen, longestPingMs, grownBytes }: Damage, limits = { maxPingMs }): void {
  assert.deepEqual(seen.errors, []);
  assert.ok(longestPingMs <= limits.maxPingMs, `a ping waited ${longestPingMs} ms`);
  assert.ok(percentile(seen.runsMs, 0.5) <= maxRunMs, `runs took ${seen.runsMs.map(Math.round)} ms`);
  assert.ok(grownBytes <= maxGrownBytes, `${grownBytes} bytes more`);
}

/** Says hello with nodes by name; each has its schemas. @returns the refusal, if it is refused */
async function hello(
  stream: RawRuntime,
  nodes: Readonly<
    Record<string, { readonly input?: unknown; readonly output?: unknown; readonly openFanOut?: boolean }>
  >,
) {
  const text = (schema: unknown) => (schema === undefined ? '' : JSON.stringify(schema));
  stream.send({
    hello: {
      ...{ protocolVersion: 1, runtimeName: 'raw', language: 'test', capacity: { total: 100 } },
      nodes: Object.entries(nodes).map(([name, { input, output, openFanOut = false }]) => ({
        ...{ name, inputSchemaJson: text(input), outputSchemaJson: text(output), openFanOut },
      })),
    },
  });
  return stream.next('welcome', 60_000).then(
    () => undefined,
    async () => readRefusal(await stream.ended),
  );
}

/** Stores a graph with a node of that name at each place, one behind the other; its name is the first one's. */
async function chain(...nodeNames: string[]): Promise<string> {
  const [name = ''] = nodeNames;
  await system.attacker.upsert(name, {
    nodes: nodeNames.map((nodeName, i) => ({
      ...{ node_name: nodeName, identifier: nodeName, inputs: {} },
      next_nodes: nodeNames.slice(i + 1, i + 2),
    })),
  });
  return name;
}

/** An object schema with that many properties. */
function wide(count: number, property: unknown): unknown {
  return {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, property])),
  };
}

const endless = {
  if: { required: ['boom'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { $ref: '#' },
};

test('schemas with patterns and trees work from end to end', async () => {
  const tree = {
    type: 'object',
    properties: {
      name: { type: 'string', pattern: '^(?:[a-z])+$' },
      children: { type: 'array', items: { $ref: '#' } },
    },
    required: ['name'],
  };
  const stream = system.open();
  assert.equal(await hello(stream, { Tree: { input: tree, output: tree } }), undefined);
  const graph = await chain('Tree');
  const grown = { name: 'a', children: [{ name: 'b', children: [{ name: 'c' }] }] };
  const runId = await system.attacker.trigger(graph, grown);
  const assignment = await stream.assignment();
  assert.deepEqual(JSON.parse(assignment.inputsJson ?? ''), grown);
  stream.reportExecuted(assignment, [grown, { name: 'd' }]);
  assert.equal((await stream.ack()).status, 'ACK_STATUS_ACCEPTED');
  const { status, outputs } = await system.attacker.end(runId);
  assert.deepEqual({ status, outputs }, { status: 'SUCCESS', outputs: [grown, { name: 'd' }] });
  await assert.rejects(
    system.attacker.trigger(graph, { name: 'a', children: [{ name: 'B' }] }),
    /children\.0\.name must match pattern/,
  );
});

test('emits that are checked in a thread are taken in order, and the first that breaks its schema ends them', async () => {
  for (const openFanOut of [false, true]) {
    const stream = system.open();
    const name = openFanOut ? 'OpenEmitter' : 'Emitter';
    const output = { properties: { a: { pattern: '^(?:a)+$' } } };
    assert.equal(await hello(stream, { [name]: { output, openFanOut } }), undefined);
    const runId = await system.attacker.trigger(await chain(name));
    const { stateId, leaseToken } = await stream.assignment();
    const lease = { ...(stateId && { stateId }), ...(leaseToken && { leaseToken }) };
    for (const [firstIndex, a] of ['a', 'aa', 'b'].entries())
      stream.send({
        emits: { items: [{ ...lease, firstIndex, outputs: [{ outputJson: JSON.stringify({ a }) }] }] },
      });
    const acks = await stream.acks(3, 20_000);
    assert.deepEqual(
      acks.map(({ firstIndex = 0, status }) => `${firstIndex} ${status}`),
      ['0 ACK_STATUS_ACCEPTED', '1 ACK_STATUS_ACCEPTED', '2 ACK_STATUS_INVALID'],
    );
    assert.equal((await system.attacker.end(runId)).status, 'FAILED');
  }
});

test('a schema that refers to itself endlessly fails what is checked with it, and is never an internal error', async () => {
  const stream = system.open();
  const nodes = { First: {}, Inputs: { input: endless }, Outputs: { output: endless } };
  assert.equal(await hello(stream, nodes), undefined);
  const [root, second, outputs] = [
    await chain('Inputs'),
    await chain('First', 'Inputs'),
    await chain('Outputs'),
  ];
  await system.attacker.upsert(second, {
    nodes: [
      { node_name: 'First', identifier: 'first', inputs: {}, next_nodes: ['second'] },
      { node_name: 'Inputs', identifier: 'second', inputs: { boom: 1 }, next_nodes: [] },
    ],
  });
  const damage = await system.during(async () => {
    const refusal = await system.attacker.trigger(root, { boom: 1 }).then(() => undefined, readRefusal);
    const runIds = [await system.attacker.trigger(second), await system.attacker.trigger(outputs)];
    for (const each of await stream.assignments(2)) stream.reportExecuted(each, [{ boom: 1 }]);
    const acks = await stream.acks(2);
    const ends = await Promise.all(runIds.map((runId) => system.attacker.end(runId)));
    const [state] = await system.attacker.states(runIds[0]!, 'second');
    return { refusal, acks, ends, state };
  });
  assertUnnoticed(damage);
  const { refusal, acks, ends, state } = damage.result;
  assert.equal(refusal?.reason, 'INPUT_INVALID');
  assert.match(refusal?.message ?? '', /refers to itself endlessly/);
  const refused = acks.find(({ status }) => status === 'ACK_STATUS_INVALID');
  assert.equal(refused?.reason?.code, 'OUTPUT_INVALID');
  assert.match(refused?.reason?.message ?? '', /refers to itself endlessly/);
  assert.equal(state?.status, 'STATE_STATUS_ERRORED');
  assert.equal(state?.failure?.code, 'INPUT_INVALID');
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['FAILED', 'FAILED'],
  );
});

test('S8: schemas full of alternatives are compared with the inputs of a graph within a bound', async () => {
  const leaf = Array.from({ length: 30 }, (_, i) => ({
    type: 'object',
    required: [`r${i}`],
    properties: {},
  }));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`in${i}`, { $ref: '#/$defs/any' }])),
    $defs: {
      any: {
        anyOf: leaf.map((each) => ({ ...each, properties: { [each.required[0]!]: { type: 'null' } } })),
      },
    },
  };
  assert.equal(await hello(system.open(), { Compared: { input: schema, output: schema } }), undefined);
  const nodes = Array.from({ length: 400 }, (_, i) => ({
    ...{ node_name: 'Compared', identifier: `n${i}`, next_nodes: i < 399 ? [`n${i + 1}`] : [] },
    inputs: Object.fromEntries(
      Array.from({ length: 20 }, (_, k) => [
        `in${k}`,
        i === 0 ? { r29: null } : `\${{ n${i - 1}.outputs.in${k} }}`,
      ]),
    ),
  }));
  // The same graph without schemas takes its time as well.
  const plain = nodes.map((node) => ({ ...node, node_name: 'Unknown' }));
  const { longestPingMs } = await system.during(() => system.attacker.upsert('plain', { nodes: plain }));
  const damage = await system.during(() => system.attacker.upsert('compared', { nodes }));
  assertUnnoticed(damage, { maxPingMs: 2 * longestPingMs + maxPingMs });
  assert.ok(damage.result.warnings?.some(({ code }) => code === 'SCHEMAS_TOO_LARGE'));
});

test('S3: patterns without an end are broken off, again and again, and others go on', async () => {
  const stream = system.open();
  const names = ['Pattern0', 'Pattern1'];
  const nodes = names.map((name, i) => {
    const output = { properties: { a: { pattern: '^(a+)+$' } }, $comment: `another one: ${i}` };
    return [name, { output }] as const;
  });
  const good = { properties: { a: { pattern: '^(?:a)+$' } } };
  assert.equal(await hello(stream, { ...Object.fromEntries(nodes), Good: { output: good } }), undefined);
  const graphs = await Promise.all([...names, 'Good'].map((name) => chain(name)));
  const damage = await system.during(async () => {
    for (const graph of graphs) await system.attacker.trigger(graph);
    const assignments = await stream.assignments(graphs.length);
    for (const each of assignments)
      stream.reportExecuted(each, [{ a: each.nodeName === 'Good' ? 'aaa' : `${'a'.repeat(60)}!` }]);
    const acks = await stream.acks(graphs.length, 90_000);
    return acks.map(({ stateId, status, reason }) => {
      const name = assignments.find((each) => each.stateId === stateId)?.nodeName;
      return { name, status, message: reason?.message ?? '' };
    });
  });
  assertUnnoticed(damage);
  for (const { name, status, message } of damage.result) {
    assert.equal(status, name === 'Good' ? 'ACK_STATUS_ACCEPTED' : 'ACK_STATUS_INVALID');
    if (name !== 'Good') assert.match(message, /cannot be checked within 1000 ms: simplify/);
  }
});

test('S2: a value that is held against each of many alternatives fails, and nobody waits for it', async () => {
  const stream = system.open();
  const alternatives = [...Array.from({ length: 440 }, () => ({ type: 'null' })), { type: 'integer' }];
  const output = { properties: { list: { items: { anyOf: alternatives } } } };
  assert.equal(await hello(stream, { Alternatives: { output } }), undefined);
  const graph = await chain('Alternatives');
  const damage = await system.during(async () => {
    const runId = await system.attacker.trigger(graph);
    stream.reportExecuted(await stream.assignment(), [{ list: Array.from({ length: 450_000 }, () => 1) }]);
    const { status, reason } = await stream.ack(60_000);
    return { status, reason, end: await system.attacker.end(runId, 20_000) };
  });
  assertUnnoticed(damage);
  const { status, reason, end } = damage.result;
  assert.equal(status, 'ACK_STATUS_INVALID');
  assert.equal(reason?.code, 'OUTPUT_INVALID');
  assert.match(reason?.message ?? '', /cannot be checked (within|in the memory).*: simplify/);
  assert.equal(end.status, 'FAILED');
});

test('S1: schemas of more bytes than a hello can have are refused with what to do', async () => {
  const schemas = (count: number, properties: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`N${i}`, { input: wide(properties, { type: 'string' }) }]),
    );
  const damage = await system.during(() => hello(system.open(), schemas(40, 3_000)));
  assertUnnoticed(damage);
  assert.equal(damage.result?.reason, 'HELLO_INVALID');
  assert.match(
    damage.result?.message ?? '',
    /input_schema_json of N\d+ .* 1048576 bytes .* several runtimes/,
  );
});

test('S1: references to a wide schema cost no more than their text', async () => {
  // Some 8, 60 and 170 KB.
  for (const references of [150, 2_100, 6_000]) {
    const b = wide(200, { type: 'string' });
    const schema = { ...(wide(references, { $ref: '#/$defs/b' }) as object), $defs: { b } };
    const damage = await system.during(() => hello(system.open(), { Wide: { input: schema } }));
    assertUnnoticed(damage);
    if (damage.result) {
      assert.equal(damage.result.reason, 'HELLO_INVALID');
      assert.match(damage.result.message, /input_schema_json of Wide is not a JSON Schema that can be used/);
    }
  }
});
