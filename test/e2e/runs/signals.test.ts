/** Prune, requeue and routing through the TypeScript runtime: what becomes of states, branches and runs. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { all, defineNode, graph, Prune, RequeueAfter, route, type State } from '@fanout/runtime';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';

/** The attempts that each piece of work has seen, by idempotency key. */
const attempts = new Map<string, number[]>();

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ kinds: z.array(z.string()) }),
  outputs: z.object({ kind: z.string(), index: z.number() }),
  run: ({ kinds }) => kinds.map((kind, index) => ({ kind, index })),
});
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ kind: z.string(), index: z.number() }),
  outputs: z.object({ index: z.number() }),
  *run({ kind, index }, { idempotencyKey, attempt }) {
    const seen = attempts.get(idempotencyKey) ?? [];
    attempts.set(idempotencyKey, [...seen, attempt]);
    yield { index };
    if (kind === 'prune') throw new Prune({ index });
    if (kind === 'requeue' && seen.length < 3) throw new RequeueAfter('20ms');
    if (kind === 'flaky' && seen.length === 0) throw new Error('on purpose');
    if (kind === 'flaky' && seen.length === 1) throw new RequeueAfter(0);
    if (kind === 'later') throw new RequeueAfter('1h');
  },
});
const Merge = defineNode({
  name: 'MergeNode',
  inputs: z.object({ indexes: z.array(z.number()), counts: z.record(z.string(), z.number()) }),
  outputs: z.object({ indexes: z.array(z.number()), counts: z.record(z.string(), z.number()) }),
  run: (inputs) => inputs,
});
const inputs = z.object({ kinds: z.array(z.string()) });
const steered = graph('steered', { inputs, retry: { backoffMs: 1 } }, (g) => {
  const split = g.start(Split, { kinds: g.trigger.kinds });
  const work = g.after(split, Work, { kind: split.out.kind, index: split.out.index });
  const { total, succeeded, failed, pruned } = g.counts;
  const counts = { total, succeeded, failed, pruned };
  return g.unite(split, work, Merge, { indexes: all(work.out.index), counts });
});

/** Returns as many outputs as it is told routes, each to its own. */
const Router = defineNode({
  name: 'RouterNode',
  inputs: z.object({ routes: z.array(z.array(z.string()).nullable()) }),
  outputs: z.object({ index: z.number() }),
  run: ({ routes }) => routes.map((to, index) => (to === null ? { index } : route({ index }, to))),
});
const Pass = defineNode({
  name: 'PassNode',
  inputs: z.object({ index: z.number() }),
  outputs: z.object({ index: z.number() }),
  run: ({ index }) => ({ index }),
});
const Gather = defineNode({
  name: 'GatherNode',
  inputs: z.object({ a: z.array(z.number()), b: z.array(z.number()), pruned: z.number() }),
  outputs: z.object({ a: z.array(z.number()), b: z.array(z.number()), pruned: z.number() }),
  run: (inputs) => inputs,
});
const routeInputs = z.object({ routes: z.array(z.array(z.string()).nullable()) });
const routed = graph('routed', { inputs: routeInputs }, (g) => {
  const router = g.start(Router, { routes: g.trigger.routes });
  const a = g.after(router, Pass, { index: router.out.index }, { id: 'a' });
  const b = g.after(router, Pass, { index: router.out.index }, { id: 'b' });
  const given = { a: all(a.out.index), b: all(b.out.index), pruned: g.counts.pruned };
  return g.unite(router, [a, b], Gather, given);
});

const environment = await startTestEnvironment({ nodes: [Split, Work, Merge, Router, Pass, Gather] });
after(() => environment.stop());
const { client } = environment;
await client.upsert(steered);
await client.upsert(routed);

async function statesOf(runId: string, filter: Parameters<typeof client.states>[1]): Promise<State[]> {
  const states: State[] = [];
  for await (const state of client.states(runId, filter)) states.push(state);
  return states;
}

test('a pruned branch is counted as pruned, its outputs are in no list, and its data stay with its state', async () => {
  const { id } = await client.trigger(steered, { kinds: ['good', 'prune', 'good', 'prune'] });
  const [result] = await client.result(id);
  assert.deepEqual(result?.output, {
    indexes: [0, 2],
    counts: { total: 4, succeeded: 2, failed: 0, pruned: 2 },
  });
  const pruned = await statesOf(id, { status: 'PRUNED' });
  assert.deepEqual(
    pruned.map(({ identifier, output, failure }) => ({ identifier, output, failure })),
    [1, 3].map((index) => ({ identifier: 'work', output: { index }, failure: undefined })),
  );
});

test('a run of which nothing is left but pruned branches succeeds', async () => {
  const [result] = await client.call(steered, { kinds: ['prune'] });
  assert.deepEqual(result, { indexes: [], counts: { total: 1, succeeded: 0, failed: 0, pruned: 1 } });
});

test('a requeued state runs again as often as it asks, and its attempt does not count', async () => {
  attempts.clear();
  const { id } = await client.trigger(steered, { kinds: ['requeue'] });
  const [result] = await client.result(id);
  const counts = { total: 1, succeeded: 1, failed: 0, pruned: 0 };
  assert.deepEqual(result?.output, { indexes: [0], counts });
  assert.deepEqual([...attempts.values()], [[1, 1, 1, 1]]);
  const states = await statesOf(id, { identifier: 'work' });
  assert.deepEqual(
    states.map(({ status, attempt }) => [status, attempt]),
    [['SUCCESS', 1]],
  );
});

test('a requeue keeps the attempts of the retry policy', async () => {
  attempts.clear();
  await client.call(steered, { kinds: ['flaky'] });
  assert.deepEqual([...attempts.values()], [[1, 2, 2]]);
});

test('a state that waits for its requeue shows when it is due, and is cancelled with its run', async () => {
  const { id } = await client.trigger(steered, { kinds: ['later'] });
  const dueAt = await eventually(
    async () => (await statesOf(id, { identifier: 'work', status: 'CREATED' }))[0]?.dueAt,
  );
  const aheadMs = dueAt - Date.now();
  assert.ok(aheadMs > 3_500_000 && aheadMs <= 3_600_000, `${aheadMs} ms`);
  await client.cancel(id);
  await assert.rejects(client.result(id), { status: 'CANCELLED' });
});

test('outputs go where they are routed, and what goes nowhere is a pruned branch', async () => {
  const [result] = await client.call(routed, { routes: [['a'], ['b'], ['a', 'b'], [], null] });
  assert.deepEqual(result, { a: [0, 2, 4], b: [1, 2, 4], pruned: 1 });
});

test('thousands of outputs keep their routes', async () => {
  const routes = Array.from({ length: 3_000 }, (_, index) => [index % 3 === 0 ? 'a' : 'b']);
  const [result] = await client.call(routed, { routes });
  assert.deepEqual([result?.a.length, result?.b.length], [1_000, 2_000]);
  assert.ok(result?.a.every((index) => index % 3 === 0));
});

test('a route to what does not follow the node fails its state, and says what does', async () => {
  const { id } = await client.trigger(routed, { routes: [['a'], ['gather_2']] });
  await assert.rejects(client.result(id), { status: 'FAILED' });
  const [state] = await statesOf(id, { status: 'ERRORED' });
  assert.equal(state?.failure?.code, 'ROUTE_INVALID');
  assert.match(state?.failure?.message ?? '', /gather_2.*a, b/);
});
