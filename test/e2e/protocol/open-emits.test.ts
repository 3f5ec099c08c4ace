/** Open fan-out as a runtime in any language speaks it. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output } from '@fanout/proto';
import { auditRun } from '../../support/audit/audit-run.ts';
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

const open = { name: 'SourceNode', openFanOut: true };

/** `source → work → merge`, whose merger gets the numbers that came through. */
function graphOf(unites: object = {}, retries = 0): TestGraph {
  return {
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: 1 },
    nodes: [
      nodeTemplate('source', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { number: expression('source.outputs.number') } }),
      nodeTemplate('merge', [], {
        unites: { identifier: 'source', ...unites },
        inputs: {
          numbers: expression('work.outputs.number'),
          counts: expression('unite.counts'),
          failures: expression('unite.failures'),
        },
      }),
    ],
  };
}

const graph = graphOf();

/** A splitter that holds its assignment, and workers that it shares nothing with. */
async function start(name: string, template = graph) {
  const source = await system.connect([open]);
  const workers = await system.connect(['WorkNode', 'MergeNode']);
  const runId = await system.client.start(name, template);
  return { source, workers, runId, lease: await source.assignment() };
}

function emit(
  runtime: RawRuntime,
  { stateId = '', leaseToken = '' }: Assignment__Output,
  from: number,
  to: number,
  outputOf: (number: number) => unknown = (number) => ({ number }),
): void {
  const outputs = Array.from({ length: to - from }, (_, i) => ({
    outputJson: JSON.stringify(outputOf(from + i)),
  }));
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: from, outputs }] } });
}

/** Does the work of so many branches. */
async function work(workers: RawRuntime, count: number): Promise<void> {
  for (const each of await workers.assignments(count)) {
    const { number } = JSON.parse(each.inputsJson ?? '');
    workers.reportExecuted(each, [{ number }]);
  }
}

/** Takes what is left to be done, until the merger has run. */
async function finish(workers: RawRuntime, runId: string) {
  for (;;) {
    for (const each of await workers.assignments(1)) {
      const inputs = JSON.parse(each.inputsJson ?? '');
      const isMerger = each.identifier === 'merge';
      workers.reportExecuted(each, [isMerger ? {} : { number: inputs.number }]);
      if (!isMerger) continue;
      const { status, run } = await system.client.end(runId);
      return { inputs, status, run };
    }
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test('a branch is worked on while the splitter still holds its lease, and the unite waits for the seal', async () => {
  const { source, workers, runId, lease } = await start('first');
  emit(source, lease, 0, 1);
  const [first] = await workers.assignments(1);
  assert.equal(first?.inputsJson, '{"number":0}');
  workers.reportExecuted(first!, [{ number: 0 }]);
  const ack = await source.ack();
  assert.deepEqual([ack.status, ack.isEmit], ['ACK_STATUS_ACCEPTED', true]);
  await workers.ack();
  const { counts, stateCount } = await system.client.run(runId);
  assert.deepEqual([counts?.[0]?.queued, counts?.[0]?.success, counts?.[1]?.success], [1, 1, 1]);
  assert.equal(stateCount, 3);
  emit(source, lease, 1, 3);
  source.report(lease, { executed: { emitCount: 3 } });
  const { inputs, status, run } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, [0, 1, 2]);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[0]?.success, 4, 'three siblings, and the state itself');
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
});

test('emits that come again are accepted and count once, and a gap is told with what is missing', async () => {
  const { source, workers, runId, lease } = await start('again');
  emit(source, lease, 0, 5);
  emit(source, lease, 0, 5);
  emit(source, lease, 3, 8);
  emit(source, lease, 10, 12);
  const acks = await source.acks(4);
  assert.deepEqual(
    acks.map(({ status, firstIndex = 0 }) => [status, firstIndex]),
    [
      ['ACK_STATUS_ACCEPTED', 0],
      ['ACK_STATUS_ACCEPTED', 0],
      ['ACK_STATUS_ACCEPTED', 3],
      ['ACK_STATUS_MISSING_EMITS', 10],
    ],
  );
  const missing = acks[3]?.missing?.map(({ first = 0, end = 0 }) => [first, end]);
  assert.deepEqual(missing, [[8, 10]]);
  source.report(lease, { executed: { emitCount: 12 } });
  const refused = await source.ack();
  assert.equal(refused.status, 'ACK_STATUS_MISSING_EMITS');
  assert.deepEqual(
    refused.missing?.map(({ first = 0, end = 0 }) => [first, end]),
    [[8, 12]],
  );
  emit(source, lease, 8, 12);
  source.report(lease, { executed: { emitCount: 12 } });
  const { inputs } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, numbers(12));
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
});

test('the next attempt is told how many were accepted, and goes on from there', async () => {
  const { source, workers, runId, lease } = await start('resumed');
  emit(source, lease, 0, 7);
  await source.ack();
  await source.goodbye();
  const next = await system.connect([open]);
  const again = await next.assignment();
  assert.deepEqual([again.stateId, again.acceptedEmits], [lease.stateId, 7]);
  assert.equal(again.idempotencyKey, lease.idempotencyKey);
  // It does not have to know: what was accepted is ignored.
  emit(next, again, 0, 10);
  next.report(again, { executed: { emitCount: 10 } });
  const { inputs } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, numbers(10));
});

test('a retry after an error goes on as well, and its children name the first attempt', async () => {
  const { source, workers, runId, lease } = await start('retried', graphOf({}, 1));
  emit(source, lease, 0, 2);
  source.reportErrored(lease);
  await source.acks(2);
  const again = await source.assignment();
  assert.deepEqual([again.attempt, again.acceptedEmits], [2, 2]);
  emit(source, again, 2, 3);
  source.report(again, { executed: { emitCount: 3 } });
  const { inputs, status } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, [0, 1, 2]);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(await auditRun(system.redis, runId, graphOf({}, 1)), []);
});

test('an attempt that comes to fewer outputs than were accepted is refused', async () => {
  const { source, workers, runId, lease } = await start('fewer', graphOf({ strategy: 'ALL_DONE' }));
  emit(source, lease, 0, 3);
  await source.ack();
  source.report(lease, { executed: { emitCount: 2 } });
  const ack = await source.ack();
  assert.deepEqual([ack.status, ack.reason?.code], ['ACK_STATUS_INVALID', 'REPORT_INVALID']);
  const { inputs } = await finish(workers, runId);
  const { total, succeeded, failed } = inputs.counts;
  assert.deepEqual({ total, succeeded, failed }, { total: 4, succeeded: 3, failed: 1 });
});

test('outputs that come with the report of an open node are its last emits', async () => {
  const { source, workers, runId, lease } = await start('inline');
  source.reportExecuted(
    lease,
    numbers(1_200).map((number) => ({ number })),
  );
  assert.equal((await source.ack()).status, 'ACK_STATUS_ACCEPTED');
  const { inputs, run } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, numbers(1_200));
  assert.equal(run.counts?.[0]?.success, 1_201);
});

test('nothing emitted and nothing reported is no branch, and the unite fires with empty lists', async () => {
  const { source, workers, runId, lease } = await start('empty');
  source.report(lease, { executed: {} });
  const { inputs, status } = await finish(workers, runId);
  assert.deepEqual([inputs.numbers, inputs.counts.total, status], [[], 0, 'SUCCESS']);
});

test('a splitter that fails is one more failed branch, which names it', async () => {
  const { source, workers, runId, lease } = await start('broken', graphOf({ strategy: 'ALL_DONE' }));
  emit(source, lease, 0, 2);
  source.reportErrored(lease, 'BROKEN', true);
  const { inputs, status } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, [0, 1]);
  assert.equal(inputs.counts.total, 3);
  assert.deepEqual(
    inputs.failures.map(({ identifier, code }: { identifier: string; code: string }) => [identifier, code]),
    [['source', 'BROKEN']],
  );
  assert.equal(status, 'SUCCESS');
});

test('an emit that breaks a rule fails the state, and what was accepted before it stays', async () => {
  const { source, workers, runId, lease } = await start('invalid', graphOf({ strategy: 'ALL_DONE' }));
  emit(source, lease, 0, 2);
  emit(source, lease, 2, 3, () => 'no object');
  emit(source, lease, 3, 4);
  const acks = await source.acks(3);
  assert.deepEqual(
    acks.map(({ status }) => status),
    ['ACK_STATUS_ACCEPTED', 'ACK_STATUS_INVALID', 'ACK_STATUS_ALREADY_SETTLED'],
  );
  const { inputs } = await finish(workers, runId);
  assert.deepEqual([inputs.numbers, inputs.counts.failed], [[0, 1], 1]);
});

test('a quorum that is met stops the splitter, which is settled with what it has emitted', async () => {
  const { source, workers, runId, lease } = await start(
    'quorum',
    graphOf({ strategy: 'QUORUM', min_success: 3 }),
  );
  emit(source, lease, 0, 5);
  await source.ack();
  await work(workers, 3);
  const [cancellation] = (await source.next('cancellations')).items ?? [];
  assert.deepEqual([cancellation?.stateId, cancellation?.reason], [lease.stateId, 'UNITE_DECIDED']);
  emit(source, lease, 5, 6);
  assert.equal((await source.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
  const { status, run } = await finish(workers, runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[0]?.success, 6);
  await eventually(async () => ((await system.client.run(runId)).counts?.[1]?.queued ?? 0) === 0);
});

test('a percentage waits for the seal, which tells what it is of', async () => {
  const { source, workers, runId, lease } = await start(
    'percentage',
    graphOf({ strategy: 'QUORUM', min_success: '50%' }),
  );
  emit(source, lease, 0, 2);
  await work(workers, 2);
  await workers.acks(2);
  const { counts } = await system.client.run(runId);
  assert.deepEqual(
    [counts?.[1]?.success, counts?.[2]],
    [2, { ...counts?.[2], queued: 0, created: 0, success: 0 }],
  );
  source.report(lease, { executed: { emitCount: 2 } });
  const { inputs } = await finish(workers, runId);
  assert.deepEqual(inputs.numbers, [0, 1]);
});

test('a splitter that others need goes on when a unite over it has been decided', async () => {
  const template: TestGraph = {
    nodes: [
      nodeTemplate('source', ['work', 'side']),
      nodeTemplate('work', ['merge'], { inputs: { number: expression('source.outputs.number') } }),
      nodeTemplate('side'),
      nodeTemplate('merge', [], { unites: { identifier: 'source', strategy: 'QUORUM', min_success: 1 } }),
    ],
  };
  const { source, workers, runId, lease } = await start('needed', template);
  const sides = await system.connect(['SideNode']);
  emit(source, lease, 0, 1);
  await work(workers, 1);
  const merger = await workers.assignment();
  workers.reportExecuted(merger, [{}]);
  emit(source, lease, 1, 3);
  source.report(lease, { executed: { emitCount: 3 } });
  assert.deepEqual(
    (await source.acks(3)).map(({ status }) => status),
    Array(3).fill('ACK_STATUS_ACCEPTED'),
  );
  for (const each of await sides.assignments(3)) sides.reportExecuted(each, [{}]);
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual([run.counts?.[1]?.success, run.counts?.[2]?.success], [1, 3]);
});

test('the time of a unite runs from the first emit, and its end stops the splitter', async () => {
  const { source, workers, runId, lease } = await start(
    'late',
    graphOf({ strategy: 'ALL_DONE', timeout_ms: 300 }),
  );
  emit(source, lease, 0, 2);
  await work(workers, 1);
  const [cancellation] = (await source.next('cancellations')).items ?? [];
  assert.equal(cancellation?.reason, 'UNITE_DECIDED');
  const { inputs, status } = await finish(workers, runId);
  assert.equal(inputs.counts.total, 2);
  assert.equal(status, 'SUCCESS');
});

test('a run that is cancelled stops the splitter, and ends', async () => {
  const { source, runId, lease } = await start('cancelled');
  emit(source, lease, 0, 100);
  await source.ack();
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
  const [cancellation] = (await source.next('cancellations')).items ?? [];
  assert.equal(cancellation?.reason, 'CANCELLED');
  assert.equal((await system.client.end(runId)).status, 'CANCELLED');
});

test('a splitter below unites that have all been decided is told to stop, and its run ends', async () => {
  const template: TestGraph = {
    nodes: [
      nodeTemplate('root', ['source']),
      nodeTemplate('source', ['early', 'merge']),
      ...['early', 'merge'].map((identifier) =>
        nodeTemplate(identifier, [], {
          unites: { identifier: 'root', strategy: 'ALL_DONE', timeout_ms: identifier === 'early' ? 30 : 120 },
        }),
      ),
    ],
  };
  for (const hasEmitted of [true, false]) {
    const roots = await system.connect(['RootNode', 'EarlyNode', 'MergeNode']);
    const source = await system.connect([open]);
    const runId = await system.client.start(`decided-${hasEmitted}`, template);
    roots.reportExecuted(await roots.assignment(), [{}]);
    const lease = await source.assignment();
    if (hasEmitted) emit(source, lease, 0, 2);
    for (const each of await roots.assignments(2)) roots.reportExecuted(each, [{}]);
    if (hasEmitted) {
      const [cancellation] = (await source.next('cancellations')).items ?? [];
      assert.deepEqual([cancellation?.stateId, cancellation?.reason], [lease.stateId, 'UNITE_DECIDED']);
    } else {
      // It holds nothing that others could stop it for, and says nothing more once its outputs are not wanted.
      emit(source, lease, 0, 2);
      assert.equal((await source.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
    }
    const { status, run } = await system.client.end(runId);
    assert.equal(status, 'SUCCESS');
    assert.equal(run.counts?.[1]?.success, hasEmitted ? 3 : 1);
    emit(source, lease, 2, 3);
    assert.equal(
      (await source.acks(hasEmitted ? 2 : 1)).at(-1)?.status,
      'ACK_STATUS_ALREADY_SETTLED',
      'whenever it comes',
    );
    await Promise.all([roots.goodbye(), source.goodbye()]);
  }
});
