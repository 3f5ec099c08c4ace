import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import type { TriggerRunRequest, ValidateGraphResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { chain, expression, nodeTemplate } from '../../support/graphs.ts';
import { type Refusal, refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
  await system.client.upsert('good', { nodes: [nodeTemplate('good')] });
});
afterEach(async () => {
  await system.disconnect();
  // Whatever it was, the process lives and works.
  await system.client.trigger('good');
});
after(() => system?.stop());

function refusedGraph(template: unknown): Promise<Refusal> {
  return refusalOf(system.client.upsert('bad', template));
}

function refusedTrigger(request: TriggerRunRequest): Promise<Refusal> {
  return refusalOf(system.client.tryTrigger({ graphName: 'good', ...request }));
}

/** A text that a name may not have. */
const hostileNames = ['', 'a b', 'a:b', '}{:*\r\n', '*', '{tag}', '../..', 'ü', 'x'.repeat(129), 'a\0b'];

test('an invalid graph is refused with every violation, each with a path, a code and a sentence', async () => {
  const template = {
    nodes: [
      nodeTemplate('first', ['second', 'nowhere']),
      nodeTemplate('second', ['first'], { inputs: { value: expression('stranger.outputs.value') } }),
      nodeTemplate('store', []),
      nodeTemplate('second', []),
    ],
    retry_policy: { max_retries: -1 },
    ordr: 'DEPTH_FIRST',
  };
  const refusal = await refusedGraph(template);
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'GRAPH_INVALID');
  assert.ok(refusal.violations.length >= 5, JSON.stringify(refusal.violations));
  for (const { field, reason, description } of refusal.violations) {
    assert.match(field, /^\$/, 'a JSON path');
    assert.match(reason, /^[A-Z_]+$/);
    assert.ok(description.length > 10);
  }
  const text = JSON.stringify(refusal.violations);
  for (const word of ['nowhere', 'stranger', 'store', 'max_retries', 'ordr', 'order']) {
    assert.ok(text.includes(word), `${word} in ${text}`);
  }

  const validated = await system.client.call<ValidateGraphResponse__Output>((...more) =>
    system.client.graphs.validateGraph({ templateJson: JSON.stringify(template) }, ...more),
  );
  assert.equal(validated.violations?.length, refusal.violations.length);
  const { reason } = await refusalOf(system.client.trigger('bad'));
  assert.equal(reason, 'GRAPH_NOT_FOUND', 'nothing was stored');
});

test('an estimate takes widths of nodes in the graph only, and none below 0', async () => {
  const validate = (assumedWidths: Record<string, number>) =>
    system.client.call<ValidateGraphResponse__Output>((...more) =>
      system.client.graphs.validateGraph(
        { templateJson: JSON.stringify({ nodes: [nodeTemplate('split')] }), assumedWidths },
        ...more,
      ),
    );
  const { estimate } = await validate({ split: 5 });
  assert.equal(estimate?.states, 5);
  assert.deepEqual(estimate.nodes, [{ identifier: 'split', executions: 1, states: 5, scopes: 0 }]);
  for (const [widths, message] of [
    [{ split: -1 }, /assumed_widths\["split"\] is -1/],
    [Object.fromEntries([['__proto__', 1]]), /__proto__/],
    [{ splits: 1 }, /did you mean "split"\?/],
  ] as const) {
    const refusal = await refusalOf(validate(widths));
    assert.equal(refusal.reason, 'FIELD_INVALID');
    assert.match(refusal.message, message);
  }
});

test('the violations of a graph that has thousands fit into the answer', async () => {
  const nodes = Array.from({ length: 2_000 }, (_, i) => nodeTemplate(`node${i}`, [`nowhere${i}`]));
  const refusal = await refusedGraph({ nodes });
  assert.equal(refusal.reason, 'GRAPH_INVALID');
  assert.ok(refusal.violations.length > 5);
});

test('a graph that is no JSON object is refused', async () => {
  for (const template of ['', '{', '[]', 'null', '"text"', '42']) {
    const refusal = await refusedGraph(template);
    assert.equal(refusal.code, 'INVALID_ARGUMENT', template);
    assert.ok(refusal.message.length > 10, template);
  }
});

test('a second unite of the same node further down is refused with a clear sentence', async () => {
  const refusal = await refusedGraph({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', ['again'], { unites: { identifier: 'split' } }),
      nodeTemplate('again', [], { unites: { identifier: 'split' } }),
    ],
  });
  const [violation] = refusal.violations;
  assert.equal(violation?.field, '$.nodes[3].unites.identifier');
  assert.match(violation?.description ?? '', /again.*split/);
});

test('hostile graphs are refused in linear time', async () => {
  const template = (value: unknown) => ({ nodes: [nodeTemplate('node', [], { inputs: { value } })] });
  const hostile: readonly unknown[] = [
    template('${{'.repeat(350_000)),
    template('${{ '.repeat(250_000) + '}}'.repeat(250_000)),
    template(`\${{ ${'a.'.repeat(500_000)} }}`),
    JSON.stringify(template('DEEP')).replace('"DEEP"', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
    '['.repeat(1_000_000),
    chain(...Array.from({ length: 50 }, () => 'same')),
    { nodes: [nodeTemplate('__proto__')] },
    { nodes: [nodeTemplate('node', [], { constructor: 1 })] },
    `{"nodes":[{"identifier":"a","node_name":"A","__proto__":{"next_nodes":["b"]}}]}`,
  ];
  for (const [i, one] of hostile.entries()) {
    const startedAt = performance.now();
    const refusal = await refusedGraph(one);
    const tookMs = performance.now() - startedAt;
    assert.equal(refusal.code, 'INVALID_ARGUMENT', `graph ${i}: ${refusal.message}`);
    assert.ok(tookMs < 2_000, `graph ${i} took ${Math.round(tookMs)} ms`);
  }
});

test('a graph that does not exist is not found, by name and namespace', async () => {
  for (const graphName of ['unknown', '__proto__', 'constructor']) {
    const refusal = await refusedTrigger({ graphName });
    assert.equal(refusal.code, 'NOT_FOUND');
    assert.equal(refusal.reason, 'GRAPH_NOT_FOUND');
    assert.ok(refusal.message.includes(`"${graphName}"`));
  }
  const elsewhere = await refusedTrigger({ namespace: 'elsewhere' });
  assert.equal(elsewhere.reason, 'GRAPH_NOT_FOUND');
  assert.match(elsewhere.message, /namespace "elsewhere"/);
  const version = await refusalOf(
    system.client.call((...more) => system.client.graphs.getGraph({ name: 'good', version: 99 }, ...more)),
  );
  assert.equal(version.reason, 'GRAPH_NOT_FOUND');
  assert.match(version.message, /version 99/);
});

test('a run that does not exist is not found by any call', async () => {
  const { client } = system;
  for (const runId of ['unknown', '__proto__', '01a20a70-e27d-7593-8205-ec08cc1ca9ed']) {
    const refusals = [
      await refusalOf(client.run(runId)),
      await refusalOf(client.states(runId)),
      await refusalOf(client.watch(runId)),
      await refusalOf(client.call((...more) => client.runs.listResults({ runId }, ...more))),
    ];
    for (const { code, reason } of refusals) assert.deepEqual([code, reason], ['NOT_FOUND', 'RUN_NOT_FOUND']);
  }
  const runId = await client.trigger('good');
  const elsewhere = await refusalOf(
    client.call((...more) => client.runs.getRun({ namespace: 'elsewhere', runId }, ...more)),
  );
  assert.equal(elsewhere.reason, 'RUN_NOT_FOUND');
});

test('inputs against the schema of the root are refused at the trigger', async () => {
  const inputSchemaJson = JSON.stringify({
    type: 'object',
    properties: { file: { type: 'string' }, size: { type: 'integer' } },
    required: ['file', 'size'],
  });
  await system.connect([{ name: 'StrictNode', inputSchemaJson }]);
  await system.client.upsert('strict', { nodes: [nodeTemplate('strict', [], { inputs: { size: 3 } })] });
  for (const inputsJson of ['{}', '{"file":1}', '{"file":"a","size":"b"}']) {
    const refusal = await refusedTrigger({ graphName: 'strict', inputsJson });
    assert.equal(refusal.code, 'INVALID_ARGUMENT');
    assert.equal(refusal.reason, 'INPUT_INVALID');
    assert.match(refusal.message, /StrictNode.*(file|size)/);
    assert.equal(refusal.violations[0]?.field, 'inputs_json');
  }
  await system.client.trigger('strict', { file: 'a' });
});

test('names that could reach another key of storage are refused wherever they come from', async () => {
  const { client } = system;
  for (const name of hostileNames.slice(1)) {
    const refusals = [
      await refusalOf(client.upsert(name, { nodes: [nodeTemplate('a')] })),
      await refusalOf(client.upsert('a', { nodes: [nodeTemplate('a')] }, name)),
      await refusalOf(client.run(name)),
      await refusalOf(client.states('a', name)),
      await refusedGraph({ nodes: [nodeTemplate('a', [], { identifier: name })] }),
      await refusedGraph({ nodes: [nodeTemplate('a', [], { node_name: name })] }),
    ];
    for (const [i, { code }] of refusals.entries()) {
      assert.equal(code, 'INVALID_ARGUMENT', `call ${i} with ${JSON.stringify(name)}`);
    }
  }
});

test('fields named like parts of an object pass through as data', async () => {
  const runtime = await system.connect(['constructor', 'toString']);
  const runId = await system.client.start(
    'constructor',
    {
      nodes: [
        nodeTemplate('hasOwnProperty', ['valueOf'], { node_name: 'constructor' }),
        nodeTemplate('valueOf', [], {
          node_name: 'toString',
          inputs: { value: expression('hasOwnProperty.outputs.constructor') },
        }),
      ],
    },
    JSON.parse('{"__proto__":{"polluted":true},"constructor":"text"}'),
  );
  const first = await runtime.assignment();
  assert.equal(first.inputsJson, '{"__proto__":{"polluted":true},"constructor":"text"}');
  runtime.report(first, { executed: { outputs: [{ outputJson: '{"__proto__":1}' }] } });
  const second = await runtime.assignment();
  assert.deepEqual(JSON.parse(second.inputsJson ?? ''), { value: null }, 'what is missing is null');
  const outputJson = '{"__proto__":{"polluted":true}}';
  runtime.report(second, { executed: { outputs: [{ outputJson }] } });
  const { results } = await system.client.end(runId);
  assert.equal(results[0]?.outputJson, outputJson);
});

test('an output that nests too deep to be handed on fails its state, and the run ends', async () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const list = { type: 'array', items: { $ref: '#/$defs/list' } };
  const schema = { type: 'object', properties: { list: { $ref: '#/$defs/list' } }, $defs: { list } };
  const runtime = await system.connect([
    { name: 'DeepNode', outputSchemaJson: JSON.stringify(schema) },
    'NextNode',
  ]);
  const template = {
    nodes: [
      nodeTemplate('deep', ['next']),
      nodeTemplate('next', [], { inputs: { list: expression('deep.outputs.list') } }),
    ],
  };
  for (const outcome of [
    { executed: { outputs: [{ outputJson: `{"list":${deep}}` }] } },
    { pruned: { dataJson: deep } },
  ]) {
    const runId = await system.client.start('deep', template);
    runtime.report(await runtime.assignment(), outcome);
    const ack = await runtime.ack();
    assert.equal(ack.status, 'ACK_STATUS_INVALID');
    assert.match(ack.reason?.message ?? '', /nests deeper than 64 levels/);
    assert.equal((await system.client.end(runId)).status, 'FAILED');
  }
});

test('large integers and special texts come through as they are', async () => {
  const runtime = await system.connect(['EchoNode']);
  const inputs = {
    text: '\u2028 "\\ \0 😀 ${{ x.outputs.y }} {{}}',
    empty: '',
    list: [],
    object: {},
    nothing: null,
  };
  const runId = await system.client.start('echo', { nodes: [nodeTemplate('echo')] }, inputs);
  const assignment = await runtime.assignment();
  assert.deepEqual(JSON.parse(assignment.inputsJson ?? ''), inputs, 'a value is never expanded');
  const outputJson = '{"big":9007199254740993,"list":[],"float":1.0}';
  runtime.report(assignment, { executed: { outputs: [{ outputJson }] } });
  const { results } = await system.client.end(runId);
  assert.equal(results[0]?.outputJson, outputJson);
});

test('garbage on the port ends its connection, and nothing else', async () => {
  const runtime = await system.connect(['AliveNode']);
  const [host, port] = system.stateManager.address.split(':');
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const garbage = [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7_919) % 256)),
    Buffer.concat([Buffer.from(preface), Buffer.alloc(1_000, 0xff)]),
    Buffer.concat([Buffer.from(preface), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), Buffer.alloc(64, 1)]),
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ];
  const sockets = garbage.map((bytes) => {
    const socket = connect(Number(port), host, () => socket.write(bytes));
    // What is refused is reset.
    socket.on('error', () => socket.destroy());
    return socket;
  });
  // None of it asks for anything; what could be a slow client may stay for a while.
  await eventually(() => sockets.every((socket) => socket.destroyed || socket.bytesWritten > 0));
  runtime.send({ ping: { nonce: 11 } });
  assert.equal((await runtime.next('pong')).nonce, 11);
  for (const socket of sockets) socket.destroy();
});
