/** Reasons of failures: whatever is thrown, its causes are told, and the places that they come from. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { defineNode, graph, NotRetryable, RunFailed, runNode } from '../src/index.ts';
import { failureOf } from '../src/nodes/failures.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { assignment } from './peer.ts';

const Nothing = z.object({});

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED ::1:9'), { code: 'ECONNREFUSED' });
}

const circle = new Error('around');
circle.cause = new Error('and around', { cause: circle });
const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
revoke();
const bare = Object.assign(Object.create(null), { status: 503 });

describe('a failure', () => {
  test('tells the reason, whatever was thrown', async () => {
    const anyOf = await Promise.any(
      [1, 2].map((n) => Promise.reject(new Error(`mirror ${n} is down`))),
    ).catch((error: unknown) => error);
    const many = Array.from({ length: 9 }, (_, n) => new Error(`e${n}`));
    const nested = new AggregateError([new AggregateError([refused()], 'inner')], 'outer');
    const cases: [unknown, string | RegExp][] = [
      [anyOf, 'All promises were rejected (mirror 1 is down; mirror 2 is down)'],
      [new AggregateError(many, 'all'), 'all (e0; e1; e2; e3; and 5 more)'],
      [nested, 'outer (inner (connect ECONNREFUSED ::1:9))'],
      [
        new TypeError('fetch failed', {
          cause: Object.assign(new AggregateError([refused()]), { code: 'ECONNREFUSED' }),
        }),
        'fetch failed: ECONNREFUSED (connect ECONNREFUSED ::1:9)',
      ],
      [new Error('a', { cause: 'the disk is full' }), 'a: the disk is full'],
      [new Error('a', { cause: { code: 5 } }), 'a: { code: 5 }'],
      [new Error('a', { cause: bare }), 'a: { status: 503 }'],
      [new Error('a', { cause: 0 }), 'a: 0'],
      [new Error('a: b', { cause: new Error('b') }), 'a: b'],
      [circle, 'around: and around'],
      [new Error('', { cause: null }), 'Error'],
      [bare, '{ status: 503 }'],
      ['plain text', 'plain text'],
      [10n, '10'],
      [undefined, 'undefined'],
      [null, 'null'],
      [{ toString: null }, /toString/],
      [proxy, /cannot be read|cannot be shown/],
    ];
    for (const [thrown, expected] of cases) {
      const { message } = failureOf(thrown, {});
      if (typeof expected === 'string') assert.equal(message, expected);
      else assert.match(message, expected);
    }
  });

  test('has the stacks of all causes, bounded, and without secrets', () => {
    const secret = 'secret-value-93b1';
    const cause = new AggregateError([refused(), new Error(secret)], 'both');
    const { stack = '' } = failureOf(new Error('x'.repeat(1e6), { cause }), { KEY: secret });
    assert.match(stack, /^Error: x+\n {4}at .*failures\.test\.ts/);
    assert.match(stack, /\ncaused by AggregateError: both\n {4}at /);
    assert.match(stack, /\none of its errors: Error: connect ECONNREFUSED ::1:9\n {4}at refused/);
    assert.match(stack, /\none of its errors: Error: \*\*\*\n/);
    assert.ok(!stack.includes(secret));
    let deep = refused();
    for (let level = 0; level < 1_000; level++)
      deep = new AggregateError([deep, deep], 'y'.repeat(1e3), { cause: deep });
    assert.ok(Buffer.byteLength(failureOf(deep, {}).stack ?? '') <= 8_192);
    assert.ok(Buffer.byteLength(failureOf(deep, {}).message) <= 4_096);
  });

  test('has no stack where it says nothing: of text, and of a NotRetryable without a cause', () => {
    assert.equal(failureOf('text', {}).stack, undefined);
    assert.equal(failureOf(new NotRetryable('no such user'), {}).stack, undefined);
    const { stack } = failureOf(new NotRetryable('no such user', { cause: refused() }), {});
    assert.match(stack ?? '', /^Error: connect ECONNREFUSED ::1:9\n {4}at refused/);
  });

  test('has a code that is text, as it travels', () => {
    const error = new NotRetryable('gone', { code: 410 as unknown as string });
    assert.equal(failureOf(error, {}).code, '410');
  });
});

const Failing = defineNode({
  name: 'Failing',
  inputs: Nothing,
  outputs: Nothing,
  async run() {
    await Promise.reject(new Error('no answer', { cause: refused() }));
  },
});

test('runNode throws what was thrown as the cause', async () => {
  await assert.rejects(runNode(Failing, {}), (error: Error) => {
    assert.equal(error.message, 'no answer: connect ECONNREFUSED ::1:9');
    assert.equal((error.cause as Error).message, 'no answer');
    return true;
  });
});

test('a report carries the stack, and what no one can read fails its state only', async (t) => {
  const Revoked = defineNode({
    name: 'Revoked',
    inputs: Nothing,
    outputs: Nothing,
    run: () => {
      throw proxy;
    },
  });
  const peer = await startPeer(t);
  const { runtime } = hostNodes(t, [Failing, Revoked], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('Failing', 1), assignment('Revoked', 2));
  const reports = await stream.reports(2);
  const stacks = reports.map(({ errored }) => errored?.stack ?? '');
  assert.ok(
    stacks.some((stack) => /Error: no answer\n[\s\S]*caused by Error: connect ECONNREFUSED/.test(stack)),
  );
  assert.equal(reports.filter(({ errored }) => errored?.code === 'NODE_ERROR').length, 2);
});

test('the stack stands with the state, and with the failure of a run', async () => {
  const environment = await startTestEnvironment({ nodes: [Failing] });
  try {
    const { client } = environment;
    const failing = graph('failing', { inputs: Nothing, retry: { maxRetries: 0 } }, (g) =>
      g.start(Failing, {}),
    );
    await client.upsert(failing);
    await assert.rejects(client.call(failing, {}), (error) => {
      assert.ok(error instanceof RunFailed);
      const [failure] = error.failures;
      assert.equal(failure?.message, 'no answer: connect ECONNREFUSED ::1:9');
      assert.match(failure?.stack ?? '', /caused by Error: connect ECONNREFUSED ::1:9\n {4}at refused/);
      assert.doesNotMatch(error.message, /at refused/, 'the message stays short');
      return true;
    });
  } finally {
    await environment.stop();
  }
});
