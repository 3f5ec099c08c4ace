/** What must not compile, does not: `tsc` fails on a `@ts-expect-error` that expects in vain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { all, defineNode, graph, runNode, text, united } from '../src/index.ts';

const Splitter = defineNode({
  name: 'SplitterNode',
  inputs: z.object({ data: z.array(z.number()), size: z.number().int().default(100) }),
  outputs: z.object({ chunk: z.array(z.number()), about: z.object({ title: z.string(), note: z.string().optional() }) }),
  *run({ data, size }) {
    for (let i = 0; i < data.length; i += size) {
      yield { chunk: data.slice(i, i + size), about: { title: `${i}` } };
    }
  },
});
const Scorer = defineNode({
  name: 'ScorerNode',
  inputs: z.object({ data: z.array(z.number()) }),
  outputs: z.object({ result: z.number(), label: z.string().optional() }),
  run: ({ data }) => ({ result: data.length }),
});
const Merger = defineNode({
  name: 'MergerNode',
  inputs: z.object({ processed_data: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: ({ processed_data: all }) => ({ sum: all.reduce((sum, each) => sum + each, 0) }),
});
const Reader = defineNode({
  name: 'ReaderNode',
  inputs: z.object({ processed_data: united(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  async run({ processed_data: results }) {
    let sum = 0;
    for await (const each of results) sum += each;
    return { sum };
  },
});
const Named = defineNode({
  name: 'NamedNode',
  inputs: z.object({ name: z.string() }),
  outputs: z.object({}),
  run: () => undefined,
});

const inputs = z.object({ data: z.array(z.number()), hint: z.string().optional(), size: z.number().default(5) });

test('a graph of nodes that fit compiles, and its results are typed', () => {
  const scored = graph('typed', { inputs }, (g) => {
    const split = g.start(Splitter, { data: g.trigger.data, size: g.trigger.size });
    const score = g.after(split, Scorer, { data: split.out.chunk });
    g.after(split, Named, { name: split.out.about.title });
    g.after(split, Named, { name: text`chunk ${split.out.about.title} of ${g.trigger.data}` });
    g.after([split], Scorer, { data: [1, 2, g.trigger.size] });
    return g.unite(split, score, Reader, { processed_data: all(score.out.result) });
  });
  type Result = NonNullable<Parameters<typeof check>[0]>;
  function check(_: (typeof scored extends import('../src/index.ts').Graph<infer _I, infer R> ? R : never) | null): void {}
  const result: Result = { sum: 1 };
  // @ts-expect-error the end has no such output
  void result.total;
  assert.equal(scored.template.nodes.length, 6);
});

test('mistakes between nodes do not compile', () => {
  const build = () =>
    graph('mistakes', { inputs }, (g) => {
      const split = g.start(Splitter, { data: g.trigger.data });
      // @ts-expect-error a misspelt output
      g.after(split, Scorer, { data: split.out.chnk });
      // @ts-expect-error a misspelt field of an output
      g.after(split, Named, { name: split.out.about.titel });
      // @ts-expect-error an input that the trigger does not have
      g.after(split, Scorer, { data: g.trigger.dta });
      // @ts-expect-error an output of another type
      g.after(split, Named, { name: split.out.chunk });
      // @ts-expect-error what may be absent is null then, and this input takes no null
      g.after(split, Named, { name: split.out.about.note });
      // @ts-expect-error a trigger's input that may be absent
      g.after(split, Named, { name: g.trigger.hint });
      // @ts-expect-error a constant of another type
      g.after(split, Named, { name: 7 });
      // @ts-expect-error a missing input
      g.after(split, Scorer, {});
      // @ts-expect-error a misspelt input
      g.after(split, Scorer, { data: split.out.chunk, dta: 1 });
      const score = g.after(split, Scorer, { data: split.out.chunk });
      // @ts-expect-error a number where the merger wants a list of numbers
      g.unite(split, score, Merger, { processed_data: score.out.result });
      // @ts-expect-error a list of texts or nulls where it wants numbers
      g.unite(split, score, Merger, { processed_data: all(score.out.label) });
      // @ts-expect-error the same for an input that is read as an iterator
      g.unite(split, score, Reader, { processed_data: score.out.result });
      // @ts-expect-error a strategy that does not exist
      g.unite(split, score, Merger, { processed_data: all(score.out.result) }, { strategy: 'SOME' });
      // @ts-expect-error results of a handle from nowhere
      g.after({ identifier: 'split' }, Scorer, { data: [1] });
    });
  assert.throws(build);
});

test('mistakes in a node do not compile', async () => {
  defineNode({
    name: 'Wrong',
    inputs: z.object({ data: z.string() }),
    outputs: z.object({ result: z.number() }),
    // @ts-expect-error a text where the output is a number
    run: ({ data }) => ({ result: data }),
  });
  defineNode({
    name: 'Wrong',
    inputs: z.object({}),
    outputs: z.object({ result: z.number() }),
    // @ts-expect-error nothing where an output has fields
    run: () => undefined,
  });
  defineNode({
    name: 'Wrong',
    inputs: z.object({}),
    outputs: z.object({ result: z.number() }),
    // @ts-expect-error a generator of texts
    *run() {
      yield { result: 'one' };
    },
  });
  // @ts-expect-error a duration without a unit
  assert.throws(() => defineNode({ name: 'N', inputs: z.object({}), outputs: z.object({}), timeout: '30', run() {} }));
  // @ts-expect-error inputs of another type
  await assert.rejects(runNode(Scorer, { data: ['1'] }), { code: 'INPUT_INVALID' });
});
