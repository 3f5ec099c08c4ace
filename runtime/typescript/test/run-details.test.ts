/** Runs that explain themselves to a client, on a real state manager. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { all, Client, defineNode, graph, NotRetryable } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { eventually } from './eventually.ts';

const number = z.object({ number: z.number() });
const Count = defineNode({
  name: 'CountNode',
  inputs: z.object({ to: z.number().int() }),
  outputs: number,
  run: ({ to }) => Array.from({ length: to }, (_, i) => ({ number: i })),
});
const failing = new Set([1, 3]);
const Work = defineNode({
  name: 'WorkNode',
  inputs: number,
  outputs: number,
  run(given) {
    if (failing.has(given.number)) throw new NotRetryable(`no film ${given.number}`, { code: 'NO_FILM' });
    return given;
  },
});
const Add = defineNode({
  name: 'AddNode',
  inputs: z.object({ numbers: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: ({ numbers }) => ({ sum: numbers.reduce((sum, each) => sum + each, 0) }),
});
const add = graph('add', { inputs: z.object({ to: z.number().int() }) }, (g) => {
  const count = g.start(Count, { to: g.trigger.to });
  const work = g.after(count, Work, { number: count.out.number });
  return g.unite(count, work, Add, { numbers: all(work.out.number) });
});
const Nobody = defineNode({
  name: 'NobodyNode',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => ({}),
});
const idle = graph('idle', { inputs: z.object({}) }, (g) => g.start(Nobody, {}));

const environment = await startTestEnvironment({ nodes: [Count, Work, Add] });
after(() => environment.stop());
const { client } = environment;

test('a run whose node nobody hosts says so, until it is cancelled and deleted', async () => {
  await client.upsert(idle);
  const { id } = await client.trigger(idle, {});
  const [wait] = await client.waits(id);
  assert.deepEqual([wait?.identifier, wait?.reason, wait?.count], ['nobody', 'NO_RUNTIME', 1]);
  assert.match(wait?.text ?? '', /no connected runtime offers NobodyNode: start one that does/);
  await assert.rejects(client.deleteRun(id), { reason: 'RUN_NOT_ENDED' });
  await client.cancel(id);
  await assert.rejects(client.result(id), { name: 'RunFailed' });
  assert.deepEqual(await client.waits(id), []);
  await client.deleteRun(id);
  await assert.rejects(client.get(id), { reason: 'RUN_NOT_FOUND' });
});

test('a call that waits for nothing that anybody does says so in the log, once', async () => {
  const lines: Record<string, unknown>[] = [];
  const { address } = environment;
  const caller = new Client({ address, log: (line) => lines.push(line) });
  await caller.upsert(idle);
  const signal = new AbortController();
  const calls = [1, 2, 3].map(() =>
    assert.rejects(caller.call(idle, {}, { signal: signal.signal, cancelOnAbort: true }), /enough/),
  );
  await eventually(async () => assert.equal(lines.length, 1));
  // The other calls are looked at as well, a second later each, and have nothing new to tell.
  await delay(2_500);
  signal.abort(new Error('enough'));
  await Promise.all(calls);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  const [{ level, event, waits } = {}] = lines;
  assert.deepEqual([level, event], ['warn', 'run_waits']);
  assert.match(String(waits), /no connected runtime offers NobodyNode/);
  await caller.upsert(add);
  failing.clear();
  assert.equal((await caller.call(add, { to: 2 })).length, 1);
  failing.add(1).add(3);
  assert.equal(lines.length, 1);
  caller.close();
});

test('failures come in groups, each with a state that tells its inputs and attempts', async () => {
  await client.upsert(add);
  const { id } = await client.trigger(add, { to: 5 });
  await assert.rejects(client.result(id), { name: 'RunFailed' });
  const { groups, isIncomplete } = await client.groupFailures(id);
  const films = groups.find(({ code }) => code === 'NO_FILM');
  assert.deepEqual([films?.shape, films?.count, isIncomplete], ['no film …', 2, false]);
  const states = [];
  for await (const state of client.states(id, { errorCode: 'NO_FILM' })) states.push(state);
  assert.equal(states.length, 2);
  const details = await client.state(films!.example.id, { includeInputs: true });
  assert.deepEqual(details.inputs, { number: 1 });
  assert.deepEqual([details.attempts.length, details.nextAttemptId], [1, undefined]);
  failing.clear();
  await client.retry(id);
  assert.equal((await client.result(id)).length, 1);
  const healed = await eventually(async () => {
    const again = await client.state(films!.example.id);
    assert.equal(again.attempts.at(-1)?.status, 'SUCCESS');
    return again;
  });
  assert.equal(healed.nextAttemptId, healed.attempts[1]?.id);
  assert.equal(healed.inputs, undefined);
});
