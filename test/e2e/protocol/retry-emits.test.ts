/** Retry by hand of open fan-outs that have emitted, on a real state manager. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** `root → source → work → merge → end`, whose merger gets the numbers that came through. */
function graphOf(unites: object = {}, around: object = {}): TestGraph {
  return {
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('root', ['source']),
      nodeTemplate('source', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { number: expression('source.outputs.number') } }),
      nodeTemplate('merge', ['end'], {
        unites: { identifier: 'source', ...unites },
        inputs: { numbers: expression('work.outputs.number'), counts: expression('unite.counts') },
      }),
      nodeTemplate('end', [], {
        unites: { identifier: 'root', ...around },
        inputs: { numbers: expression('merge.outputs.numbers') },
      }),
    ],
  };
}

let graphs = 0;

async function start(template: TestGraph) {
  const source = await system.connect([{ name: 'SourceNode', openFanOut: true }]);
  const workers = await system.connect(['RootNode', 'WorkNode', 'MergeNode', 'EndNode']);
  const runId = await system.client.start(`retried-${++graphs}`, template);
  workers.reportExecuted(await workers.assignment(), [{}]);
  return { source, workers, runId, lease: await source.assignment() };
}

function emit(runtime: RawRuntime, lease: Assignment__Output, from: number, to: number): void {
  const { stateId = '', leaseToken = '' } = lease;
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const outputs = numbers.map((number) => ({ outputJson: JSON.stringify({ number }) }));
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: from, outputs }] } });
}

/** Executes what the workers get until the run has ended; gives what mergers, and the last node, were told. */
async function finish(workers: RawRuntime, runId: string) {
  const merged: { numbers: number[]; counts: Record<string, number> }[] = [];
  for (;;) {
    const { status } = await system.client.run(runId);
    if (status !== 'RUN_STATUS_RUNNING') return { merged, status: status?.replace('RUN_STATUS_', '') };
    for (const each of await workers.assignments(1, 200).catch(() => [])) {
      const inputs = JSON.parse(each.inputsJson ?? '{}');
      if (each.identifier === 'merge') merged.push(inputs);
      workers.reportExecuted(each, [each.identifier === 'work' ? { number: inputs.number } : inputs]);
    }
  }
}

const retry = async (runId: string, more: object = {}) =>
  (
    await system.client.call<{ retried?: number }>((...rest) =>
      system.client.runs.retryRun({ runId, ...more }, ...rest),
    )
  ).retried;

test('outputs that go to the unite at once count once, also when it was opened again for them', async () => {
  const template: TestGraph = {
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('root', ['source']),
      nodeTemplate('source', ['merge']),
      nodeTemplate('merge', [], {
        unites: { identifier: 'source', fail_fast: true },
        inputs: { numbers: expression('source.outputs.number'), counts: expression('unite.counts') },
      }),
    ],
  };
  const { source, workers, runId, lease } = await start(template);
  emit(source, lease, 0, 1);
  source.reportErrored(lease, 'BROKEN', true);
  await eventually(async () => (await system.client.run(runId)).status === 'RUN_STATUS_FAILED');
  assert.equal(await retry(runId), 1);
  const again = await source.assignment();
  emit(source, again, 1, 4);
  source.report(again, { executed: { emitCount: 4 } });
  const { merged, status } = await finish(workers, runId);
  const counts = { total: 4, succeeded: 4, failed: 0, pruned: 0, unfinished: 0, left_out: 0 };
  assert.deepEqual([merged, status], [[{ numbers: [0, 1, 2, 3], counts }], 'SUCCESS']);
});

test('the next attempt goes on behind what was accepted, and the unites that had closed come again', async () => {
  for (const [unites, around, before] of [
    [{}, {}, 'FAILED'],
    [{ tolerated_failures: 1 }, {}, 'SUCCESS'],
    [{ strategy: 'ALL_DONE' }, { strategy: 'ALL_DONE' }, 'SUCCESS'],
  ] as const) {
    const { source, workers, runId, lease } = await start(graphOf(unites, around));
    emit(source, lease, 0, 2);
    source.reportErrored(lease, 'BROKEN', true);
    const first = await finish(workers, runId);
    assert.equal(first.status, before);
    assert.equal(await retry(runId, { stateId: lease.stateId }), 1);
    const again = await source.assignment();
    assert.deepEqual([again.acceptedEmits, again.attempt], [2, 2]);
    assert.equal(again.idempotencyKey, lease.idempotencyKey);
    emit(source, again, 0, 4);
    source.report(again, { executed: { emitCount: 4 } });
    const { status, merged } = await finish(workers, runId);
    assert.equal(status, 'SUCCESS');
    const [{ numbers = [], counts = {} } = {}] = merged;
    assert.deepEqual(numbers, [0, 1, 2, 3]);
    assert.deepEqual([counts.total, counts.succeeded, counts.failed], [4, 4, 0]);
    await Promise.all([source.goodbye(), workers.goodbye()]);
  }
});

test('a run that was cancelled while a splitter emitted goes on where it was', async () => {
  const { source, workers, runId, lease } = await start(graphOf());
  emit(source, lease, 0, 3);
  await source.ack();
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
  assert.equal((await system.client.end(runId)).status, 'CANCELLED');
  assert.equal(await retry(runId), 4, 'three branches, and the splitter');
  const again = await source.assignment();
  assert.equal(again.acceptedEmits, 3);
  emit(source, again, 3, 5);
  source.report(again, { executed: { emitCount: 5 } });
  const { status, merged } = await finish(workers, runId);
  assert.deepEqual([status, merged.map(({ numbers }) => numbers)], ['SUCCESS', [[0, 1, 2, 3, 4]]]);
});

test('what all outputs of a splitter grew is cancelled with it, and retried with it, whichever attempt is named', async () => {
  const { source, workers, runId, lease } = await start(graphOf());
  emit(source, lease, 0, 2);
  await source.ack();
  source.reportErrored(lease, 'BROKEN', true);
  await source.ack();
  await retry(runId, { stateId: lease.stateId });
  const second = await source.assignment();
  emit(source, second, 2, 3);
  await source.ack();
  const fromAll = { stateId: second.stateId ?? '', fanOut: true };
  const cancelled = await system.client.call<{ changed?: boolean }>((...rest) =>
    system.client.runs.cancelRun({ runId, ...fromAll }, ...rest),
  );
  assert.equal(cancelled.changed, true);
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  const { counts = [] } = await system.client.run(runId);
  assert.deepEqual([counts[1]?.cancelled, counts[2]?.cancelled], [1, 3]);
  assert.equal(await retry(runId, { ...fromAll, below: true }), 4);
  const third = await source.assignment();
  assert.equal(third.acceptedEmits, 3);
  source.report(third, { executed: { emitCount: 3 } });
  const { status, merged } = await finish(workers, runId);
  assert.deepEqual([status, merged.map(({ numbers }) => numbers)], ['SUCCESS', [[0, 1, 2]]]);
  await eventually(async () => ((await system.client.run(runId)).counts?.[2]?.queued ?? 0) === 0);
});
