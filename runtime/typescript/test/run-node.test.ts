import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import {
  defineNode,
  labelled,
  labelOf,
  NotRetryable,
  Prune,
  RequeueAfter,
  route,
  routeOf,
  runNode,
  united,
} from '../src/index.ts';

const inputs = z.object({ count: z.number().int().default(2) });
const outputs = z.object({ value: z.number() });

describe('runNode', () => {
  test('gives one output for a value, and one for each of a list, a generator or an async generator', async () => {
    const one = defineNode({ name: 'One', inputs, outputs, run: ({ count }) => ({ value: count }) });
    const list = defineNode({
      name: 'List',
      inputs,
      outputs,
      run: ({ count }) => Array.from({ length: count }, (_, value) => ({ value })),
    });
    const generator = defineNode({
      name: 'Generator',
      inputs,
      outputs,
      *run({ count }) {
        for (let value = 0; value < count; value++) yield { value };
      },
    });
    const asyncGenerator = defineNode({
      name: 'AsyncGenerator',
      inputs,
      outputs,
      async *run({ count }) {
        for (let value = 0; value < count; value++) yield { value };
      },
    });
    assert.deepEqual(await runNode(one, { count: 7 }), [{ value: 7 }]);
    for (const node of [list, generator, asyncGenerator]) {
      assert.deepEqual(await runNode(node, {}), [{ value: 0 }, { value: 1 }], node.name);
      assert.deepEqual(await runNode(node, { count: 0 }), [], node.name);
    }
  });

  test('gives one empty output for nothing', async () => {
    const silent = defineNode({ name: 'Silent', inputs, outputs: z.object({}), run: () => undefined });
    assert.deepEqual(await runNode(silent, {}), [{}]);
  });

  test('takes united inputs as lists', async () => {
    const sum = defineNode({
      name: 'Sum',
      inputs: z.object({ values: united(z.number()), offset: z.number() }),
      outputs,
      async run({ values, offset }) {
        let value = offset;
        for await (const each of values) value += each;
        return { value };
      },
    });
    assert.deepEqual(await runNode(sum, { values: [1, 2, 3], offset: 10 }), [{ value: 16 }]);
  });

  test('hands over what the test says of the context, and defaults for the rest', async () => {
    const told = defineNode({
      name: 'Told',
      inputs: z.object({}),
      outputs: z.object({ attempt: z.number(), identifier: z.string(), isAborted: z.boolean() }),
      run(_, { attempt, identifier, signal, log, heartbeat }) {
        log.info('runs');
        heartbeat('half done');
        return { attempt, identifier, isAborted: signal.aborted };
      },
    });
    const [output] = await runNode(told, {}, { attempt: 3, signal: AbortSignal.abort() });
    assert.deepEqual(output, { attempt: 3, identifier: 'Told', isAborted: true });
  });

  test('throws what the node throws', async () => {
    const failing = defineNode({
      name: 'Failing',
      inputs: z.object({ isFinal: z.boolean() }),
      outputs,
      run({ isFinal }) {
        throw isFinal ? new NotRetryable('no such user', { code: 'NO_USER' }) : new Error('try again');
      },
    });
    await assert.rejects(runNode(failing, { isFinal: true }), {
      name: 'NotRetryable',
      code: 'NO_USER',
      message: 'no such user',
    });
    await assert.rejects(runNode(failing, { isFinal: false }), { name: 'Error', message: 'try again' });
  });

  test('throws the signals that the node throws', async () => {
    const signalling = defineNode({
      name: 'Signalling',
      inputs: z.object({ waits: z.boolean() }),
      outputs,
      run({ waits }) {
        throw waits ? new RequeueAfter('1m') : new Prune({ reason: 'empty', at: undefined });
      },
    });
    await assert.rejects(runNode(signalling, { waits: true }), { name: 'RequeueAfter', delayMs: 60_000 });
    await assert.rejects(runNode(signalling, { waits: false }), (thrown) => {
      assert.ok(thrown instanceof Prune);
      assert.deepEqual(thrown.data, { reason: 'empty' });
      return true;
    });
  });

  test('tells where outputs go', async () => {
    const routing = defineNode({
      name: 'Routing',
      inputs,
      outputs,
      run: ({ count }) => [{ value: 0 }, route({ value: count }, ['a', 'b']), route({ value: 2 }, [])],
    });
    const found = await runNode(routing, { count: 1 });
    assert.deepEqual(found, [{ value: 0 }, { value: 1 }, { value: 2 }]);
    assert.deepEqual(found.map(routeOf), [undefined, ['a', 'b'], []]);
  });

  test('tells the label of each output, beside its route', async () => {
    const titled = defineNode({
      name: 'Titled',
      inputs,
      outputs,
      run: ({ count }) => [
        labelled(route({ value: count }, 'a'), 'Quo Vadis?'),
        route(labelled({ value: 1 }, 'M'), []),
        labelled({ value: 2 }, 'x'.repeat(300)),
        { value: 3 },
      ],
    });
    const found = await runNode(titled, { count: 1 });
    assert.deepEqual(found.map(labelOf), ['Quo Vadis?', 'M', 'x'.repeat(200), undefined]);
    assert.deepEqual(found.map(routeOf), [['a'], [], undefined, undefined]);
  });

  test('refuses inputs and outputs that break their schema', async () => {
    const wrong = defineNode({
      name: 'Wrong',
      inputs,
      outputs,
      run: () => ({ value: 'seven' as unknown as number }),
    });
    await assert.rejects(runNode(wrong, { count: 1.5 }), { name: 'NotRetryable', code: 'INPUT_INVALID' });
    await assert.rejects(runNode(wrong, {}), { name: 'NotRetryable', code: 'OUTPUT_INVALID' });
  });

  test('has code around the execution, which sees what comes of it', async () => {
    const node = defineNode({ name: 'Around', inputs, outputs, run: ({ count }) => ({ value: count }) });
    const seen: string[] = [];
    const found = await runNode(
      node,
      { count: 3 },
      {
        around: async ({ nodeName }, next) => {
          seen.push(`begins ${nodeName}`);
          await next();
          seen.push('ends');
        },
      },
    );
    assert.deepEqual({ found, seen }, { found: [{ value: 3 }], seen: ['begins Around', 'ends'] });
  });
});
