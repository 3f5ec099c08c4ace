/** Options that nobody knows: refused with the name that is meant, and never left out without a word. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { z } from 'zod';
import { Client, defineNode, graph, Runtime, runNode } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { Double } from './nodes.ts';

const inputs = z.object({ value: z.number() });

/** A client without a state manager: what it refuses is refused before anything is sent. */
function makeClient(t: TestContext): Client {
  const client = new Client({ address: '127.0.0.1:1' });
  t.after(() => client.close());
  return client;
}

/** The options, whatever the compiler says of them: as they come from JavaScript. */
const untyped = (options: object) => options as never;

describe('a client', () => {
  test('refuses to steer a run by options that it does not know', async (t) => {
    const client = makeClient(t);
    for (const method of ['cancel', 'pause', 'resume'] as const) {
      await assert.rejects(client[method]('run', untyped({ stateId: 'run.1' })), {
        name: 'TypeError',
        message: `${method}: there is no option "stateId": did you mean "below"?`,
      });
      await assert.rejects(client[method]('run', untyped({ fan_out: true })), /did you mean "fanOut"\?/);
    }
    await assert.rejects(client.retry('run', untyped({ stateID: 'run.1' })), /did you mean "stateId"\?/);
    await assert.rejects(client.retry('run', untyped({ belov: 'run.1' })), /did you mean "below"\?/);
    await assert.rejects(client.retry('run', untyped({ reason: 'x' })), {
      message: 'retry: there is no option "reason": there is "below", "fanOut", "stateId", "corrections"',
    });
    await assert.rejects(client.cancel('run', 'a reason' as never), /cancel: its options are an object/);
  });

  test('does not take a state that is none for all of the run', async (t) => {
    const client = makeClient(t);
    for (const below of [undefined, null, '', 7]) {
      for (const method of ['cancel', 'pause', 'resume', 'retry'] as const)
        await assert.rejects(client[method]('run', untyped({ below })), {
          name: 'TypeError',
          message: /below is .*: give the id of a state, or leave it out for all of the run/,
        });
      await assert.rejects(client.retry('run', untyped({ stateId: below })), /stateId is /);
    }
    await assert.rejects(client.cancel('run', untyped({ fanOut: true })), /fanOut goes with below/);
    await assert.rejects(
      client.retry('run', untyped({ stateId: 'a', below: 'b' })),
      /for one state, or below/,
    );
  });

  test('refuses unknown options of every other method', async (t) => {
    const client = makeClient(t);
    assert.throws(() => new Client(untyped({ adress: 'a:1' })), /Client: .*did you mean "address"\?/);
    const call = graph('g', { inputs }, (g) => g.start(Double, { value: g.trigger.value }));
    const given = { value: 1 };
    const pending: [Promise<unknown>, RegExp][] = [
      [client.trigger('g', {}, untyped({ idempotencyKey: 'a' })), /trigger: .*did you mean "key"\?/],
      [client.trigger(call, given, untyped({ prioritty: 1 })), /did you mean "priority"\?/],
      [client.call(call, given, untyped({ cancelOnabort: true })), /did you mean "cancelOnAbort"\?/],
      [client.result('run', untyped({ sginal: 1 })), /result: .*did you mean "signal"\?/],
      [client.validate(call, untyped({ width: { g: 2 } })), /did you mean "widths"\?/],
      [client.createToken(untyped({ role: 'ADMIN', ttl: 5 })), /there is "role", "ttlMs"/],
      [client.list(untyped({ graph: 'g' })).next(), /list: .*did you mean "graphName"\?/],
      [client.states('run', untyped({ state: 'ERRORED' })).next(), /states: .*"status"/],
      [client.explainUnite('run', untyped({ id: 'x' })).next(), /explainUnite: there is no option "id"/],
    ];
    for (const [promise, message] of pending) await assert.rejects(promise, { name: 'TypeError', message });
    assert.throws(() => client.watch('run', untyped({ timeout: 5 })), /watch: there is no option "timeout"/);
  });
});

test('a runtime, a node, a test and a test environment refuse unknown options', async () => {
  const node = { name: 'A', inputs, outputs: inputs, run: () => ({ value: 1 }) };
  const cases: [() => unknown, RegExp][] = [
    [() => new Runtime(untyped({ nodes: [Double], concurency: 4 })), /did you mean "concurrency"\?/],
    [() => defineNode(untyped({ ...node, maxParallel: 4 })), /node A: .*did you mean "concurrency"\?/],
    [() => defineNode(untyped({ ...node, timeOut: '5s' })), /did you mean "timeout"\?/],
    [
      () => defineNode(untyped({ ...node, retry: {} })),
      /node A: there is no option "retry": there is "name"/,
    ],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: 'TypeError', message });
  await assert.rejects(runNode(Double, { value: 1 }, untyped({ attemp: 2 })), /did you mean "attempt"\?/);
  await assert.rejects(startTestEnvironment(untyped({ node: [Double] })), /did you mean "nodes"\?/);
  assert.equal(
    defineNode({ ...Double, name: 'Another' }).name,
    'Another',
    'a node is options of another one',
  );
});

test('a graph refuses unknown options, wherever they stand', () => {
  const build = (options: object, place: object = {}, unite: object = {}) =>
    graph('g', { inputs, ...options }, (g) => {
      const first = g.start(Double, { value: g.trigger.value }, place);
      const second = g.after(first, Double, { value: first.out.value }, untyped(place));
      g.unite(first, second, Double, { value: 1 }, untyped(unite));
    });
  build({});
  const cases: [() => unknown, RegExp][] = [
    [() => build({ retries: 4 }), /graph g: .*did you mean "retry"\?/],
    [() => build({ retry: { retries: 4 } }), /graph g: retry: .*did you mean "maxRetries"\?/],
    [() => build({ retry: { backoff_factor: 4 } }), /did you mean "backoffMs"\?/],
    [() => build({ limits: { run_ms: 4 } }), /graph g: limits: .*did you mean "runMs"\?/],
    [() => build({ store: { default: {} } }), /graph g: store: .*did you mean "defaults"\?/],
    [() => build({ triggers: [{ cron: '* * * * *', timezone: 'UTC' }] }), /trigger 0: .*"timeZone"\?/],
    [() => build({}, { timeout: 5 }), /graph g: DoubleNode: .*did you mean "timeoutMs"\?/],
    [() => build({}, { identifier: 'x' }), /did you mean "id"\?/],
    [() => build({}, { strategy: 'ALL_DONE' }), /there is no option "strategy"/],
    [() => build({}, {}, { failfast: true }), /did you mean "failFast"\?/],
    [() => build({}, {}, { strategy: 'ALL_DONE', window: { interval: 5 } }), /did you mean "intervalMs"\?/],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: 'TypeError', message });
});
