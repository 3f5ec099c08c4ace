/** Steering runs from a client, on a real state manager. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { z } from 'zod';
import {
  all,
  defineNode,
  graph,
  NotRetryable,
  RunFailed,
  type State,
  type UniteScope,
} from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { eventually } from './eventually.ts';

/** Numbers that fail, and those that hang until they are told to stop: with what, by number. */
const failing = new Set<number>();
const hanging = new Set<number>();
const stopped = new Map<number, string>();
afterEach(() => {
  for (const each of [failing, hanging, stopped]) each.clear();
});

const Count = defineNode({
  name: 'CountNode',
  inputs: z.object({ to: z.number().int() }),
  outputs: z.object({ number: z.number() }),
  run: ({ to }) => Array.from({ length: to }, (_, number) => ({ number })),
});
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ number: z.number() }),
  outputs: z.object({ number: z.number() }),
  async run({ number }, { signal }) {
    if (failing.has(number)) throw new NotRetryable(`${number} fails`, { code: 'FAILS' });
    if (hanging.has(number)) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stopped.set(number, signal.reason.code);
    }
    return { number };
  },
});
const Add = defineNode({
  name: 'AddNode',
  inputs: z.object({ numbers: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: ({ numbers }) => ({ sum: numbers.reduce((sum, each) => sum + each, 0) }),
});

const inputs = z.object({ to: z.number().int() });
const add = graph('add', { inputs }, (g) => {
  const count = g.start(Count, { to: g.trigger.to });
  const work = g.after(count, Work, { number: count.out.number });
  return g.unite(count, work, Add, { numbers: all(work.out.number) });
});

const environment = await startTestEnvironment({ nodes: [Count, Work, Add] });
after(() => environment.stop());
const { client } = environment;
await client.upsert(add);

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The state of a place with that status, as soon as there is one. */
function stateOf(runId: string, identifier: string, status: State['status']): Promise<State> {
  return eventually(async () => {
    const [state] = await listOf(client.states(runId, { identifier, status }));
    assert.ok(state, `no ${identifier} is ${status}`);
    return state;
  });
}

/** The first unite of a run, as soon as it stands as asked. */
function scopeOf(runId: string, isReached: (scope: UniteScope) => boolean): Promise<UniteScope> {
  return eventually(async () => {
    const [scope] = await listOf(client.explainUnite(runId));
    assert.ok(scope && isReached(scope), `it is ${JSON.stringify(scope)}`);
    return scope;
  });
}

test('a cancelled run ends CANCELLED, and tells its nodes', async () => {
  hanging.add(1);
  const { id } = await client.trigger(add, { to: 3 });
  await stateOf(id, 'work', 'QUEUED');
  assert.equal(await client.cancel(id, { reason: 'not needed' }), true);
  await assert.rejects(
    client.result(id),
    (error) => error instanceof RunFailed && error.status === 'CANCELLED',
  );
  await eventually(async () => assert.equal(stopped.get(1), 'CANCELLED'));
  assert.equal(await client.cancel(id), false);
});

test('what grew from one output is cancelled, and the rest goes on', async () => {
  hanging.add(1);
  const { id } = await client.trigger(add, { to: 3 });
  await stateOf(id, 'work', 'QUEUED');
  const [, second] = await listOf(client.states(id, { identifier: 'count' }));
  assert.equal(await client.cancel(id, { below: second!.id }), true);
  await assert.rejects(client.result(id), { name: 'RunFailed', status: 'FAILED' });
  await eventually(async () => assert.equal(stopped.get(1), 'CANCELLED'));
  const [uniting] = await listOf(client.states(id, { identifier: 'add' }));
  assert.equal(uniting?.failure?.code, 'UNITE_UNSATISFIED');
});

test('a paused run goes on when it is resumed', async () => {
  hanging.add(0);
  const { id } = await client.trigger(add, { to: 1 });
  const { id: stateId } = await stateOf(id, 'work', 'QUEUED');
  assert.deepEqual([await client.pause(id), await client.pause(id)], [true, false]);
  assert.equal((await client.get(id)).status, 'PAUSED');
  assert.equal(await client.pause(id, { below: stateId }), true);
  assert.equal(await client.resume(id, { below: stateId }), true);
  assert.deepEqual([await client.resume(id), await client.resume(id)], [true, false]);
  assert.equal((await client.get(id)).status, 'RUNNING');
  await client.cancel(id);
});

test('what has failed is tried again: one state, or all of a run', async () => {
  for (const number of [1, 2]) failing.add(number);
  const { id } = await client.trigger(add, { to: 3 });
  await assert.rejects(client.result(id), { status: 'FAILED' });
  const failed = await listOf(client.states(id, { identifier: 'work', status: 'ERRORED' }));
  assert.equal(failed.length, 2);
  failing.clear();
  assert.equal(await client.retry(id, { stateId: failed[0]!.id }), 1);
  await assert.rejects(client.result(id), { status: 'FAILED' });
  assert.equal(await client.retry(id), 1);
  assert.deepEqual(
    (await client.result(id)).map(({ output }) => output),
    [{ sum: 3 }],
  );
  assert.equal(await client.retry(id), 0);
  await assert.rejects(client.retry(id, { stateId: failed[0]!.id }), {
    code: grpc.status.FAILED_PRECONDITION,
    reason: 'STATE_NOT_RETRYABLE',
  });
});

test('what is failed below a state is tried again', async () => {
  for (const number of [0, 1]) failing.add(number);
  const { id } = await client.trigger(add, { to: 2 });
  await assert.rejects(client.result(id), { status: 'FAILED' });
  failing.clear();
  const [first] = await listOf(client.states(id, { identifier: 'count' }));
  assert.equal(await client.retry(id, { below: first!.id }), 1);
  await assert.rejects(client.result(id), { status: 'FAILED' });
  assert.equal(await client.retry(id, { below: first!.id, fanOut: true }), 1);
  assert.deepEqual(
    (await client.result(id)).map(({ output }) => output),
    [{ sum: 1 }],
  );
});

test('a run or state that there is not cannot be steered', async () => {
  const { id } = await client.trigger(add, { to: 0 });
  for (const call of [
    () => client.cancel('none'),
    () => client.pause('none'),
    () => client.resume('none'),
    () => client.retry('none'),
  ])
    await assert.rejects(call, { code: grpc.status.NOT_FOUND, reason: 'RUN_NOT_FOUND' });
  const below = `${id}.999`;
  for (const call of [
    () => client.cancel(id, { below }),
    () => client.pause(id, { below }),
    () => client.retry(id, { below }),
    () => client.retry(id, { stateId: below }),
  ])
    await assert.rejects(call, { code: grpc.status.NOT_FOUND, reason: 'STATE_NOT_FOUND' });
});

test('a call that is not waited for any more cancels its run if it is told to', async () => {
  for (const cancelOnAbort of [true, false]) {
    hanging.add(0);
    const controller = new AbortController();
    const key = `abort-${cancelOnAbort}`;
    const call = client.call(add, { to: 1 }, { key, signal: controller.signal, cancelOnAbort });
    const { id } = await client.trigger(add, { to: 1 }, { key });
    await stateOf(id, 'work', 'QUEUED');
    controller.abort(new Error('the caller has gone'));
    await assert.rejects(call, /the caller has gone/);
    // False: it was cancelled before.
    assert.equal(await client.cancel(id), !cancelOnAbort);
    await assert.rejects(client.result(id), { status: 'CANCELLED' });
  }
  const signal = AbortSignal.abort(new Error('never begun'));
  await assert.rejects(client.call(add, { to: 1 }, { signal, key: 'never' }), /never begun/);
  assert.equal((await client.trigger(add, { to: 1 }, { key: 'never' })).created, true);
});

test('a unite says what it has counted, what is missing and where that is', async () => {
  hanging.add(1);
  failing.add(2);
  const { id } = await client.trigger(add, { to: 4 });
  const scope = await scopeOf(id, ({ counts }) => counts.unfinished === 1);
  const united = (await listOf(client.states(id, { identifier: 'count' })))[0]!;
  assert.deepEqual(
    [scope.unitingIdentifier, scope.unitedIdentifier, scope.unitedStateId, scope.unitingStateId],
    ['add', 'count', united.id, undefined],
  );
  assert.deepEqual([scope.status, scope.generation, scope.isSealed], ['OPEN', 1, true]);
  assert.deepEqual(scope.counts, { total: 4, succeeded: 2, failed: 1, pruned: 0, unfinished: 1, leftOut: 0 });
  const { policy } = scope;
  assert.deepEqual([policy.strategy, policy.toleratedFailures, policy.window], ['ALL_SUCCESS', 0, undefined]);
  assert.match(policy.text, /./);
  assert.match(scope.next, /./);
  const [runtime] = await client.runtimes();
  const [missing] = scope.missing;
  assert.deepEqual([scope.missing.length, missing?.index, missing?.unfinishedStates], [1, 1, 1]);
  const [state] = missing!.states;
  assert.deepEqual(
    [state?.identifier, state?.status, state?.sessionId],
    ['work', 'QUEUED', runtime?.sessionId],
  );

  const same = await listOf(client.explainUnite(id, { stateId: united.id, identifier: 'add' }));
  assert.deepEqual(
    same.map(({ unitedStateId }) => unitedStateId),
    [united.id],
  );
  await assert.rejects(listOf(client.explainUnite(id, { identifier: 'work' })), { reason: 'NOT_UNITED' });
  await client.cancel(id);
  const ended = await scopeOf(id, ({ status }) => status !== 'OPEN');
  assert.equal(ended.status, 'CANCELLED');
});

test('a graph is deleted when none of its runs goes on', async () => {
  hanging.add(0);
  const other = { name: 'to-delete', template: add.template };
  await client.upsert(other);
  const { id } = await client.trigger(other.name, { to: 1 });
  const refusal = { code: grpc.status.FAILED_PRECONDITION, reason: 'GRAPH_IN_USE' };
  await assert.rejects(client.deleteGraph(other.name), refusal);
  await client.cancel(id);
  await assert.rejects(client.result(id), { status: 'CANCELLED' });
  assert.equal(await client.deleteGraph(other.name), 1);
  const missing = { code: grpc.status.NOT_FOUND, reason: 'GRAPH_NOT_FOUND' };
  await assert.rejects(client.deleteGraph(other.name), missing);
  await assert.rejects(client.trigger(other.name), missing);
  assert.equal((await client.get(id)).graphName, other.name);
});
