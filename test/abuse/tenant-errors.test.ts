/** Errors that a tenant's schemas and values make are that tenant's failures: never internal ones, nor those of storage. */
import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import { chain, expression, nodeName, nodeTemplate } from '../support/graphs.ts';
import { readRefusal } from '../support/raw/raw-client.ts';
import { type AbusedSystem, startAbused } from './abused-system.ts';

/** Longest wait of a health check, milliseconds, on a machine that does nothing else. */
const shortMs = 1_000;
/** A schema that refers to itself where it stands: whoever checks with it never ends. */
const endless = '{"if":{"required":["boom"]},"then":{"$ref":"#"}}';

let system: AbusedSystem;

before(async () => {
  system = await startAbused();
});
after(() => system?.stop());

/** Attacks, and says that nobody else has noticed. */
async function harmless<T>(attack: () => Promise<T>): Promise<T> {
  const { result, seen, longestPingMs } = await system.during(attack);
  assert.deepEqual(seen.errors, []);
  const share = Math.max(1, loadavg()[0]! / cpus().length);
  assert.ok(longestPingMs < shortMs * share, `a health check took ${Math.round(longestPingMs)} ms`);
  return result;
}

test('inputs whose check never ends are the failure of their state, once, and hold up nobody', async () => {
  const graph = {
    nodes: [
      nodeTemplate('first', ['second']),
      nodeTemplate('second', [], { inputs: { boom: expression('first.outputs.boom') } }),
    ],
  };
  const failure = await harmless(async () => {
    const stream = system.open();
    await stream.hello({
      nodes: [{ name: nodeName('first') }, { name: nodeName('second'), inputSchemaJson: endless }],
    });
    await system.attacker.upsert('endless-inputs', graph);
    const runId = await system.attacker.trigger('endless-inputs');
    stream.reportExecuted(await stream.assignment(), [{ boom: 1 }]);
    const { status } = await system.attacker.end(runId);
    assert.equal(status, 'FAILED');
    const states = await system.attacker.states(runId, 'second');
    await stream.cut();
    assert.equal(states.length, 1);
    return states[0];
  });
  assert.equal(failure?.failure?.code, 'INPUT_INVALID');
  assert.equal(failure?.attempt, 1);
  const logged = system.stateManager.events();
  assert.deepEqual(
    logged.filter(({ event }) => event === 'assign_failed' || event === 'settle_failed'),
    [],
  );
});

test('a trigger whose check never ends is refused, and outputs are', async () => {
  const stream = system.open();
  const nodes = [
    { name: nodeName('root'), inputSchemaJson: endless },
    { name: nodeName('out'), outputSchemaJson: endless },
  ];
  await stream.hello({ nodes });
  await system.attacker.upsert('endless-trigger', chain('root'));
  await system.attacker.upsert('endless-output', chain('out'));
  const { reason, code } = await harmless(() =>
    reasonOf(() => system.attacker.trigger('endless-trigger', { boom: 1 })),
  );
  assert.deepEqual([code, reason], ['INVALID_ARGUMENT', 'INPUT_INVALID']);
  const runId = await system.attacker.trigger('endless-output');
  stream.reportExecuted(await stream.assignment(), [{ boom: 1 }]);
  assert.equal((await stream.ack()).status, 'ACK_STATUS_INVALID');
  await system.attacker.end(runId);
  const [state] = await system.attacker.states(runId);
  assert.equal(state?.failure?.code, 'OUTPUT_INVALID');
  await stream.cut();
});

/** Texts of JSON that somebody may send, and what they are. */
const texts: Readonly<Record<string, string>> = {
  'deep arrays': '['.repeat(400_000),
  'deep objects': '{"a":'.repeat(100_000),
  'deep, closed, with a long number': `${'['.repeat(200_000)}1e400${']'.repeat(200_000)}`,
  'deep in a member, with a long number': `{"nodes":${'['.repeat(100_000)}12345678901234567890${']'.repeat(100_000)}}`,
  'many keys': `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`,
  'many empty objects': `{"a":[${Array.from({ length: 300_000 }, () => '{}').join()}]}`,
  'a key with a name of its own': '{"__proto__":{"constructor":1},"constructor":{"prototype":{}}}',
  'a long name': JSON.stringify({ ['n'.repeat(900_000)]: 1 }),
  'lone surrogates': '{"\\ud800":"\\udfff"}',
  'numbers beyond doubles':
    '{"a":9007199254740993,"b":1e999,"c":-0,"d":1e-999,"e":123456789012345678901234567890}',
  'no object': '"text"',
  nothing: '',
  'half a text': '{"a":"',
  'a byte of nothing': '{"a":"\u0000"}',
};

/** Calls that take a text of JSON, or a name, from their caller. */
const calls: Readonly<Record<string, (text: string) => Promise<unknown>>> = {
  TriggerRun: (inputsJson) => system.attacker.tryTrigger({ graphName: 'swept', inputsJson }),
  'TriggerRun with a store': (json) =>
    system.attacker.tryTrigger({
      graphName: 'swept',
      storeJson: { key: json, [json.slice(0, 10_000)]: '1' },
    }),
  'TriggerRun with a key': (text) =>
    system.attacker.tryTrigger({
      graphName: 'swept',
      idempotencyKey: text.slice(0, 1_000),
      traceparent: text.slice(0, 1_000),
    }),
  UpsertGraph: (template) => system.attacker.upsert('sweep', template),
  ValidateGraph: (templateJson) =>
    system.attacker.call((...more) =>
      system.attacker.graphs.validateGraph(
        { name: 'sweep', templateJson, assumedWidths: { [templateJson.slice(0, 10_000)]: 1 } },
        ...more,
      ),
    ),
  'an input in a template': (text) =>
    system.attacker.upsert(
      'sweep',
      `{"nodes":[{"node_name":"N","identifier":"n","inputs":{"a":${text || '""'}},"next_nodes":[]}]}`,
    ),
  ListStates: (text) =>
    system.attacker.call((...more) =>
      system.attacker.runs.listStates(
        { runId: text.slice(0, 1_000), pageToken: text.slice(0, 3_000) },
        ...more,
      ),
    ),
  ListRuns: (text) =>
    system.attacker.call((...more) =>
      system.attacker.runs.listRuns(
        { graphName: text.slice(0, 200), pageToken: text.slice(0, 2_000) },
        ...more,
      ),
    ),
  ListNodes: (text) =>
    system.attacker.call((...more) =>
      system.attacker.nodes.listNodes({ pageToken: text.slice(0, 2_000) }, ...more),
    ),
  ListRuntimes: (text) =>
    system.attacker.call((...more) =>
      system.attacker.nodes.listRuntimes({ pageToken: text.slice(0, 2_000) }, ...more),
    ),
  ListTokens: (text) =>
    system.admin.call((...more) =>
      system.admin.admin.listTokens({ namespace: 'attacker', pageToken: text.slice(0, 2_000) }, ...more),
    ),
  GetGraph: (text) =>
    system.attacker.call((...more) =>
      system.attacker.graphs.getGraph({ name: text.slice(0, 500), version: 2 }, ...more),
    ),
};

/** The reason for which a call was refused; empty: it was not. */
async function reasonOf(call: () => Promise<unknown>): Promise<{ code: string; reason: string }> {
  try {
    await call();
    return { code: '', reason: '' };
  } catch (error) {
    return readRefusal(error as never);
  }
}

test('no call with a hostile text is answered INTERNAL, and none holds anybody up', async () => {
  await system.attacker.upsert('swept', chain('swept'));
  const internal = await harmless(async () => {
    const found: string[] = [];
    for (const [what, text] of Object.entries(texts)) {
      for (const [name, call] of Object.entries(calls)) {
        const { code, reason } = await reasonOf(() => call(text));
        const isExpected = code === '' || (reason !== '' && reason !== 'INTERNAL' && code !== 'UNKNOWN');
        if (!isExpected) found.push(`${name} with ${what}: ${code} ${reason}`);
      }
    }
    return found;
  });
  assert.deepEqual(internal, []);
  assert.deepEqual(system.stateManager.events('call_failed'), []);
});

test('an output of any hostile text ends its state, and not its stream', async () => {
  const stream = system.open();
  await stream.hello({ nodes: [{ name: nodeName('swept') }] });
  // Runs of the sweep before have left their roots: what comes is answered the same.
  for (const [what, outputJson] of Object.entries(texts)) {
    await system.attacker.upsert('swept', chain('swept'));
    await system.attacker.trigger('swept');
    const [lease] = await stream.assignments(1);
    stream.report(lease!, { executed: { outputs: [{ outputJson }] } });
    const [ack] = await stream.acks(1);
    assert.match(ack?.status ?? '', /ACK_STATUS_(ACCEPTED|INVALID)/, what);
  }
  await stream.cut();
});

test('a hello with any hostile schema is refused or welcomed', async () => {
  for (const [what, inputSchemaJson] of Object.entries(texts)) {
    const stream = system.open();
    const welcomed = stream.hello({
      nodes: [{ name: 'Hostile', inputSchemaJson: inputSchemaJson.slice(0, 260_000) }],
    });
    const end = await Promise.race([
      welcomed.then(
        () => undefined,
        () => stream.ended,
      ),
      stream.ended,
    ]);
    if (end) assert.equal(readRefusal(end).reason, 'HELLO_INVALID', `${what}: ${end.details}`);
    await stream.cut();
  }
});
