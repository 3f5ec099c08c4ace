/** Code around executions and calls, such as the spans of a trace. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, type TestContext, test } from 'node:test';
import type { Report__Output } from '@fanout/proto';
import { z } from 'zod';
import {
  type Around,
  Client,
  type ClientCall,
  defineNode,
  graph,
  type NodeContext,
  NotRetryable,
  Prune,
  Runtime,
  type RuntimeOptions,
} from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { Double, Throw } from './nodes.ts';
import { assignment, outputsOf } from './peer.ts';

type AroundNode = Around<NodeContext<string>>;

const tenant = new AsyncLocalStorage<string>();
const events: string[] = [];

const Generator = defineNode({
  name: 'Generator',
  inputs: z.object({ count: z.number() }),
  outputs: z.object({ index: z.number(), tenant: z.string() }),
  async *run({ count }) {
    events.push('begins');
    for (let index = 0; index < count; index++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield { index, tenant: tenant.getStore() ?? 'none' };
    }
    events.push('ends');
  },
});

const Pruning = defineNode({
  name: 'Pruning',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => {
    throw new Prune({ why: 'empty' });
  },
});

/** The report on one assignment of a runtime with this around its nodes. */
async function reportOf(
  t: TestContext,
  around: RuntimeOptions['around'],
  [nodeName, inputs]: [string, Record<string, unknown>],
): Promise<Report__Output | undefined> {
  const peer = await startPeer(t);
  const nodes = [Double, Throw, Generator, Pruning];
  const { runtime } = hostNodes(t, nodes, { address: peer.address, around });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment(nodeName, 1, inputs));
  const [report] = await stream.reports(1);
  return report;
}

/** Notes how an execution goes, as a tracer would. */
const noting =
  (name: string): AroundNode =>
  async ({ nodeName, attempt }, next) => {
    events.push(`${name} opens ${nodeName} ${attempt}`);
    try {
      await next();
      events.push(`${name} closes`);
    } catch (error) {
      events.push(`${name} sees ${error instanceof Error ? error.message : error}`);
      throw error;
    }
  };

describe('code around a node', () => {
  test('begins before it and ends after its last output, the first of several outermost', async (t) => {
    events.length = 0;
    const around: AroundNode[] = [noting('outer'), noting('inner'), (_, next) => tenant.run('a', next)];
    const report = await reportOf(t, around, ['Generator', { count: 2 }]);
    assert.deepEqual(outputsOf(report), [
      { index: 0, tenant: 'a' },
      { index: 1, tenant: 'a' },
    ]);
    assert.deepEqual(events, [
      'outer opens Generator 1',
      'inner opens Generator 1',
      'begins',
      'ends',
      'inner closes',
      'outer closes',
    ]);
  });

  test('sees what fails the execution: errors, bad inputs, signals', async (t) => {
    events.length = 0;
    const failed = await reportOf(t, noting('it'), ['ThrowNode', { message: 'boom', code: 'BOOM' }]);
    assert.equal(failed?.errored?.code, 'BOOM');
    const invalid = await reportOf(t, noting('it'), ['DoubleNode', { value: 'x' }]);
    assert.equal(invalid?.errored?.code, 'INPUT_INVALID');
    const pruned = await reportOf(t, noting('it'), ['Pruning', {}]);
    assert.equal(pruned?.pruned?.dataJson, '{"why":"empty"}');
    assert.equal(events[1], 'it sees boom');
    assert.match(events[3] ?? '', /it sees the inputs of DoubleNode/);
    assert.match(events[5] ?? '', /it sees the node ended its branch/);
  });

  test('fails the state with what it throws, as the node would', async (t) => {
    const double: [string, Record<string, unknown>] = ['DoubleNode', { value: 2 }];
    const refuses: AroundNode = () => {
      throw new NotRetryable('no such tenant', { code: 'NO_TENANT' });
    };
    const refused = await reportOf(t, refuses, double);
    assert.deepEqual(
      [refused?.errored?.code, refused?.errored?.notRetryable, refused?.errored?.message],
      ['NO_TENANT', true, 'no such tenant'],
    );
    const late = await reportOf(
      t,
      async (_, next) => {
        await next();
        throw new Error('the span is not closed');
      },
      double,
    );
    assert.equal(late?.errored?.message, 'the span is not closed');
    const translated = await reportOf(
      t,
      async (_, next) => {
        await next().catch((cause: unknown) => {
          throw new NotRetryable('translated', { cause });
        });
      },
      ['ThrowNode', { message: 'boom' }],
    );
    assert.equal(translated?.errored?.message, 'translated: boom');
  });

  test('cannot keep an error to itself, leave the node out or run it twice', async (t) => {
    const swallows: AroundNode = (_, next) =>
      next().then(
        () => undefined,
        () => undefined,
      );
    const swallowed = await reportOf(t, swallows, ['ThrowNode', { message: 'boom' }]);
    assert.equal(swallowed?.errored?.message, 'boom');
    const unawaited = await reportOf(t, (_, next) => void next(), ['Generator', { count: 3 }]);
    assert.equal(outputsOf(unawaited)?.length, 3);
    const skipped = await reportOf(t, () => undefined, ['DoubleNode', { value: 2 }]);
    assert.match(skipped?.errored?.message ?? '', /next\(\) was never called/);
    const runsTwice: AroundNode = async (_, next) => {
      await next();
      await next();
    };
    const twice = await reportOf(t, runsTwice, ['DoubleNode', { value: 2 }]);
    assert.match(twice?.errored?.message ?? '', /next\(\) was called twice/);
  });

  test('is a function, or several', () => {
    const wrong = { on: 'start' } as never;
    for (const around of [wrong, [wrong]]) {
      assert.throws(() => new Runtime({ nodes: [Double], around }), /^TypeError: around: give a function/);
      assert.throws(() => new Client({ around }), /^TypeError: around: give a function/);
    }
  });
});

test('code around calls of a client sees what they are, what they come to, and what they throw', async () => {
  const seen: string[] = [];
  const around: Around<ClientCall> = async ({ method, args }, next) => {
    try {
      const result = await next();
      seen.push(`${method}(${args.length}) ${JSON.stringify(result)}`);
    } catch (error) {
      seen.push(`${method} throws ${(error as Error).name}`);
    }
  };
  const environment = await startTestEnvironment({ nodes: [Double] });
  const client = new Client({ address: environment.address, around });
  try {
    const doubling = graph('doubling', { inputs: z.object({ value: z.number() }) }, (g) =>
      g.start(Double, { value: g.trigger.value }),
    );
    await client.upsert(doubling);
    assert.deepEqual(await client.call(doubling, { value: 4 }), [{ value: 8 }]);
    await assert.rejects(client.get('none'), { name: 'FanoutError' }, 'an error is not kept either');
    const names: string[] = [];
    for await (const { name } of client.graphs()) names.push(name);
    assert.deepEqual(names, ['doubling']);
    for await (const _ of client.list()) break;
    assert.deepEqual(seen.slice(1), [
      'call(3) [{"value":8}]',
      'get throws FanoutError',
      'graphs(0) undefined',
      'list(1) undefined',
    ]);
    assert.match(seen[0] ?? '', /^upsert\(1\) \{"version":1,"created":true/);
    const refusing = new Client({
      address: environment.address,
      around: () => {
        throw new Error('not in this tenant');
      },
    });
    await assert.rejects(refusing.list().next(), /not in this tenant/);
    await assert.rejects(refusing.get('none'), /not in this tenant/);
    refusing.close();
  } finally {
    client.close();
    await environment.stop();
  }
});
