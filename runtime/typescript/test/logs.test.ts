/** Logs of nodes: a line never changes what happens, and shows what there is to see. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { z } from 'zod';
import { defineNode, type NodeContext, type RuntimeOptions } from '../src/index.ts';
import { plainData } from '../src/nodes/plain-data.ts';
import { eventually } from './eventually.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { Double } from './nodes.ts';
import { assignment, leaseOf, outputsOf } from './peer.ts';

const secret = 'secret-value-93b1';
const Nothing = z.object({});

/** Executes a node that does this with its context, and gives its outputs, or what it failed with. */
async function outcomeOf(
  t: TestContext,
  act: (context: NodeContext<'KEY'>) => unknown,
  options: Partial<RuntimeOptions> = {},
): Promise<{ outcome: unknown; log: readonly Readonly<Record<string, unknown>>[] }> {
  const Acting = defineNode({
    name: 'Acting',
    inputs: Nothing,
    outputs: z.object({ ok: z.boolean() }),
    secrets: ['KEY'],
    run(_, context) {
      act(context);
      return { ok: true };
    },
  });
  const peer = await startPeer(t);
  const { runtime, log } = hostNodes(t, [Acting], { address: peer.address, ...options });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('Acting', 1, {}, { secrets: { KEY: secret } }));
  const [report] = await stream.reports(1);
  return { outcome: report?.errored ?? outputsOf(report), log };
}

/** The text that stands on stderr while something is done. */
async function stderrOf(t: TestContext, act: () => Promise<void>): Promise<string> {
  let text = '';
  const write = t.mock.method(process.stderr, 'write', (chunk: string) => {
    text += chunk;
    return true;
  });
  await act();
  write.mock.restore();
  return text;
}

const circle: { self?: unknown } = {};
circle.self = circle;
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();

/** Values that `JSON.stringify` throws at. */
const unwritable: Readonly<Record<string, unknown>> = {
  bigint: 10n,
  circle,
  getter: Object.defineProperty({}, 'bad', {
    enumerable: true,
    get() {
      throw new Error('no such thing');
    },
  }),
  toJSON: {
    toJSON() {
      throw new Error('not I');
    },
  },
  revoked: proxy,
  badError: {
    toJSON() {
      throw {
        toString() {
          throw new Error('nor this');
        },
      };
    },
  },
};

describe('a log line', () => {
  test('never fails the node, whatever is in it', async (t) => {
    const { outcome, log } = await outcomeOf(t, ({ log, heartbeat }) => {
      for (const [name, value] of Object.entries(unwritable)) {
        log.info(name, { value });
        log.info(name, value as never);
        log.info(value as never);
        heartbeat(value as never);
      }
      log.warn('without fields', undefined);
      log.error('an error in their place', new TypeError('broken'));
      log.info('a text', 'in their place' as never);
    });
    assert.deepEqual(outcome, [{ ok: true }]);
    const lines = log.filter(({ message }) => message !== undefined);
    assert.equal(lines.length, 3 * Object.keys(unwritable).length + 3);
    assert.equal(typeof JSON.stringify(lines), 'string', 'every line is plain data');
    const of = (name: string) => lines.find(({ message }) => message === name);
    assert.equal(of('bigint')?.value, '10');
    assert.deepEqual(of('circle')?.value, { self: '[circular]' });
    assert.deepEqual(of('getter')?.value, { bad: '[cannot be read: no such thing]' });
    assert.equal(of('toJSON')?.value, '[cannot be read: not I]');
    assert.match(`${of('revoked')?.value}`, /cannot be read: .*proxy/);
    assert.equal((of('an error in their place')?.error as Error | undefined)?.message, 'broken');
    assert.equal(of('a text')?.value, 'in their place');
    assert.equal(of('without fields')?.runId, of('a text')?.runId);
  });

  test('shows no secret, wherever it stands', async (t) => {
    const { log } = await outcomeOf(t, ({ log, secrets: { KEY } }) => {
      const error = new Error(`bad ${KEY}`, { cause: new AggregateError([new Error(KEY)], KEY) });
      log.info(`with ${KEY}`, {
        map: new Map([[KEY, new Set([KEY])]]),
        [KEY]: { error },
        url: new URL(`http://a/${KEY}`),
      });
      log.info('thrown', {
        toJSON() {
          throw new Error(KEY);
        },
      } as never);
    });
    assert.ok(!JSON.stringify(log).includes(secret));
    assert.ok(log.some(({ message }) => message === 'with ***'));
  });

  test('that the log throws at, or rejects, is on stderr, and fails nothing', async (t) => {
    const logs: Readonly<Record<string, RuntimeOptions['log']>> = {
      throws: (line) => {
        if ('message' in line) throw new Error('the disk is full');
      },
      rejects: (async (line: object) => {
        if ('message' in line) throw new Error('the disk is full');
      }) as RuntimeOptions['log'],
    };
    for (const [name, log] of Object.entries(logs)) {
      const text = await stderrOf(t, async () => {
        const { outcome } = await outcomeOf(t, (context) => context.log.info(`a line of ${name}`), { log });
        assert.deepEqual(outcome, [{ ok: true }]);
      });
      assert.match(text, /"event":"log_failed".*the disk is full/, name);
      assert.match(text, new RegExp(`"message":"a line of ${name}"`), name);
    }
  });
});

describe('plain data', () => {
  test('has errors with their causes, and what maps and sets hold', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const shown = plainData(new AggregateError([new Error('first')], 'all', { cause })) as AggregateError;
    assert.deepEqual([shown.name, shown.message], ['AggregateError', 'all']);
    assert.match(shown.stack ?? '', /logs\.test\.ts/);
    assert.equal((shown.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    assert.equal(shown.errors[0].message, 'first');
    const values = {
      map: new Map([['a', 1]]),
      pairs: new Map([[{ id: 1 }, 'x']]),
      set: new Set([1, 'b']),
      date: new Date(0),
      never: new Date(Number.NaN),
      bytes: new Uint8Array([1, 2]),
      pattern: /a+/g,
      nan: Number.NaN,
      bare: Object.assign(Object.create(null), { a: 1 }),
      boxed: Object(5n),
      run() {},
      symbol: Symbol('s'),
      headers: new Headers({ accept: 'json' }),
      hole: [undefined],
    };
    const { headers, ...plain } = plainData(values) as Record<keyof typeof values, unknown>;
    assert.deepEqual(plain, {
      map: { a: 1 },
      pairs: [[{ id: 1 }, 'x']],
      set: [1, 'b'],
      date: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      bytes: 'Uint8Array(2) [ 1, 2 ]',
      pattern: '/a+/g',
      nan: 'NaN',
      bare: { a: 1 },
      boxed: '5',
      run: '[function run]',
      symbol: 'Symbol(s)',
      hole: [null],
    });
    assert.match(`${headers}`, /accept.*json/);
  });

  test('is bounded, however large and deep the value is', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 10_000; level++) deep = { deep };
    const twice = (value: unknown, times: number): unknown =>
      times === 0 ? value : twice([value, value], times - 1);
    const huge = {
      deep,
      wide: Array.from({ length: 1e6 }, (_, index) => index),
      bytes: new Uint8Array(1e6),
      text: 'x'.repeat(1e6),
      names: Object.fromEntries(Array.from({ length: 1e4 }, (_, index) => [`n${index}`, index])),
      set: new Set(Array.from({ length: 1e5 }, (_, index) => index)),
      shared: twice({ a: 1 }, 30),
    };
    const text = JSON.stringify(plainData(huge));
    assert.ok(text.length < 200_000, `${text.length} characters`);
    assert.match(text, /and 999900 more/);
    assert.match(text, /and 9900 more/);
  });
});

test('the log of a runtime that recovers takes lines again', async (t) => {
  let isBroken = true;
  const taken: unknown[] = [];
  const text = await stderrOf(t, async () => {
    const { outcome } = await outcomeOf(
      t,
      ({ log }) => {
        log.info('lost');
        isBroken = false;
        log.info('kept');
      },
      {
        log: ({ message }) => {
          if (isBroken && message) throw new Error('not now');
          taken.push(message);
        },
      },
    );
    assert.deepEqual(outcome, [{ ok: true }]);
    await eventually(async () => assert.ok(taken.includes('kept')));
  });
  assert.match(text, /"message":"lost"/);
  assert.doesNotMatch(text, /"message":"kept"/);
});

test('a report that comes too late, or breaks a rule, is logged with the reason', async (t) => {
  const peer = await startPeer(t);
  const { runtime, log } = hostNodes(t, [Double], { address: peer.address });
  void runtime.start();
  const stream = await peer.welcome();
  stream.assign(assignment('DoubleNode', 1, { value: 1 }), assignment('DoubleNode', 2, { value: 2 }));
  const [first, second] = (await stream.reports(2)).map(leaseOf);
  stream.ack(
    { ...first, status: 'ACK_STATUS_STALE_LEASE' },
    { ...second, status: 'ACK_STATUS_INVALID', reason: { code: 'ROUTE_INVALID', message: 'no such way' } },
  );
  const refused = await eventually(async () => {
    const lines = log.filter(({ event }) => event === 'report_refused');
    assert.equal(lines.length, 2);
    return lines;
  });
  assert.deepEqual(
    refused.map(({ level, stateId, code, error }) => [level, stateId, code, error]),
    [
      ['warn', first?.stateId, 'STALE_LEASE', undefined],
      ['warn', second?.stateId, 'INVALID', 'no such way'],
    ],
  );
});
