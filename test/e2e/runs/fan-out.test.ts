/** Fan-out and unite through the TypeScript runtime: docs/rules/execution.md and docs/rules/graphs.md. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { defineNode, NotRetryable, type Run, RunFailed, united } from '@fanout/runtime';
import { startTestEnvironment, type TestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';
import { chain, exampleGraph, expression, nestedUnites, nodeTemplate } from '../../support/graphs.ts';

const text = z.string();

/** The nodes of `examples/graphs`, word for word. */
const DataSplitter = defineNode({
  name: 'DataSplitterNode',
  inputs: z.object({ data: z.array(z.unknown()), size: z.number().default(100) }),
  outputs: z.object({ chunk: z.array(z.unknown()) }),
  run({ data, size }) {
    const chunks = [];
    for (let i = 0; i < data.length; i += size) chunks.push({ chunk: data.slice(i, i + size) });
    return chunks;
  },
});
const DataProcessor = defineNode({
  name: 'DataProcessorNode',
  inputs: z.object({ data: z.array(z.number()) }),
  outputs: z.object({ result: z.number() }),
  run: ({ data }) => ({ result: data.reduce((sum, each) => sum + each, 0) }),
});
const ResultMerger = defineNode({
  name: 'ResultMergerNode',
  inputs: z.object({ processed_data: z.array(z.number()) }),
  outputs: z.object({ results: z.array(z.number()) }),
  run: ({ processed_data }) => ({ results: processed_data }),
});

/** Splits into as many values as the trigger, or the length of the value so far, says. */
const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ value: text.default(''), widths: z.array(z.number()).default([5, 4, 3]) }),
  outputs: z.object({ value: text }),
  run: ({ value, widths }) =>
    Array.from({ length: widths[value.length] ?? 0 }, (_, i) => ({ value: `${value}${i}` })),
});
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ value: text }),
  outputs: z.object({ value: text }),
  run: ({ value }) => ({ value }),
});
const Unite = defineNode({
  name: 'UniteNode',
  inputs: z.object({ values: z.array(z.unknown()) }),
  outputs: z.object({ values: z.array(z.unknown()) }),
  run: ({ values }) => ({ values }),
});

/** Gives `count` outputs; those in `bad` make the next node fail. */
const Many = defineNode({
  name: 'ManyNode',
  inputs: z.object({ count: z.number(), bad: z.array(z.number()).default([]), pad: z.number().default(0) }),
  outputs: z.object({ index: z.number(), isBad: z.boolean(), pad: text }),
  run: ({ count, bad, pad }) =>
    Array.from({ length: count }, (_, index) => ({
      index,
      isBad: bad.includes(index),
      pad: 'x'.repeat(pad),
    })),
});
const Fussy = defineNode({
  name: 'FussyNode',
  inputs: z.object({ index: z.number(), isBad: z.boolean() }),
  outputs: z.object({ index: z.number() }),
  run({ index, isBad }) {
    if (isBad) throw new NotRetryable(`${index} is bad`, { code: 'BAD' });
    return { index };
  },
});
/** Fails until its last attempt. */
const Flaky = defineNode({
  name: 'FlakyNode',
  inputs: z.object({ succeedsAt: z.number() }),
  outputs: z.object({ attempt: z.number(), key: text }),
  run({ succeedsAt }, { attempt, idempotencyKey }) {
    if (attempt < succeedsAt) throw new Error(`attempt ${attempt} fails`);
    return { attempt, key: idempotencyKey };
  },
});
const Report = defineNode({
  name: 'ReportNode',
  inputs: z.object({ indexes: z.array(z.number()), counts: z.unknown(), failures: z.array(z.unknown()) }),
  outputs: z.object({ indexes: z.array(z.number()), counts: z.unknown(), failures: z.array(z.unknown()) }),
  run: (inputs) => inputs,
});
const Count = defineNode({
  name: 'CountNode',
  inputs: z.object({ items: united(text) }),
  outputs: z.object({ count: z.number(), bytes: z.number() }),
  async run({ items }) {
    let count = 0;
    let bytes = 0;
    for await (const item of items) {
      count += 1;
      bytes += item.length;
    }
    return { count, bytes };
  },
});
const Nothing = defineNode({
  name: 'NothingNode',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => {},
});

const nodes = [
  DataSplitter,
  DataProcessor,
  ResultMerger,
  Split,
  Work,
  Unite,
  Many,
  Fussy,
  Flaky,
  Report,
  Count,
  Nothing,
];
let environment: TestEnvironment;

before(async () => {
  environment = await startTestEnvironment({ nodes });
});
after(() => environment?.stop());

let graphs = 0;

/** Stores a graph under a new name, runs it, and gives its end. */
async function run(template: object, inputs: Record<string, unknown>) {
  const { client } = environment;
  const name = `graph-${++graphs}`;
  await client.upsert({ name, template });
  const { id } = await client.trigger(name, inputs);
  const results = await client.result(id).catch((error: unknown) => {
    if (error instanceof RunFailed) return error;
    throw error;
  });
  return { id, results, run: await client.get(id) };
}

function outputsOf(results: Awaited<ReturnType<typeof run>>['results']): unknown[] {
  assert(Array.isArray(results), String(results));
  return results.map(({ output }) => output);
}

/** Numbers of states of each node by status, without zeros. */
function counts({ counts: perNode }: Run): Record<string, Record<string, number>> {
  return Object.fromEntries(
    perNode.map(
      ({ identifier, nodeName: _, executions, outputs, retries, waitingTimes, runningTimes, ...counts }) => [
        identifier,
        Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      ],
    ),
  );
}

/** `many → fussy → report`, which unites `many`. */
function withStrategy(strategy: string) {
  const inputs = { index: expression('many.outputs.index'), isBad: expression('many.outputs.isBad') };
  const report = {
    indexes: expression('fussy.outputs.index'),
    counts: expression('unite.counts'),
    failures: expression('unite.failures'),
  };
  return {
    nodes: [
      nodeTemplate('many', ['fussy']),
      nodeTemplate('fussy', ['report'], { inputs }),
      nodeTemplate('report', [], { inputs: report, unites: { identifier: 'many', strategy } }),
    ],
  };
}

test('the first example graph runs word for word: one branch for each chunk', async () => {
  const { results, run: ended } = await run(exampleGraph('fanout'), {
    data: Array.from({ length: 250 }, () => 1),
  });
  assert.deepEqual(outputsOf(results), [{ result: 100 }, { result: 100 }, { result: 50 }]);
  assert.deepEqual(counts(ended), { data_splitter: { success: 3 }, processor: { success: 3 } });
});

test('the second example graph runs word for word: the merger gets all results, in order', async () => {
  const { results } = await run(exampleGraph('fanout-unite'), {
    data: Array.from({ length: 10 }, (_, i) => i),
    size: 3,
  });
  assert.deepEqual(outputsOf(results), [{ results: [3, 12, 21, 9] }]);
});

test('a node with 10 outputs and nothing after it ends SUCCESS with 10 states SUCCESS', async () => {
  const { results, run: ended } = await run(chain('many'), { count: 10 });
  assert.equal(ended.status, 'SUCCESS');
  assert.deepEqual(counts(ended), { many: { success: 10 } });
  assert.equal(ended.stateCount, 10);
  assert.deepEqual(
    outputsOf(results).map((output) => (output as { index: number }).index),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('no output at all ends the branch, and a unite over it fires with empty lists', async () => {
  const { results, run: ended } = await run(withStrategy('ALL_SUCCESS'), { count: 0 });
  assert.deepEqual(outputsOf(results), [
    {
      indexes: [],
      counts: { total: 0, succeeded: 0, failed: 0, pruned: 0, unfinished: 0, left_out: 0 },
      failures: [],
    },
  ]);
  assert.deepEqual(counts(ended), { many: { success: 1 }, fussy: {}, report: { success: 1 } });
});

test('a node that returns nothing has one empty output', async () => {
  const { results } = await run(chain('nothing'), {});
  assert.deepEqual(outputsOf(results), [{}]);
});

test('3 nested fan-outs of 5 × 4 × 3 are united at each level, results in order', async () => {
  const { results, run: ended } = await run(nestedUnites(3), {});
  const expected = Array.from({ length: 5 }, (_, a) =>
    Array.from({ length: 4 }, (_, b) => Array.from({ length: 3 }, (_, c) => `${a}${b}${c}`)),
  );
  assert.deepEqual(outputsOf(results), [{ values: expected }]);
  assert.deepEqual(counts(ended), {
    split_1: { success: 5 },
    split_2: { success: 20 },
    split_3: { success: 60 },
    work: { success: 60 },
    unite_3: { success: 20 },
    unite_2: { success: 5 },
    unite_1: { success: 1 },
  });
});

test('ALL_SUCCESS gives up when one branch fails: UNITE_UNSATISFIED, and the other branches are untouched', async () => {
  const { id, results, run: ended } = await run(withStrategy('ALL_SUCCESS'), { count: 5, bad: [2] });
  assert(results instanceof RunFailed);
  assert.deepEqual(results.failures.map(({ code }) => code).sort(), ['BAD', 'UNITE_UNSATISFIED']);
  assert.equal(ended.status, 'FAILED');
  assert.deepEqual(counts(ended), {
    many: { success: 5 },
    fussy: { success: 4, errored: 1 },
    report: { errored: 1 },
  });
  const errored = [];
  for await (const state of environment.client.states(id, { status: 'ERRORED' })) errored.push(state);
  assert.deepEqual(
    errored.map(({ identifier, path }) => `${identifier} ${path}`),
    ['fussy 2.0', 'report u.2'],
  );
});

test('ALL_DONE fires with what succeeded, counts what failed and tells why', async () => {
  const { results, run: ended } = await run(withStrategy('ALL_DONE'), { count: 5, bad: [2, 4] });
  assert.equal(ended.status, 'SUCCESS');
  const failure = (index: number) => ({
    identifier: 'fussy',
    path: `${index}.0`,
    code: 'BAD',
    message: `${index} is bad`,
  });
  assert.deepEqual(outputsOf(results), [
    {
      indexes: [0, 1, 3],
      counts: { total: 5, succeeded: 3, failed: 2, pruned: 0, unfinished: 0, left_out: 0 },
      failures: [failure(2), failure(4)],
    },
  ]);
});

test('a failed state is replaced by a new one of the same work until it succeeds', async () => {
  const template = {
    ...chain('flaky'),
    retry_policy: { max_retries: 2, strategy: 'FIXED', backoff_factor: 5 },
  };
  const { id, results, run: ended } = await run(template, { succeedsAt: 3 });
  assert.deepEqual(outputsOf(results), [{ attempt: 3, key: `${id}.1` }]);
  assert.deepEqual(counts(ended), { flaky: { success: 1, retryCreated: 2 } });
});

test('a node overrides the retry policy of its graph', async () => {
  const policy = { max_retries: 5, strategy: 'FIXED', backoff_factor: 1 };
  const nodes = [nodeTemplate('flaky', [], { retry_policy: { max_retries: 1 } })];
  const { results, run: ended } = await run({ nodes, retry_policy: policy }, { succeedsAt: 3 });
  assert(results instanceof RunFailed);
  assert.deepEqual(counts(ended), { flaky: { errored: 1, retryCreated: 1 } });
});

test('an error that is not retryable is not retried', async () => {
  const { run: ended } = await run(withStrategy('ALL_DONE'), { count: 1, bad: [0] });
  assert.deepEqual(counts(ended).fussy, { errored: 1 });
});

test('a fan-out wider than one step is created in pieces, and united in order', async () => {
  const { results } = await run(withStrategy('ALL_SUCCESS'), { count: 3_000 });
  const [output] = outputsOf(results) as { indexes: number[] }[];
  assert.deepEqual(
    output!.indexes,
    Array.from({ length: 3_000 }, (_, i) => i),
  );
});

test('20,000 outputs of 1 KB travel as emits and are united through pages', async () => {
  const template = {
    nodes: [
      nodeTemplate('many', ['count']),
      nodeTemplate('count', [], {
        inputs: { items: expression('many.outputs.pad') },
        unites: { identifier: 'many' },
      }),
    ],
  };
  const { results } = await run(template, { count: 20_000, pad: 1_000 });
  assert.deepEqual(outputsOf(results), [{ count: 20_000, bytes: 20_000_000 }]);
});

test('a node that two paths lead to runs once for each arrival', async () => {
  const value = { value: expression('split.outputs.value') };
  const { run: ended } = await run(
    {
      nodes: [
        nodeTemplate('split', ['left', 'right'], { inputs: { widths: [2] } }),
        nodeTemplate('left', ['end'], { node_name: 'WorkNode', inputs: value }),
        nodeTemplate('right', ['end'], { node_name: 'WorkNode', inputs: value }),
        nodeTemplate('end', [], { node_name: 'WorkNode', inputs: value }),
      ],
    },
    {},
  );
  assert.deepEqual(counts(ended).end, { success: 4 });
});

test('a second unite of the same node further down is refused with a clear sentence', async () => {
  const template = {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { value: expression('split.outputs.value') } }),
      nodeTemplate('merge', ['again'], {
        node_name: 'UniteNode',
        inputs: { values: expression('work.outputs.value') },
        unites: { identifier: 'split' },
      }),
      nodeTemplate('again', [], {
        node_name: 'UniteNode',
        inputs: { values: [] },
        unites: { identifier: 'split' },
      }),
    ],
  };
  await assert.rejects(environment.client.upsert({ name: 'twice', template }), (error: Error) => {
    assert.match(error.message, /\$\.nodes\[3\]\.unites/);
    assert.match(error.message, /split/);
    return true;
  });
});

test('the same idempotency key gives the same run, and other inputs under it are refused', async () => {
  const { client } = environment;
  await client.upsert({ name: 'once', template: chain('many') });
  const first = await client.trigger('once', { count: 1 }, { key: 'order-42' });
  const second = await client.trigger('once', { count: 1 }, { key: 'order-42' });
  assert.deepEqual({ ...second }, { id: first.id, created: false });
  await assert.rejects(client.trigger('once', { count: 2 }, { key: 'order-42' }), {
    reason: 'IDEMPOTENCY_CONFLICT',
  });
});

test('a run keeps the version that it began with, and an equal upload makes no new one', async () => {
  const { client } = environment;
  const template = chain('many');
  const first = await client.upsert({ name: 'versions', template });
  const again = await client.upsert({ name: 'versions', template });
  const changed = await client.upsert({ name: 'versions', template: chain('many', 'nothing') });
  assert.deepEqual(
    [first, again, changed].map(({ version, created }) => [version, created]),
    [
      [1, true],
      [1, false],
      [2, true],
    ],
  );
});

test('a graph is accepted before its nodes are registered, with a warning for each', async () => {
  const { warnings } = await environment.client.upsert({ name: 'early', template: chain('not_yet') });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['NODE_UNREGISTERED'],
  );
});
