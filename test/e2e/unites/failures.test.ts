/** Failures that unites tell: as a list, in pages or cut; and as the reasons of one that gave up. docs/unites.md */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defineNode, graph, NotRetryable, RunFailed, type State, united } from '@fanout/runtime';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';

/** Text that would end a quotation, a line, or a JSON document, if it were not escaped. */
const hostile = '"}, \n\r\u0000\u2028 ${{ unite.failures }} 😀';

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ width: z.number(), messageBytes: z.number().default(10) }),
  outputs: z.object({ index: z.number(), messageBytes: z.number() }),
  run: ({ width, messageBytes }) => Array.from({ length: width }, (_, index) => ({ index, messageBytes })),
});
/** Every third branch fails in `check`, the others in `work`, the first one in neither. */
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ index: z.number(), messageBytes: z.number() }),
  outputs: z.object({ index: z.number() }),
  run({ index, messageBytes }) {
    if (index % 3 !== 0) throw new NotRetryable(`${index} `.padEnd(messageBytes, 'x'), { code: 'BOOM' });
    return { index };
  },
});
const Check = defineNode({
  name: 'CheckNode',
  inputs: z.object({ index: z.number() }),
  outputs: z.object({ index: z.number() }),
  run({ index }) {
    if (index > 0) throw new NotRetryable(hostile, { code: 'REFUSED' });
    return { index };
  },
});
const failure = z.object({ identifier: z.string(), path: z.string(), code: z.string(), message: z.string() });
const told = z.object({
  failures: z.array(failure),
  leftOut: z.number(),
  failed: z.number(),
});
const Tell = defineNode({ name: 'TellNode', inputs: told, outputs: told, run: (inputs) => inputs });
const Count = defineNode({
  name: 'CountNode',
  inputs: z.object({ failures: united(failure) }),
  outputs: z.object({ count: z.number(), characters: z.number(), inOrder: z.boolean() }),
  async run({ failures }) {
    let [count, characters, last, inOrder] = [0, 0, -1, true];
    for await (const { path, message } of failures) {
      const branch = Number(path.split('.')[0]);
      inOrder &&= branch > last;
      last = branch;
      count += 1;
      characters += message.length;
    }
    return { count, characters, inOrder };
  },
});
const Outer = defineNode({
  name: 'OuterNode',
  inputs: z.object({ width: z.number() }),
  outputs: z.object({ width: z.number() }),
  run: ({ width }) => [{ width }, { width }],
});

const environment = await startTestEnvironment({ nodes: [Outer, Split, Work, Check, Tell, Count] });
const { client } = environment;
after(() => environment.stop());

/** `split → work → check`, united by a place that takes its failures whole, and one that reads them. */
const given = z.object({ width: z.number(), messageBytes: z.number().default(10) });
const Whole = graph('whole', { inputs: given }, (g) => {
  const split = g.start(Split, { width: g.trigger.width, messageBytes: g.trigger.messageBytes });
  const work = g.after(split, Work, { index: split.out.index, messageBytes: split.out.messageBytes });
  const check = g.after(work, Check, { index: work.out.index });
  const inputs = { failures: g.failures, leftOut: g.failuresLeftOut, failed: g.counts.failed };
  return g.unite(split, check, Tell, inputs, { strategy: 'ALL_DONE' });
});
const Paged = graph('paged', { inputs: given }, (g) => {
  const split = g.start(Split, { width: g.trigger.width, messageBytes: g.trigger.messageBytes });
  const work = g.after(split, Work, { index: split.out.index, messageBytes: split.out.messageBytes });
  const check = g.after(work, Check, { index: work.out.index });
  return g.unite(split, check, Count, { failures: g.failures }, { strategy: 'ALL_DONE' });
});
const Strict = graph('strict', { inputs: given }, (g) => {
  const split = g.start(Split, { width: g.trigger.width, messageBytes: g.trigger.messageBytes });
  const work = g.after(split, Work, { index: split.out.index, messageBytes: split.out.messageBytes });
  const check = g.after(work, Check, { index: work.out.index });
  return g.unite(split, check, Count, { failures: g.failures });
});
const Windowed = graph('windowed', { inputs: given }, (g) => {
  const split = g.start(Split, { width: g.trigger.width, messageBytes: g.trigger.messageBytes });
  const work = g.after(split, Work, { index: split.out.index, messageBytes: split.out.messageBytes });
  const check = g.after(work, Check, { index: work.out.index });
  const options = { strategy: 'ALL_DONE', window: { count: 1 } } as const;
  return g.unite(split, check, Count, { failures: g.failures }, options);
});
for (const each of [Whole, Paged, Strict, Windowed]) await client.upsert(each);

async function errored(runId: string, identifier: string): Promise<State> {
  for await (const state of client.states(runId, { identifier, status: 'ERRORED' })) return state;
  throw new Error(`${identifier} has not failed`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function failedRun(call: Promise<unknown>): Promise<RunFailed> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RunFailed, String(error));
  return error;
}

test('a list of failures that is handed over whole is cut, and the number that it leaves out is told', async () => {
  const [few] = await client.call(Whole, { width: 10, messageBytes: 4_000 });
  assert.deepEqual([few?.failures.length, few?.leftOut, few?.failed], [9, 0, 9]);
  assert.deepEqual(few?.failures[0], {
    ...{ identifier: 'work', path: '1.0', code: 'BOOM' },
    message: `${'1 '.padEnd(256, 'x')}…`,
  });
  assert.equal(few?.failures[2]?.message, hostile);
  const width = 1_600;
  const [many] = await client.call(Whole, { width, messageBytes: 4_000 });
  const { failures, leftOut, failed } = many!;
  assert.equal(failed, width - 1);
  assert.ok(failures.length > 0 && failures.length <= 1_000 && leftOut > 0);
  assert.equal(failures.length + leftOut, width - 1);
});

test('failures that an input reads as an iterator come in pages, all of them, as they were', async () => {
  const width = 1_000;
  const [counted] = await client.call(Paged, { width, messageBytes: 4_000 });
  const inWork = Array.from({ length: width }, (_, i) => i).filter((i) => i % 3 !== 0).length;
  const characters = inWork * 4_000 + (width - 1 - inWork) * hostile.length;
  assert.deepEqual(counted, { count: width - 1, characters, inOrder: true });
  const [none] = await client.call(Paged, { width: 1 });
  assert.equal(none?.count, 0);
  const windows = await client.call(Windowed, { width: 7 });
  assert.deepEqual(
    windows.map(({ count }) => count),
    [0, 6],
    'only the last window is told of failures',
  );
});

test('a unite that gave up says why: the first reasons of its branches, grouped, and cut', async () => {
  const error = await failedRun(client.call(Strict, { width: 6 }));
  const { id, failure: gaveUp } = await errored(error.runId, 'count');
  assert.equal(gaveUp?.code, 'UNITE_UNSATISFIED');
  assert.match(gaveUp?.message ?? '', /^5 of 6 branches failed, .*\. Why: work BOOM "1 x{8}" \(4\), check/);
  assert.ok(
    gaveUp?.message.endsWith(`check REFUSED ${JSON.stringify(hostile).replace('\u2028', '\\u2028')} (1)`),
    gaveUp?.message,
  );
  assert.ok(error.message.includes('Why: work BOOM'), error.message);
  const [scope] = await all(client.explainUnite(error.runId));
  assert.deepEqual(scope?.reasons, [
    { identifier: 'work', code: 'BOOM', message: '1 xxxxxxxx', count: 4 },
    { identifier: 'check', code: 'REFUSED', message: hostile, count: 1 },
  ]);
  assert.equal(scope?.unitingStateId, id);
});

test('however many branches fail, and with how much to say, its message is short, and the error of the run shows it', async () => {
  const error = await failedRun(client.call(Strict, { width: 300, messageBytes: 4_000 }));
  const { message = '' } = (await errored(error.runId, 'count')).failure ?? {};
  assert.match(
    message,
    /Why, of the first 50 failures: work BOOM "1 x+…" \(3[34]\), check REFUSED .* \(1[67]\)$/,
  );
  assert.ok(message.length < 1_000, `${message.length} characters`);
  assert.equal(error.failures.length, 10);
  assert.equal(error.failureCount, 300);
  assert.match(error.message, /\n {2}and 290 more: the client's states\(\) lists all of them$/);
  const ends = error.failures.filter(({ identifier }) => identifier === 'count');
  assert.deepEqual(
    ends.map((each) => each.message),
    [message],
  );
  assert.ok(error.failures.some(({ identifier }) => identifier === 'check'));
});

test('a unite around one that gave up quotes its reasons, and what was opened again has those that it has now', async () => {
  const template = {
    nodes: [
      { node_name: 'OuterNode', identifier: 'outer', inputs: {}, next_nodes: ['split'] },
      {
        ...{ node_name: 'SplitNode', identifier: 'split', next_nodes: ['work'] },
        inputs: { width: '${{ outer.outputs.width }}', messageBytes: 10 },
      },
      {
        ...{ node_name: 'WorkNode', identifier: 'work', next_nodes: ['inner'] },
        inputs: { index: '${{ split.outputs.index }}', messageBytes: '${{ split.outputs.messageBytes }}' },
      },
      {
        ...{ node_name: 'CountNode', identifier: 'inner', next_nodes: ['around'] },
        ...{ inputs: { failures: '${{ unite.failures }}' }, unites: { identifier: 'split' } },
      },
      {
        ...{ node_name: 'CountNode', identifier: 'around', next_nodes: [] },
        ...{ inputs: { failures: '${{ unite.failures }}' }, unites: { identifier: 'outer' } },
      },
    ],
  };
  await client.upsert({ name: 'nested', template });
  const { runId } = await failedRun(client.call('nested', { width: 2 }));
  const { id, failure: gaveUp } = await errored(runId, 'around');
  const inner =
    '1 of 2 branches failed, and the strategy ALL_SUCCESS tolerates none. Why: work BOOM "1 xxxxxxxx" (1)';
  assert.equal(
    gaveUp?.message,
    `2 of 2 branches failed, and the strategy ALL_SUCCESS tolerates none. Why: inner UNITE_UNSATISFIED ${JSON.stringify(inner)} (2)`,
  );
  assert.equal(await client.retry(runId), 2);
  assert.equal((await failedRun(client.result(runId))).status, 'FAILED');
  const both = await all(client.states(runId, { identifier: 'around' }));
  assert.deepEqual(
    both.map((state) => [state.id === id, state.isSuperseded, /Why:/.test(state.failure?.message ?? '')]),
    [
      [true, true, false],
      [false, false, true],
    ],
  );
});
