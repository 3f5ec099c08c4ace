/** Cancel, pause, resume and retry, of runs and of what grew from a state: docs/rules/control.md. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { ExplainUniteResponse__Output } from '@fanout/proto';
import { defineNode, NotRetryable, type Run, type StateFilter } from '@fanout/runtime';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { z } from 'zod';
import { eventually, never } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import { RawRuntime } from '../../support/raw/raw-runtime.ts';

/** Indexes of branches that fail, or hang until they are told to stop. */
const bad = new Set<number>();
const hanging = new Set<number>();
const aborted = new Set<number>();
const begun = new Set<number>();
beforeEach(() => {
  for (const each of [bad, hanging, aborted, begun]) each.clear();
});

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ count: z.number() }),
  outputs: z.object({ index: z.number() }),
  run: ({ count }) => Array.from({ length: count }, (_, index) => ({ index })),
});
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ index: z.number() }),
  outputs: z.object({ index: z.number() }),
  async run({ index }, { signal }) {
    begun.add(index);
    if (bad.has(index)) throw new NotRetryable(`${index} is bad`, { code: 'BAD' });
    if (hanging.has(index)) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      aborted.add(index);
    }
    return { index };
  },
});
const merged = z.object({ indexes: z.array(z.number()) });
const Merge = defineNode({ name: 'MergeNode', inputs: merged, outputs: merged, run: (inputs) => inputs });
const End = defineNode({ name: 'EndNode', inputs: merged, outputs: merged, run: (inputs) => inputs });

const environment = await startTestEnvironment({ nodes: [Split, Work, Merge, End] });
const raw = new RawClient(environment.address);
after(async () => {
  raw.close();
  await environment.stop();
});
const { client } = environment;

function graph(policy: object = {}): TestGraph {
  return {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { index: expression('split.outputs.index') } }),
      nodeTemplate('merge', ['end'], {
        inputs: { indexes: expression('work.outputs.index') },
        unites: { identifier: 'split', ...policy },
      }),
      nodeTemplate('end', [], { inputs: { indexes: expression('merge.outputs.indexes') } }),
    ],
  };
}

let graphs = 0;

async function start(count: number, policy?: object): Promise<string> {
  const name = `control-${++graphs}`;
  await client.upsert({ name, template: graph(policy) });
  return (await client.trigger(name, { count })).id;
}

async function ended(runId: string): Promise<Run> {
  let run: Run | undefined;
  for await (const snapshot of client.watch(runId)) run = snapshot;
  return run!;
}

async function results(runId: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { output } of client.results(runId)) found.push((output as { indexes: unknown }).indexes);
  return found;
}

async function statesOf(runId: string, identifier: string) {
  const found = [];
  for await (const state of client.states(runId, { identifier })) found.push(state);
  return found;
}

const cancel = (runId: string, more: object = {}) =>
  raw.call<{ changed?: boolean }>((...rest) => raw.runs.cancelRun({ runId, ...more }, ...rest));
const pause = (runId: string, more: object = {}) =>
  raw.call<{ changed?: boolean }>((...rest) => raw.runs.pauseRun({ runId, ...more }, ...rest));
const resume = (runId: string, more: object = {}) =>
  raw.call<{ changed?: boolean }>((...rest) => raw.runs.resumeRun({ runId, ...more }, ...rest));
const retry = async (runId: string, more: object = {}) =>
  (await raw.call<{ retried?: number }>((...rest) => raw.runs.retryRun({ runId, ...more }, ...rest)))
    .retried ?? 0;

test('a cancelled run hands nothing out any more, tells its runtimes, and ends CANCELLED', async () => {
  for (let i = 0; i < 5; i++) hanging.add(i);
  const runId = await start(300);
  await eventually(() => begun.size >= 5);
  assert.equal((await cancel(runId, { reason: 'enough' })).changed, true);
  const run = await ended(runId);
  assert.equal(run.status, 'CANCELLED');
  assert.equal((await cancel(runId)).changed ?? false, false, 'once is enough');
  const counts = run.counts.find(({ identifier }) => identifier === 'work')!;
  assert.equal(counts.created + counts.queued, 0);
  assert.equal(counts.success + counts.cancelled, 300);
  await eventually(() => aborted.size === 5);
  const [state] = (await statesOf(runId, 'work')).filter(({ status }) => status === 'CANCELLED');
  assert.deepEqual(state?.failure, { code: 'CANCELLED', message: 'the run was cancelled: enough' });
});

test('a cancelled run goes on where it was when it is retried', async () => {
  hanging.add(1);
  const runId = await start(1_200);
  await eventually(() => begun.has(1));
  await cancel(runId);
  assert.equal((await ended(runId)).status, 'CANCELLED');
  hanging.clear();
  assert.ok((await retry(runId)) > 0);
  const run = await ended(runId);
  assert.equal(run.status, 'SUCCESS');
  assert.deepEqual(await results(runId), [Array.from({ length: 1_200 }, (_, i) => i)]);
});

test('a paused run hands nothing out until it is resumed', async () => {
  hanging.add(0);
  const runId = await start(1);
  await eventually(() => begun.has(0));
  assert.equal((await pause(runId)).changed, true);
  assert.equal((await client.get(runId)).status, 'PAUSED');
  await cancel(runId, { stateId: `${runId}.2` });
  assert.equal((await pause(runId)).changed ?? false, false);
  assert.equal((await resume(runId)).changed, true);
  assert.equal((await resume(runId)).changed ?? false, false);
  assert.equal((await client.get(runId)).status, 'RUNNING');
  await cancel(runId);
  assert.equal((await ended(runId)).status, 'CANCELLED');
});

test('deadlines of unites stand still while a run is paused', async () => {
  hanging.add(1);
  const runId = await start(2, { strategy: 'ALL_DONE', timeout_ms: 400 });
  await eventually(() => begun.has(1));
  await pause(runId);
  await never(800, async () => (await statesOf(runId, 'merge')).length > 0, { intervalMs: 50 });
  await resume(runId);
  assert.equal((await ended(runId)).status, 'SUCCESS');
  assert.deepEqual(await results(runId), [[0]]);
});

test('what grew from one output is cancelled, and the unite around sees a failed branch', async () => {
  for (let i = 0; i < 3; i++) hanging.add(i);
  const runId = await start(3, { strategy: 'ALL_DONE' });
  await eventually(() => begun.size === 3);
  const [split] = await statesOf(runId, 'split');
  assert.equal((await cancel(runId, { stateId: `${split!.id}.1` })).changed, true);
  await eventually(() => aborted.has(1));
  assert.deepEqual([...aborted], [1]);
  await cancel(runId, { stateId: split!.id, fanOut: true });
  const run = await ended(runId);
  assert.equal(run.status, 'SUCCESS', 'the unite takes branches that failed');
  assert.deepEqual(await results(runId), [[]]);
});

test('a failed state is retried by hand: its unite opens again, and fires with all of it', async () => {
  bad.add(1);
  const runId = await start(3);
  assert.equal((await ended(runId)).status, 'FAILED');
  bad.clear();
  const failed = (await statesOf(runId, 'work')).find(({ status }) => status === 'ERRORED')!;
  assert.equal(await retry(runId, { stateId: failed.id }), 1);
  assert.equal((await ended(runId)).status, 'SUCCESS');
  assert.deepEqual(await results(runId), [[0, 1, 2]]);
  const merges = await statesOf(runId, 'merge');
  assert.deepEqual(
    merges.map(({ status, path }) => `${status} ${path}`),
    ['ERRORED u.2', 'SUCCESS u.2.2'],
  );
  await assert.rejects(retry(runId, { stateId: failed.id }), /only states that are ERRORED/);
  await assert.rejects(retry(runId, { stateId: merges[0]!.id }), /retry what failed in its branches/);
});

test('what an earlier generation came to is superseded: shown, and counted nowhere', async () => {
  bad.add(0);
  bad.add(2);
  const runId = await start(4, { strategy: 'ALL_DONE' });
  assert.equal((await ended(runId)).status, 'SUCCESS');
  assert.deepEqual(await results(runId), [[1, 3]]);
  bad.delete(0);
  assert.equal(await retry(runId), 2, 'all that failed');
  assert.equal((await ended(runId)).status, 'SUCCESS');
  assert.deepEqual(await results(runId), [[0, 1, 3]]);
  bad.clear();
  assert.equal(await retry(runId), 1);
  assert.equal((await ended(runId)).status, 'SUCCESS');
  assert.deepEqual(await results(runId), [[0, 1, 2, 3]]);
});

test('a run that was repaired lists no failure: what is superseded says so, and has a count of its own', async () => {
  bad.add(1);
  const runId = await start(3, { fail_fast: false });
  assert.equal((await ended(runId)).status, 'FAILED');
  bad.clear();
  assert.equal(await retry(runId), 1);
  const { status, counts } = await ended(runId);
  assert.equal(status, 'SUCCESS');
  const numbers = counts.map(({ identifier, success, errored, retryCreated, superseded }) => [
    ...[identifier, success, errored, retryCreated, superseded],
  ]);
  assert.deepEqual(numbers, [
    ['split', 3, 0, 0, 0],
    ['work', 3, 0, 1, 0],
    ['merge', 1, 0, 0, 1],
    ['end', 1, 0, 0, 0],
  ]);
  const told = async (filter: StateFilter) => {
    const found = [];
    for await (const { identifier, isSuperseded } of client.states(runId, filter))
      found.push([identifier, isSuperseded]);
    return found;
  };
  assert.deepEqual(await told({ status: 'ERRORED' }), []);
  assert.deepEqual(await told({ status: 'ERRORED', includeSuperseded: true }), [['merge', true]]);
  assert.deepEqual(await told({ status: 'RETRY_CREATED' }), [['work', false]]);
  assert.deepEqual(await told({ identifier: 'merge' }), [
    ['merge', true],
    ['merge', false],
  ]);
});

test('a retry by hand that meets a unite that fires leaves nothing stale and nothing double, in either order', async (t) => {
  const graphOf = (strategy: string): TestGraph => ({
    nodes: [
      nodeTemplate('race_split', ['race_work']),
      nodeTemplate('race_work', ['race_merge'], {
        inputs: { index: expression('race_split.outputs.index') },
      }),
      nodeTemplate('race_merge', [], {
        inputs: { indexes: expression('race_work.outputs.index') },
        unites: { identifier: 'race_split', strategy },
      }),
    ],
  });
  const runtime = new RawRuntime(environment.address);
  await runtime.hello({
    nodes: ['RaceSplitNode', 'RaceWorkNode', 'RaceMergeNode'].map((name) => ({ name })),
  });
  const generations = new Map<number, number>();
  for (let round = 0; round < 12; round++) {
    const name = round % 2 === 0 ? 'ALL_DONE' : 'ALL_SUCCESS';
    await client.upsert({ name: `race-${name}`, template: graphOf(name) });
    const { id } = await client.trigger(`race-${name}`, {});
    runtime.reportExecuted(
      await runtime.assignment(),
      [0, 1].map((index) => ({ index })),
    );
    const [failing, last] = await runtime.assignments(2);
    runtime.reportErrored(failing!, 'BROKEN', true);
    await raw.state(id, 'race_work', 'ERRORED');
    const report = () => runtime.reportExecuted(last!, [{ index: 1 }]);
    // Some before, some behind, most of them at once.
    if (round % 3 === 0) report();
    const retried = retry(id, { stateId: failing!.stateId! });
    if (round % 3 !== 0) report();
    assert.equal(await retried, 1);
    let merged: unknown;
    let fired = 0;
    const end = client.result(id).then((found) => {
      merged = found[0]?.output;
    });
    while (merged === undefined) {
      for (const each of await runtime.assignments(1, 50).catch(() => [])) {
        if (each.identifier === 'race_merge') fired++;
        const { indexes } = JSON.parse(each.inputsJson ?? '');
        runtime.reportExecuted(each, [indexes ? { indexes } : { index: 0 }]);
      }
    }
    await end;
    generations.set(fired, (generations.get(fired) ?? 0) + 1);
    assert.deepEqual(merged, { indexes: [0, 1] });
    assert.equal((await results(id)).length, 1);
  }
  t.diagnostic(
    `runs by firings: ${[...generations].map(([firings, runs]) => `${firings}: ${runs}`).join(', ')}`,
  );
  await runtime.goodbye();
});

test('a unite explains what it has counted, what is missing and where, and what happens next', async () => {
  hanging.add(1);
  bad.add(2);
  const runId = await start(3, { tolerated_failures: 1 });
  const explain = async () => {
    const { scopes = [] } = await raw.call<ExplainUniteResponse__Output>((...more) =>
      raw.runs.explainUnite({ runId }, ...more),
    );
    return scopes[0];
  };
  const scope = await eventually(async () => {
    const found = await explain();
    return found?.counts?.succeeded === 1 && found.counts.failed === 1 ? found : undefined;
  });
  assert.deepEqual([scope.unitingIdentifier, scope.unitedIdentifier], ['merge', 'split']);
  assert.deepEqual(
    scope.missing?.map(({ index = 0, states = [] }) => [index, states[0]?.identifier]),
    [[1, 'work']],
  );
  assert.ok(scope.missing?.[0]?.states?.[0]?.sessionId, 'the runtime that has it');
  assert.equal(
    scope.next,
    'it fires when all branches have finished and at most 0 more failed; 1 of 3 branches are unfinished',
  );
  await cancel(runId);
  await ended(runId);
  await assert.rejects(
    raw.call((...more) => raw.runs.explainUnite({ runId, identifier: 'work' }, ...more)),
    /no uniting node "work"/,
  );
});
