/** Refusals of what cannot work: where it is written, and not minutes later. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { Client, defineNode, type NodeOptions, Runtime, type RuntimeOptions } from '../src/index.ts';
import { Double } from './nodes.ts';

const Nothing = z.object({});
type Limits = Pick<NodeOptions<typeof Nothing, typeof Nothing>, 'concurrency' | 'timeout'>;
const node = (limits: Limits) =>
  defineNode({ name: 'A', inputs: Nothing, outputs: Nothing, run: () => ({}), ...limits });
const nodeOf = <O extends z.ZodObject>(inputs: z.ZodObject, outputs: O) =>
  defineNode({ name: 'A', inputs, outputs, run: () => [] });
const hosting = (options: Partial<RuntimeOptions>) => () => new Runtime({ nodes: [Double], ...options });

describe('options', () => {
  test('an address is host:port', () => {
    for (const address of [
      'http://127.0.0.1:7600',
      'localhost',
      '127.0.0.1:',
      ':7600',
      'a b:1',
      '::1:7600',
    ]) {
      assert.throws(() => new Client({ address }), { name: 'TypeError', message: /host:port/ }, address);
      assert.throws(hosting({ addresses: ['127.0.0.1:1', address] }), /host:port/, address);
      assert.throws(() => new Client({ addresses: ['127.0.0.1:1', address] }), /host:port/, address);
    }
    for (const address of ['state-manager:7600', '[::1]:7600', '10.0.0.1:1']) new Client({ address }).close();
  });

  test('a token is one word, as headers want it', () => {
    for (const token of ['from a file\n', 'two words', 'schlüssel']) {
      assert.throws(() => new Client({ token }), { name: 'TypeError', message: /^token: / });
      assert.throws(hosting({ token }), { name: 'TypeError', message: /^token: / });
    }
    new Client({ token: '' }).close();
    new Client({ token: undefined }).close();
  });

  test('a runtime has nodes, and room for at least one execution', () => {
    assert.throws(hosting({ nodes: [] }), /^TypeError: nodes: a runtime hosts at least one/);
    assert.throws(hosting({ nodes: [Double, Double] }), /same name/);
    assert.throws(hosting({ addresses: [] }), /at least one state manager/);
    assert.throws(() => new Client({ addresses: [] }), /at least one state manager/);
    for (const concurrency of [0, -1, 2.5, Number.NaN, 1e9]) {
      assert.throws(hosting({ concurrency }), /concurrency .*: must be a whole number from 1 to 100,000/);
      assert.throws(() => node({ concurrency }), /^TypeError: node A: concurrency/);
    }
  });

  test('a time to wait is one that a timer can wait', () => {
    const wrong = ['3 parsecs', -1, 0, Number.NaN, Number.POSITIVE_INFINITY, '600h'] as unknown as '1s'[];
    for (const duration of wrong) {
      assert.throws(() => node({ timeout: duration }), { name: 'TypeError' }, `${duration}`);
      for (const option of ['drainTimeout', 'maxBlocked', 'returnAfter'])
        assert.throws(hosting({ [option]: duration }), { name: 'TypeError' }, `${option} ${duration}`);
    }
    assert.equal(node({ timeout: '1.5s' }).timeoutMs, 1_500);
  });

  test('the schema of an output is that of what travels, the schema of an input that of what comes', () => {
    const changing = z.object({
      count: z.string().pipe(z.coerce.number()),
      size: z.string().transform(Number),
      kind: z.string().default('any'),
    });
    const { inputSchemaJson, outputSchemaJson } = nodeOf(changing, changing);
    assert.deepEqual(JSON.parse(inputSchemaJson).properties.count, { type: 'string' });
    assert.deepEqual(JSON.parse(inputSchemaJson).required, ['count', 'size']);
    assert.deepEqual(JSON.parse(outputSchemaJson), {
      type: 'object',
      properties: { count: { type: 'number' }, size: {}, kind: { type: 'string', default: 'any' } },
      required: ['count', 'size', 'kind'],
    });
    assert.throws(() => nodeOf(Nothing, z.object({ at: z.date() })), /node A: its schema cannot be written/);
  });
});
