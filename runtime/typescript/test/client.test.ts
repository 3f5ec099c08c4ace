import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { z } from 'zod';
import { all, Client, defineNode, FanoutError, graph, NotRetryable, RunFailed } from '../src/index.ts';
import { startTestEnvironment, type TestEnvironment } from '../src/testing.ts';
import { eventually } from './eventually.ts';

const Splitter = defineNode({
  name: 'SplitterNode',
  description: 'Counts up.',
  inputs: z.object({ branches: z.number().int(), failing: z.number().int() }),
  outputs: z.object({ number: z.number(), failing: z.number() }),
  run: ({ branches, failing }) => Array.from({ length: branches }, (_, number) => ({ number, failing })),
});
const Squarer = defineNode({
  name: 'SquarerNode',
  inputs: z.object({ number: z.number(), failing: z.number() }),
  outputs: z.object({ square: z.number() }),
  run({ number, failing }) {
    if (number === failing) throw new NotRetryable(`${number} has no square`, { code: 'NO_SQUARE' });
    return { square: number * number };
  },
});
const Merger = defineNode({
  name: 'MergerNode',
  inputs: z.object({ squares: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: ({ squares }) => ({ sum: squares.reduce((sum, each) => sum + each, 0) }),
});

const inputs = z.object({ branches: z.number().int(), failing: z.number().int().default(-1) });
const squares = graph('squares', { inputs }, (g) => {
  const splitter = g.start(Splitter, { branches: g.trigger.branches, failing: g.trigger.failing });
  const squarer = g.after(splitter, Squarer, { number: splitter.out.number, failing: splitter.out.failing });
  return g.unite(splitter, squarer, Merger, { squares: all(squarer.out.square) });
});
const noRuntime = {
  name: 'no-runtime',
  template: { nodes: [{ node_name: 'NobodyNode', identifier: 'nobody' }] },
};
const adminToken = 'a-token-for-tests-that-is-long-enough';
const unknownNext = {
  name: 'broken',
  template: { nodes: [{ node_name: 'A', identifier: 'a', next_nodes: ['b'] }] },
};

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('client', () => {
  let environment: TestEnvironment;
  let client: Client;

  before(async () => {
    environment = await startTestEnvironment({
      nodes: [Splitter, Squarer, Merger],
      env: { FANOUT_ADMIN_TOKEN: adminToken },
      token: adminToken,
    });
    client = environment.client;
    await client.upsert(squares);
  });

  after(() => environment.stop());

  test('calls a graph like a function', async () => {
    const [result] = await client.call(squares, { branches: 4 });
    assert.deepEqual(result, { sum: 0 + 1 + 4 + 9 });
  });

  test('stores a graph once, and reads it back', async () => {
    assert.deepEqual(await client.upsert(squares), { version: 1, created: false, warnings: [] });
    const { name, version, template } = await client.graph('squares');
    assert.deepEqual(
      { name, version, template },
      { name: 'squares', version: 1, template: squares.template },
    );
    assert.ok((await listOf(client.graphs())).some((each) => each.name === 'squares'));
  });

  test('gives the same run for the same key', async () => {
    const first = await client.trigger(squares, { branches: 2 }, { key: 'order-1' });
    const second = await client.trigger(squares, { branches: 2 }, { key: 'order-1' });
    assert.deepEqual([first.created, second.created], [true, false]);
    assert.equal(first.id, second.id);
    const refused = client.trigger(squares, { branches: 3 }, { key: 'order-1' });
    await assert.rejects(refused, { code: grpc.status.ALREADY_EXISTS, reason: 'IDEMPOTENCY_CONFLICT' });
  });

  test('watches a run to its end', async () => {
    const { id } = await client.trigger('squares', { branches: 3, failing: -1 });
    const snapshots = await listOf(client.watch(id));
    const last = snapshots.at(-1);
    assert.equal(last?.status, 'SUCCESS');
    assert.ok(last.endedAt !== undefined && last.endedAt >= last.createdAt);
    assert.deepEqual(
      last.counts.map(({ identifier, success }) => [identifier, success]),
      [
        ['splitter', 3],
        ['squarer', 3],
        ['merger', 1],
      ],
    );
    assert.deepEqual(await client.get(id), last);
  });

  test('lists results, states and runs', async () => {
    const { id } = await client.trigger(squares, { branches: 3 });
    const [result] = await client.result(id);
    assert.deepEqual(await listOf(client.results(id)), [result]);
    const states = await listOf(client.states(id, { identifier: 'squarer', status: 'SUCCESS' }));
    assert.deepEqual(
      states.map(({ output }) => output),
      [{ square: 0 }, { square: 1 }, { square: 4 }],
    );
    const runs = await listOf(client.list({ graphName: 'squares', status: 'SUCCESS' }));
    assert.ok(runs.some((run) => run.id === id));
    assert.deepEqual(await listOf(client.list({ status: 'FAILED', graphName: 'none' })), []);
  });

  test('says which states made a run fail', async () => {
    const { id } = await client.trigger(squares, { branches: 3, failing: 1 });
    await assert.rejects(client.result(id), (error) => {
      assert.ok(error instanceof RunFailed);
      assert.equal(error.status, 'FAILED');
      const squarer = error.failures.find(({ identifier }) => identifier === 'squarer');
      assert.equal(squarer?.code, 'NO_SQUARE');
      assert.match(error.message, /ended FAILED\n {2}squarer at 1\.0: NO_SQUARE: 1 has no square/);
      return true;
    });
    assert.deepEqual(await listOf(client.results(id)), []);
  });

  test('says of a run that was cancelled which states were', async () => {
    await client.upsert(noRuntime);
    const { id } = await client.trigger('no-runtime');
    await client.cancel(id, { reason: 'not needed' });
    await assert.rejects(client.result(id), (error) => {
      assert.ok(error instanceof RunFailed);
      assert.match(error.message, /ended CANCELLED\n {2}nobody: CANCELLED: [^\n]*not needed$/);
      return true;
    });
  });

  test('stops waiting when its signal fires', async () => {
    await client.upsert(noRuntime);
    const { id } = await client.trigger('no-runtime');
    await assert.rejects(client.result(id, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    const abort = new AbortController();
    const watching = (async () => {
      for await (const { status } of client.watch(id, { signal: abort.signal })) {
        assert.equal(status, 'RUNNING');
        abort.abort(new Error('seen'));
      }
    })();
    await assert.rejects(watching, /seen/);
  });

  test('ends a watch that its reader leaves', async () => {
    await client.upsert(noRuntime);
    const { id } = await client.trigger('no-runtime');
    for await (const { status } of client.watch(id)) {
      assert.equal(status, 'RUNNING');
      break;
    }
  });

  test('refuses trigger inputs that break the schema of the graph, before it sends them', async () => {
    const wrong = { branches: 1.5, failing: 'x' } as unknown as { branches: number };
    await assert.rejects(client.trigger(squares, wrong), (error) => {
      assert.ok(error instanceof FanoutError);
      assert.deepEqual([error.code, error.reason], [grpc.status.INVALID_ARGUMENT, 'INPUT_INVALID']);
      assert.deepEqual(
        error.violations.map(({ path }) => path),
        ['$.branches', '$.failing'],
      );
      return true;
    });
  });

  test('refuses a priority and an instant that are none, before it sends them', async () => {
    const refused = (options: object, path: string) =>
      assert.rejects(client.trigger('squares', {}, options), (error) => {
        assert.ok(error instanceof FanoutError);
        assert.deepEqual([error.reason, error.violations[0]?.path], ['FIELD_INVALID', path]);
        return true;
      });
    await refused({ priority: 1.5 }, 'priority');
    await refused({ startAt: new Date('soon') }, 'startAt');
    await refused({ startAt: Number.NaN }, 'startAt');
  });

  test('tells all violations of a graph', async () => {
    await assert.rejects(client.upsert(unknownNext), (error) => {
      assert.ok(error instanceof FanoutError);
      assert.equal(error.reason, 'GRAPH_INVALID');
      assert.deepEqual(
        error.violations.map(({ path }) => path),
        ['$.nodes[0].next_nodes[0]'],
      );
      assert.match(error.message, /\$\.nodes\[0\]\.next_nodes\[0\]/);
      assert.ok(!inspect(error).includes('Buffer'), 'what it prints is for people');
      return true;
    });
    const { violations, warnings } = await client.validate(unknownNext);
    assert.equal(violations.length, 1);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['NODE_UNREGISTERED'],
    );
    const checked = await client.validate(squares);
    assert.deepEqual([checked.violations, checked.warnings], [[], []]);
  });

  test('tells what a run would take before there is one', async () => {
    const start = squares.template.nodes[0]!.identifier;
    const small = await client.validate(squares);
    const { estimate, warnings } = await client.validate(squares, {
      widths: { [start]: 1_000 },
      outputBytes: 10,
    });
    assert.ok(estimate && small.estimate);
    assert.equal(estimate.places[0]?.identifier, start);
    assert.equal(estimate.places[0].states, 1_000);
    assert.ok(estimate.states > 2_000 && estimate.storageBytes > small.estimate.storageBytes);
    assert.deepEqual(warnings, []);
    const template = { ...squares.template, limits: { width: 999, states: 1_500 } };
    const limited = await client.validate({ name: 'limited', template }, { widths: { [start]: 1_000 } });
    assert.deepEqual(
      limited.warnings.map(({ path, code }) => [path, code]),
      [
        ['$.limits.states', 'LIMIT_EXCEEDED'],
        ['$.limits.width', 'LIMIT_EXCEEDED'],
      ],
    );
    assert.equal((await client.validate(unknownNext)).estimate, undefined);
    await assert.rejects(client.validate(squares, { widths: { nobody: 2 } }), {
      reason: 'FIELD_INVALID',
      message: /assumed_widths\["nobody"\] is the width of no node/,
    });
  });

  test('says what there is not', async () => {
    await assert.rejects(client.get('none'), { code: grpc.status.NOT_FOUND, reason: 'RUN_NOT_FOUND' });
    await assert.rejects(client.result('none'), { code: grpc.status.NOT_FOUND, reason: 'RUN_NOT_FOUND' });
    await assert.rejects(client.call('none'), { code: grpc.status.NOT_FOUND, reason: 'GRAPH_NOT_FOUND' });
  });

  test('lists runtimes and nodes', async () => {
    await eventually(async () => {
      const [runtime] = await client.runtimes();
      assert.deepEqual(runtime?.nodeNames.toSorted(), ['MergerNode', 'SplitterNode', 'SquarerNode']);
      assert.deepEqual([runtime.language, runtime.isDraining], ['typescript', false]);
    });
    const nodes = await listOf(client.nodes());
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ['MergerNode', 'SplitterNode', 'SquarerNode'],
    );
    assert.equal(nodes[1]?.description, 'Counts up.');
    assert.deepEqual(nodes[0]?.inputSchema, JSON.parse(Merger.inputSchemaJson));
  });

  test('tells every quota of its namespace, and how much of it is used', async () => {
    const usage = await client.usage();
    const graphs = usage.find(({ quota }) => quota === 'GRAPHS');
    assert.ok((graphs?.used ?? 0) > 0, inspect(usage));
    assert.deepEqual({ ...graphs, used: 0 }, { quota: 'GRAPHS', limit: 10_000, used: 0, isSet: false });
    assert.equal(usage.find(({ quota }) => quota === 'STARTS_PER_SECOND')?.used, undefined);
  });

  test('reads and writes what users give with the JSON of its options', async () => {
    const text = '{"id":12345678901234567890}';
    // Keeps the text, as a library for exact numbers keeps its digits.
    const json = {
      parse: (written: string): unknown => ({ written }),
      stringify: (value: unknown): string => (value as { written: string }).written,
    };
    const exact = new Client({ address: environment.address, token: adminToken, json });
    const template = JSON.stringify(noRuntime.template).replace(
      '}]',
      ',"inputs":{"id":12345678901234567890}}]',
    );
    await exact.upsert({ name: 'exact', template: { written: template } });
    assert.deepEqual((await exact.graph('exact')).template, { written: template });
    const run = await exact.trigger('exact', { written: text });
    const [state] = await listOf(exact.states(run.id));
    const { inputs: given } = await exact.state(state?.id ?? '', { includeInputs: true });
    assert.deepEqual(given, { written: text });
    exact.close();
  });

  test('makes tokens, and ends them', async () => {
    const { token, bearer } = await client.createToken({ role: 'client', ttlMs: 90_500 });
    assert.equal(token.role, 'client');
    assert.equal(token.expiresAt! - token.createdAt, 90_500);
    assert.deepEqual(await client.tokens(), [token]);
    const other = new Client({ address: environment.address, token: bearer });
    assert.deepEqual(await listOf(other.list({ graphName: 'none' })), []);
    await assert.rejects(other.tokens(), { code: grpc.status.PERMISSION_DENIED });
    await client.revokeToken(token.id);
    await eventually(() => assert.rejects(other.runtimes(), { code: grpc.status.UNAUTHENTICATED }));
    other.close();
  });
});

test('a client without a state manager says so', async () => {
  const client = new Client({ address: '127.0.0.1:1' });
  await assert.rejects(client.runtimes(), {
    name: 'FanoutError',
    code: grpc.status.UNAVAILABLE,
    message:
      'no state manager answers at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1): start one there, or give the address of another',
  });
  client.close();
  client.close();
});
