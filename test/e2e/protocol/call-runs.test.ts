/** Calls of runs over one stream: `RunService.CallRuns`. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ListResultsResponse__Output, RunResult__Output } from '@fanout/proto';
import { eventually, never } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawCalls } from '../../support/raw/raw-calls.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let calls: RawCalls;

before(async () => {
  system = await startSystem();
});
afterEach(async () => {
  calls?.close();
  await system.disconnect();
});
after(() => system?.stop());

function open(): RawCalls {
  calls = new RawCalls(system.stateManager.address);
  return calls;
}

/** Stores a graph of one node, which no other test has work for; gives their name. */
async function oneNode(name: string): Promise<string> {
  await system.client.upsert(name, { nodes: [nodeTemplate('one', [], { node_name: name })] });
  return name;
}

/** Has a runtime report so many assignments, each with the same outputs. */
async function serve(
  runtime: RawRuntime,
  count: number,
  outputs: readonly unknown[] = [{ done: true }],
): Promise<void> {
  for (let left = count; left > 0; ) {
    const leases = await runtime.assignments(1);
    for (const lease of leases) runtime.reportExecuted(lease, outputs);
    left -= leases.length;
  }
}

/** Every result of a run, as `ListResults` tells them. */
async function listed(runId: string): Promise<readonly RunResult__Output[]> {
  const { results } = await system.client.call<ListResultsResponse__Output>((...more) =>
    system.client.runs.listResults({ runId, pageSize: 1_000 }, ...more),
  );
  return results ?? [];
}

test('a call is answered when its run is there, and when it has ended, with its results', async () => {
  const graphName = await oneNode('answered');
  const runtime = await system.connect([graphName]);
  open().call({ callId: 7, trigger: { graphName }, awaitEnd: true });
  const [started] = await calls.answersTo(7);
  assert.equal(started?.started?.created, true);
  await serve(runtime, 1);
  const { run, results = [], resultsLeftOut = false } = await calls.end(7);
  assert.equal(run?.runId, started?.started?.runId);
  assert.equal(run?.status, 'RUN_STATUS_SUCCESS');
  assert.ok(run?.endTime);
  assert.deepEqual(
    results.map(({ outputJson }) => outputJson),
    ['{"done":true}'],
  );
  assert.equal(resultsLeftOut, false);
  assert.equal((await calls.answersTo(7, 2)).length, 2);
});

test('a thousand calls at once are answered, many in a message', async () => {
  const graphName = await oneNode('thousand');
  const runtime = await system.connect([graphName], { capacity: { total: 1_000 } });
  const ids = Array.from({ length: 1_000 }, (_, i) => i + 1);
  open().call(...ids.map((callId) => ({ callId, trigger: { graphName }, awaitEnd: true })));
  await serve(runtime, ids.length);
  await eventually(() => calls.answers.length === 2 * ids.length, { timeoutMs: 60_000 });
  const ended = calls.answers.filter((answer) => answer.ended?.results?.length === 1);
  assert.equal(new Set(ended.map(({ callId }) => callId)).size, ids.length);
  assert.ok(calls.messages < ids.length, `${calls.messages} messages`);
});

test('what is wrong with a call is answered to it alone, as the unary call answers it', async () => {
  const graphName = await oneNode('wrong');
  open().call(
    { callId: 1, trigger: { graphName: 'none' } },
    { callId: 2, trigger: { graphName, inputsJson: '[]', priority: 1_000 } },
    { callId: 3, runId: 'none' },
    { callId: 4 },
    { callId: 5, runId: 'a b' },
    { callId: 6, trigger: { graphName, namespace: '}{' } },
    { callId: 7, trigger: { graphName } },
  );
  const refusals = await Promise.all([1, 2, 3, 4, 5, 6].map((callId) => calls.refusal(callId)));
  assert.deepEqual(
    refusals.map(({ code, reason }) => [code, reason]),
    [
      ['NOT_FOUND', 'GRAPH_NOT_FOUND'],
      ['INVALID_ARGUMENT', 'FIELD_INVALID'],
      ['NOT_FOUND', 'RUN_NOT_FOUND'],
      ['INVALID_ARGUMENT', 'FIELD_INVALID'],
      ['INVALID_ARGUMENT', 'FIELD_INVALID'],
      ['INVALID_ARGUMENT', 'NAMESPACE_INVALID'],
    ],
  );
  assert.deepEqual(
    refusals[1]!.violations.map(({ field }) => field),
    ['inputs_json', 'priority'],
  );
  assert.match(refusals[3]!.message, /trigger, or the run_id/);
  const [answer] = await calls.answersTo(7);
  assert.ok(answer?.started?.runId, 'the others go on');
});

test('a call that is forgotten gets no more answers, and its run goes on', async () => {
  const graphName = await oneNode('forgotten');
  const runtime = await system.connect([graphName]);
  open().call({ callId: 1, trigger: { graphName }, awaitEnd: true });
  const [{ started } = {}] = await calls.answersTo(1);
  calls.forget(1, 99);
  // The number is free again.
  calls.call({ callId: 1, runId: started!.runId! });
  calls.forget(1);
  calls.call({ callId: 2, runId: started!.runId! });
  await serve(runtime, 1);
  assert.equal((await calls.end(2)).run?.status, 'RUN_STATUS_SUCCESS');
  assert.equal(calls.answers.filter(({ callId }) => callId === 1).length, 1);
});

for (const [what, ids] of [
  ['no number', [0]],
  ['the number of one that goes on', [3, 3]],
] as const)
  test(`a call with ${what} ends the stream`, async () => {
    const graphName = await oneNode('numbers');
    open().call(...ids.map((callId) => ({ callId, trigger: { graphName }, awaitEnd: true })));
    const { code, details } = await calls.ended;
    assert.equal(code, 3);
    assert.match(details, /call_id/);
  });

test('a stream whose caller has no more calls ends with the last answer', async () => {
  const graphName = await oneNode('no-more');
  const runtime = await system.connect([graphName]);
  open().call({ callId: 1, trigger: { graphName }, awaitEnd: true }, { callId: 2, trigger: { graphName } });
  calls.halfClose();
  await calls.answersTo(2);
  await never(200, () => calls.answers.some(({ ended }) => ended));
  await serve(runtime, 2);
  assert.equal((await calls.ended).code, 0);
  assert.equal(calls.answers.length, 3);
});

test('a run that has ended is told at once, whether it is named by its id or its key', async () => {
  const graphName = await oneNode('told');
  const runtime = await system.connect([graphName]);
  const trigger = { graphName, idempotencyKey: 'told' };
  const { runId } = await system.client.tryTrigger(trigger);
  await serve(runtime, 1);
  await system.client.end(runId!);
  open().call(
    { callId: 1, runId: runId! },
    { callId: 2, trigger, awaitEnd: true },
    { callId: 3, runId: runId!, omitResults: true },
  );
  for (const [callId, count] of [
    [1, 1],
    [2, 1],
    [3, 0],
  ] as const) {
    const { run, results = [] } = await calls.end(callId);
    assert.deepEqual([run?.runId, results.length], [runId, count]);
  }
  assert.equal((await calls.answersTo(2))[0]?.started?.created ?? false, false);
});

test('results that are many or large are left out', async () => {
  const graphName = await oneNode('large');
  const runtime = await system.connect([graphName]);
  open();
  const large = { text: 'x'.repeat(70_000) };
  const many = Array.from({ length: 501 }, (_, i) => ({ i }));
  for (const [callId, outputs, isLeftOut] of [
    [1, [large], true],
    [2, many, true],
    [3, many.slice(0, 500), false],
  ] as const) {
    calls.call({ callId, trigger: { graphName }, awaitEnd: true });
    await serve(runtime, 1, [...outputs]);
    const { results = [], resultsLeftOut = false } = await calls.end(callId);
    assert.deepEqual([resultsLeftOut, results.length], [isLeftOut, isLeftOut ? 0 : outputs.length]);
  }
  // Small results of a run that was given much.
  calls.call({ callId: 4, trigger: { graphName, inputsJson: JSON.stringify(large) }, awaitEnd: true });
  await serve(runtime, 1);
  assert.equal((await calls.end(4)).results?.length, 1);
});

test('results that come with the end are those that ListResults tells', async () => {
  const names = ['Same.source', 'Same.work', 'Same.merge', 'Same.side'];
  const runtime = await system.connect(names, { capacity: { total: 200 } });
  await system.client.upsert('same', {
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
    nodes: [
      nodeTemplate('source', ['work', 'side'], { node_name: names[0]! }),
      nodeTemplate('work', ['merge'], { node_name: names[1]! }),
      nodeTemplate('merge', [], { node_name: names[2]!, unites: { identifier: 'source' } }),
      nodeTemplate('side', [], { node_name: names[3]! }),
    ],
  });
  open();
  // Few states are read whole, with what was retried; of many, the results are looked for.
  for (const [callId, width] of [
    [1, 1],
    [2, 3],
    [3, 40],
  ] as const) {
    calls.call({ callId, trigger: { graphName: 'same' }, awaitEnd: true });
    let failed = 0;
    // The source, its side branches, and the work with every second of it once more, then the merger.
    for (let left = 1 + width + width + Math.ceil(width / 2) + 1; left > 0; ) {
      for (const lease of await runtime.assignments(1)) {
        left--;
        if (lease.identifier === 'source')
          runtime.reportExecuted(
            lease,
            Array.from({ length: width }, (_, i) => ({ i })),
          );
        else if (lease.identifier === 'work' && lease.attempt === 1 && failed++ % 2 === 0)
          runtime.reportErrored(lease);
        else runtime.reportExecuted(lease, [{ of: lease.stateId }, { of: 'another' }]);
      }
    }
    const { run, results = [] } = await calls.end(callId);
    assert.equal(run?.status, 'RUN_STATUS_SUCCESS');
    assert.equal(results.length, 2 + 2 * width);
    assert.deepEqual(results, await listed(run.runId!));
  }
});

test('a state manager that stops answers the triggers that it has taken, and ends the stream', async () => {
  const graphName = await oneNode('stops');
  const other = await startTestStateManager(system.redis);
  calls = new RawCalls(other.address);
  calls.call(
    ...Array.from({ length: 100 }, (_, i) => ({
      callId: i + 1,
      trigger: { graphName },
      awaitEnd: true,
    })),
  );
  await calls.answersTo(1);
  const stopped = other.stop();
  const ended = await calls.ended;
  await stopped;
  assert.equal(ended.code, 14);
  assert.match(ended.details, /shutting down/);
  assert.equal(calls.answers.filter(({ started }) => started).length, 100);
  // Elsewhere they are awaited by their ids.
  const runId = calls.answers.find(({ started }) => started)!.started!.runId!;
  open().call({ callId: 1, runId });
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
  assert.equal((await calls.end(1)).run?.status, 'RUN_STATUS_CANCELLED');
});

test('a caller that does not read is told of no more ends, and of all of them when it reads', async () => {
  const graphName = await oneNode('unread');
  const runtime = await system.connect([graphName], { capacity: { total: 500 } });
  const count = 400;
  open().call(
    ...Array.from({ length: count }, (_, i) => ({
      callId: i + 1,
      trigger: { graphName },
      awaitEnd: true,
    })),
  );
  await eventually(() => calls.answers.length === count, { timeoutMs: 30_000 });
  calls.pause();
  await serve(runtime, count, [{ text: 'x'.repeat(60_000) }]);
  await never(1_000, () => calls.answers.filter(({ ended }) => ended).length === count);
  calls.resume();
  await eventually(() => calls.answers.length === 2 * count, { timeoutMs: 30_000 });
  assert.ok(calls.answers.every(({ ended }) => !ended || ended.results?.length === 1));
});
