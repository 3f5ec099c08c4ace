/** Programs that must not compile. tsc proves it: an expected error that is missing is an error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { all, type Client, defineNode, graph, Prune, route, runNode, united } from '../src/index.ts';

const Splitter = defineNode({
  name: 'Splitter',
  inputs: z.object({ data: z.array(z.string()), size: z.number().default(100) }),
  outputs: z.object({
    chunk: z.array(z.string()),
    note: z.string().optional(),
    at: z.object({ row: z.number() }),
  }),
  run: ({ data, size }) => [{ chunk: data.slice(0, size), at: { row: 0 } }],
});
const Processor = defineNode({
  name: 'Processor',
  inputs: z.object({ data: z.array(z.string()), note: z.string().nullable(), row: z.number().optional() }),
  outputs: z.object({ result: z.number() }),
  run: ({ data }) => ({ result: data.length }),
});
const Merger = defineNode({
  name: 'Merger',
  inputs: z.object({ results: z.array(z.number()), failed: z.number().optional() }),
  outputs: z.object({ sum: z.number() }),
  run: ({ results }) => ({ sum: results.length }),
});
const Reader = defineNode({
  name: 'Reader',
  inputs: z.object({ results: united(z.number()) }),
  outputs: z.object({ count: z.number() }),
  async run({ results }) {
    let count = 0;
    for await (const result of results) count += result satisfies number;
    return { count };
  },
});

const inputs = z.object({ data: z.array(z.string()), size: z.number().default(10) });

const good = graph('good', { inputs }, (g) => {
  const split = g.start(Splitter, { data: g.trigger.data, size: g.trigger.size });
  const process = g.after(split, Processor, {
    data: split.out.chunk,
    note: split.out.note,
    row: split.out.at.row,
  });
  g.unite(split, process, Reader, { results: all(process.out.result) });
  return g.unite(split, process, Merger, { results: all(process.out.result), failed: g.counts.failed });
});

export const wrongGraph = () =>
  graph('wrong', { inputs }, (g) => {
    const split = g.start(Splitter, { data: g.trigger.data });
    const data = split.out.chunk;
    const note = split.out.note;
    const process = g.after(split, Processor, { data, note });
    const results = all(process.out.result);

    // @ts-expect-error a misspelt output
    g.after(split, Processor, { data: split.out.chnk, note });
    // @ts-expect-error a misspelt field of an output
    g.after(split, Processor, { data, note, row: split.out.at.rwo });
    // @ts-expect-error an input that the trigger lacks
    g.after(split, Processor, { data: g.trigger.date, note });
    // @ts-expect-error a number where the merger wants a list of numbers
    g.unite(split, process, Merger, { results: process.out.result });
    // @ts-expect-error a list of lists where the merger wants a list of numbers
    g.unite(split, process, Merger, { results: all(split.out.chunk) });
    // @ts-expect-error a united list of another type
    g.unite(split, process, Reader, { results: all(split.out.at) });
    // @ts-expect-error a missing input
    g.after(split, Processor, { note });
    // @ts-expect-error a missing input of a uniting node
    g.unite(split, process, Merger, {});
    // @ts-expect-error an input that the node lacks
    g.after(split, Processor, { data, note, nte: 'x' });
    // @ts-expect-error an output of another type
    g.after(split, Processor, { data: split.out.at, note });
    // @ts-expect-error a constant of another type
    g.after(split, Processor, { data, note: 7 });
    // @ts-expect-error an output that may be missing, and then is null, where null is not taken
    g.after(split, Processor, { data: [split.out.note], note });
    // @ts-expect-error a united list where nothing is united
    g.after(process, Merger, { results });
    // @ts-expect-error counts of a unite where nothing is united
    g.after(process, Merger, { results: [], failed: g.counts.failed });
    // @ts-expect-error nothing to follow
    g.after([], Processor, { data, note });
    // @ts-expect-error no place in a graph
    g.after(Splitter, Processor, { data, note });
    // @ts-expect-error a strategy that there is not
    g.unite(split, process, Merger, { results }, { strategy: 'SOME' });
    // @ts-expect-error a quorum of how many
    g.unite(split, process, Merger, { results }, { strategy: 'QUORUM' });
    // @ts-expect-error a share that is no percentage
    g.unite(split, process, Merger, { results }, { strategy: 'QUORUM', minSuccess: 'half' });
    // @ts-expect-error a number of successes without a quorum
    g.unite(split, process, Merger, { results }, { strategy: 'ALL_SUCCESS', minSuccess: 2 });
    // @ts-expect-error a number of successes with the strategy that is there by default
    g.unite(split, process, Merger, { results }, { minSuccess: 2 });
    // @ts-expect-error tolerance in a strategy that tolerates everything
    g.unite(split, process, Merger, { results }, { strategy: 'ALL_DONE', toleratedFailures: 1 });
    // @ts-expect-error tolerance in a quorum
    g.unite(split, process, Merger, { results }, { strategy: 'QUORUM', minSuccess: 1, toleratedFailures: 1 });
    // @ts-expect-error a strategy that cannot be missed and gives up
    g.unite(split, process, Merger, { results }, { strategy: 'ALL_DONE', failFast: true });
    // @ts-expect-error windows in a strategy that may give up
    g.unite(split, process, Merger, { results }, { window: { count: 2 } });
    // @ts-expect-error windows in a quorum
    g.unite(split, process, Merger, { results }, { strategy: 'QUORUM', minSuccess: 1, window: { count: 2 } });
    // @ts-expect-error a window that never fills
    g.unite(split, process, Merger, { results }, { strategy: 'ALL_DONE', window: {} });
    const window = { count: 2 };
    // @ts-expect-error windows and a deadline
    g.unite(split, process, Merger, { results }, { strategy: 'ALL_DONE', window, uniteTimeoutMs: 1 });
    // @ts-expect-error what a unite came to where nothing is united
    g.after(split, Processor, { data, note, row: g.window });
  });

const Caller = defineNode({
  name: 'Caller',
  inputs: z.object({}),
  outputs: z.object({ length: z.number() }),
  secrets: ['API_KEY'],
  run: (_, { secrets }) => ({ length: (secrets.API_KEY satisfies string).length }),
});

export const wrongSecrets = () => {
  // @ts-expect-error a name that is no text
  defineNode({ name: 'Wrong', inputs, outputs: z.object({}), secrets: [7], run: () => ({}) });
  defineNode({
    name: 'Wrong',
    inputs,
    outputs: z.object({}),
    secrets: ['API_KEY'],
    // @ts-expect-error a secret that the node does not declare
    run: (_, { secrets }) => void secrets.API_TOKEN,
  });
  defineNode({
    name: 'Wrong',
    inputs,
    outputs: z.object({}),
    // @ts-expect-error a secret of a node that declares none
    run: (_, { secrets }) => void secrets.API_KEY,
  });
  // @ts-expect-error a node whose secret the graph lacks
  graph('wrong', { inputs }, (g) => void g.start(Caller, {}));
  // @ts-expect-error a node whose secret the graph calls something else
  graph('wrong', { inputs, secrets: { API_TOKEN: 'x' } }, (g) => void g.start(Caller, {}));
  // @ts-expect-error a secret that may be missing
  graph('wrong', { inputs, secrets: { API_KEY: undefined as string | undefined } }, (g) => {
    g.start(Caller, {});
  });
};

const withSecrets = graph('with-secrets', { inputs, secrets: { API_KEY: 'x', OTHER: 'y' } }, (g) => {
  const start = g.start(Caller, {});
  return g.after(start, Splitter, { data: [] });
});

const storeOptions = {
  inputs,
  store: { required: z.object({ user: z.string() }), defaults: { count: 0, tags: [] as string[] } },
};

const stored = graph('stored', storeOptions, (g) => {
  const split = g.start(Splitter, { data: g.store.tags });
  return g.after(split, Processor, { data: [g.store.user], note: g.store.user, row: g.store.count });
});

export const wrongStore = () =>
  graph('wrong', storeOptions, (g) => {
    const split = g.start(Splitter, { data: g.store.tags });
    // @ts-expect-error a key of another type
    g.after(split, Processor, { data: g.store.count, note: null });
    // @ts-expect-error a key that is neither required nor has a default
    g.after(split, Processor, { data: g.store.cuont, note: null });
  });

export async function storedCalls(client: Client): Promise<void> {
  await client.trigger(stored, { data: [] }, { store: { user: 'ada', count: 7 }, key: 'k' });
  const [result] = await client.call(stored, { data: [] }, { store: { user: 'ada' } });
  result?.result satisfies number | undefined;
  // @ts-expect-error no store, although the graph requires one
  await client.trigger(stored, { data: [] });
  // @ts-expect-error a required key is missing
  await client.trigger(stored, { data: [] }, { store: { count: 7 } });
  // @ts-expect-error a value of another type
  await client.call(stored, { data: [] }, { store: { user: 'ada', tags: 7 } });
}

export const wrongNode = () =>
  defineNode({
    name: 'Wrong',
    inputs,
    outputs: z.object({ sum: z.number() }),
    // @ts-expect-error outputs that break the schema
    run: () => ({ sum: 'seven' }),
  });

export const wrongRoutes = () => [
  // @ts-expect-error a route of what is no output
  route('seven', 'a'),
  // @ts-expect-error a route to what is no identifier
  route({ sum: 7 }, Merger),
  defineNode({
    name: 'Routed',
    inputs,
    outputs: z.object({ sum: z.number() }),
    // @ts-expect-error a routed output that breaks the schema
    run: () => [route({ sum: 'seven' }, 'a')],
  }),
  defineNode({
    name: 'Returned',
    inputs,
    outputs: z.object({ sum: z.number() }),
    // @ts-expect-error a signal that is returned
    run: () => new Prune(),
  }),
];

export async function calls(client: Client): Promise<void> {
  const [result] = await client.call(good, { data: ['a'] });
  result?.sum satisfies number | undefined;
  // @ts-expect-error a misspelt output
  result?.smu;
  // @ts-expect-error a wrong trigger payload
  await client.call(good, { data: 'a' });
  // @ts-expect-error an incomplete trigger payload
  await client.trigger(good, {});
  // @ts-expect-error a trigger payload with something else
  await client.trigger(good, { data: [], date: [] });

  const outputs = await runNode(Reader, { results: [1, 2] });
  outputs satisfies { count: number }[];
  // @ts-expect-error united items of another type
  await runNode(Reader, { results: ['one'] });
  await runNode(Caller, {}, { secrets: { API_KEY: 'x' } });
  // @ts-expect-error another secret than the node declares
  await runNode(Caller, {}, { secrets: { API_TOKEN: 'x' } });
}

test('what is right builds', () => {
  assert.deepEqual(good.ends, ['merger']);
  assert.deepEqual(withSecrets.ends, ['splitter']);
});

const Ticket = z.object({
  kind: z.enum(['refund', 'question']),
  items: z.array(z.object({ state: z.literal('open') })),
});
interface Typed {
  readonly kind: 'refund';
  readonly items: { state: 'open' }[];
}
const anInterface: Typed = { kind: 'refund', items: [] };
const ticket = { name: 'Ticket', inputs: z.object({ id: z.string() }), outputs: Ticket };

/** Whatever a node returns, and however: literals of its outputs are what the schema says they are. */
export const literals = [
  defineNode({ ...ticket, run: () => ({ kind: 'refund', items: [{ state: 'open' }] }) }),
  defineNode({ ...ticket, run: () => [{ kind: 'refund', items: [] }] }),
  defineNode({ ...ticket, run: () => route({ kind: 'refund', items: [] }, 'next') }),
  defineNode({ ...ticket, run: () => anInterface }),
  defineNode({
    ...ticket,
    run: ({ id }) => [route({ kind: 'refund', items: [] }, id), { kind: 'question', items: [] }],
  }),
  defineNode({
    ...ticket,
    async run({ id }) {
      return id === '' ? undefined : { kind: 'question', items: [{ state: 'open' }] };
    },
  }),
  defineNode({
    ...ticket,
    async *run() {
      yield { kind: 'refund', items: [] };
      yield route({ kind: 'question', items: [{ state: 'open' }] }, []);
      yield route(anInterface, []);
    },
  }),
];

export const wrongLiterals = [
  // @ts-expect-error no such kind
  defineNode({ ...ticket, run: () => ({ kind: 'praise', items: [] }) }),
  // @ts-expect-error no such state
  defineNode({ ...ticket, run: () => [{ kind: 'refund', items: [{ state: 'shut' }] }] }),
  // @ts-expect-error items are missing
  defineNode({ ...ticket, run: () => route({ kind: 'refund' }, 'next') }),
  // @ts-expect-error a kind is no number
  defineNode({ ...ticket, run: async () => ({ kind: 1, items: [] }) }),
];
