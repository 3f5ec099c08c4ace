/** Secrets of nodes and graphs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { defineNode, graph, runNode } from '../src/index.ts';
import { hideSecrets } from '../src/nodes/secrets.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { assignment, outputsOf } from './peer.ts';

const value = 'secret-value-93b1';
const Nothing = z.object({});
const Teller = defineNode({
  name: 'Teller',
  inputs: Nothing,
  outputs: z.object({ length: z.number(), names: z.array(z.string()) }),
  secrets: ['API_KEY'],
  run: (_, { secrets }) => ({ length: secrets.API_KEY.length, names: Object.keys(secrets) }),
});
const Leaker = defineNode({
  name: 'Leaker',
  inputs: Nothing,
  outputs: Nothing,
  secrets: ['API_KEY'],
  async run(_, { secrets, log, heartbeat }) {
    const { API_KEY } = secrets;
    log.info(`key ${API_KEY}`, { [API_KEY]: [{ header: `Bearer ${API_KEY}` }], error: new Error(API_KEY) });
    heartbeat(`with ${API_KEY}`);
    await Promise.resolve();
    throw new Error(`401 for ?key=${API_KEY}&again=${API_KEY}`);
  },
});

describe('a runtime', () => {
  test('says which secrets its nodes need, and hands them over', async (t) => {
    const peer = await startPeer(t);
    const { runtime } = hostNodes(t, [Teller, Leaker], { address: peer.address });
    void runtime.start();
    const { stream, hello } = await peer.open();
    assert.deepEqual(
      hello.nodes?.map(({ secrets }) => secrets),
      [['API_KEY'], ['API_KEY']],
    );
    stream.welcome();
    stream.assign(assignment('Teller', 1, {}, { secrets: { API_KEY: value } }));
    const [report] = await stream.reports(1);
    assert.deepEqual(outputsOf(report), [{ length: value.length, names: ['API_KEY'] }]);
  });

  test('shows no secret in logs, errors and heartbeats', async (t) => {
    const peer = await startPeer(t);
    const { runtime, log } = hostNodes(t, [Leaker], { address: peer.address });
    void runtime.start();
    const stream = await peer.welcome();
    stream.assign(assignment('Leaker', 1, {}, { secrets: { API_KEY: value } }));
    const [report] = await stream.reports(1);
    assert.equal(report?.errored?.message, '401 for ?key=***&again=***');
    const line = log.find(({ message }) => message === 'key ***');
    assert.ok(line);
    assert.deepEqual(line['***'], [{ header: 'Bearer ***' }]);
    assert.equal((line.error as Error).message, '***');
    const failure = log.find(({ event }) => event === 'node_failed');
    assert.match(`${failure?.stack}`, /\*\*\*[\s\S]*secrets\.test\.ts/);
    assert.ok(!inspect([log, stream.frames], { depth: null }).includes(value));
  });

  test('fails what comes without a secret that its node needs', async (t) => {
    const peer = await startPeer(t);
    const { runtime } = hostNodes(t, [Teller], { address: peer.address });
    void runtime.start();
    const stream = await peer.welcome();
    stream.assign(assignment('Teller', 1));
    const [report] = await stream.reports(1);
    assert.equal(report?.errored?.code, 'SECRET_MISSING');
    assert.equal(report?.errored?.notRetryable, true);
  });
});

describe('a node', () => {
  test('gets the secrets that a test gives', async () => {
    const [output] = await runNode(Teller, {}, { secrets: { API_KEY: value } });
    assert.deepEqual(output, { length: value.length, names: ['API_KEY'] });
    await assert.rejects(runNode(Teller, {}), { code: 'SECRET_MISSING', message: /"API_KEY"/ });
  });

  test('names its secrets as graphs can', () => {
    const options = { name: 'Bad', inputs: Nothing, outputs: Nothing, run: () => undefined };
    for (const secret of ['', 'a b', '}{', '__proto__']) {
      assert.throws(() => defineNode({ ...options, secrets: [secret] }), TypeError, secret);
    }
  });
});

describe('a graph', () => {
  const telling = (secrets: { API_KEY: string }) =>
    graph('telling', { inputs: Nothing, secrets }, (g) => g.start(Teller, {}));

  test('shows no secret to those who print it', () => {
    const built = telling({ API_KEY: value });
    assert.deepEqual(built.template.secrets, { API_KEY: '***' });
    assert.ok(!JSON.stringify(built).includes(value));
    assert.ok(!inspect(built, { depth: null, showHidden: true }).includes(value));
  });

  test('has a value for each of its secrets', () => {
    assert.throws(
      () => telling({ API_KEY: undefined as unknown as string }),
      /the secret API_KEY has no value/,
    );
  });

  test('is stored with its secrets, which only its nodes get', async () => {
    const environment = await startTestEnvironment({ nodes: [Teller] });
    try {
      const { client } = environment;
      assert.deepEqual((await client.validate(telling({ API_KEY: value }))).violations, []);
      assert.equal((await client.upsert(telling({ API_KEY: value }))).created, true);
      assert.equal((await client.upsert(telling({ API_KEY: value }))).created, false);
      assert.equal((await client.upsert(telling({ API_KEY: 'another' }))).version, 2);
      const [output] = await client.call(telling({ API_KEY: '' }), {});
      assert.deepEqual(output, { length: 'another'.length, names: ['API_KEY'] });
      const { template } = await client.graph('telling');
      assert.deepEqual((template as { secrets: object }).secrets, { API_KEY: '***' });
      // What was read is uploaded again as it is.
      assert.equal((await client.upsert({ name: 'telling', template })).created, false);
      for await (const { secrets } of client.nodes()) assert.deepEqual(secrets, ['API_KEY']);
    } finally {
      await environment.stop();
    }
  });
});

describe('hiding secrets', () => {
  test('leaves texts alone that have none, and secrets that are too short to tell', () => {
    assert.equal(hideSecrets('a text of 7', { A: '7', B: '', C: 'of' }), 'a text of 7');
  });

  test('hides the longer one of two that overlap', () => {
    assert.equal(hideSecrets('key-long key-', { A: 'key-', B: 'key-long' }), '*** ***');
  });
});
