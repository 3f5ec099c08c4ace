/** Limits of a run: beyond one a state fails with a clear code, and the run ends. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { chain, expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
before(async () => {
  system = await startSystem({ FANOUT_RUN_WIDTH: '2500' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

const graph: TestGraph = {
  nodes: [nodeTemplate('split', ['work'], { retry_policy: { max_retries: 3 } }), nodeTemplate('work')],
};

const outputs = (count: number, text = ''): Output[] =>
  Array.from({ length: count }, () => ({ outputJson: JSON.stringify({ text }) }));

/** Lets the first node of a graph answer, and gives the ack and the failure of its state once the run has ended. */
async function answer(name: string, limits: object, outputs: readonly Output[], fields: object = graph) {
  const runtime = await system.connect(['SplitNode']);
  const runId = await system.client.start(name, { ...fields, limits });
  runtime.report(await runtime.assignment(), { executed: { outputs: [...outputs] } });
  const ack = await runtime.ack();
  await runtime.goodbye();
  return { runId, ack };
}

async function failureOf(runId: string): Promise<{ code?: string; message?: string }> {
  const { status } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  const [state, ...more] = await system.client.states(runId);
  assert.deepEqual(more, [], 'nothing was created beyond the limit');
  assert.equal(state?.status, 'STATE_STATUS_ERRORED');
  return state.failure ?? {};
}

test('an execution with more outputs than limits.width fails, is not retried, and the run ends', async () => {
  const { runId, ack } = await answer('width', { width: 10 }, outputs(11));
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  assert.equal(ack.reason?.code, 'LIMIT_EXCEEDED');
  const { code, message = '' } = await failureOf(runId);
  assert.equal(code, 'LIMIT_EXCEEDED');
  assert.match(message, /"split" has 11 outputs, and its limits\.width is 10: /);
});

test('the configuration counts for a graph that sets no limit, and a graph may set a higher one', async () => {
  const { runId } = await answer('default-width', {}, outputs(2_501));
  assert.match((await failureOf(runId)).message ?? '', /has 2501 outputs, and its limits\.width is 2500: /);
  const wider = await answer('wider', { width: 5_000 }, outputs(2_501), chain('split'));
  assert.equal(wider.ack.status, 'ACK_STATUS_ACCEPTED');
  assert.equal((await system.client.end(wider.runId)).status, 'SUCCESS');
});

test('emits beyond limits.width are refused as they come', async () => {
  const runtime = await system.connect(['SplitNode']);
  const runId = await system.client.start('wide-emits', { ...graph, limits: { width: 10 } });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  for (const firstIndex of [0, 6])
    runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex, outputs: outputs(6) }] } });
  const [first, second] = await runtime.acks(2);
  assert.equal(first?.status, 'ACK_STATUS_ACCEPTED');
  assert.equal(second?.status, 'ACK_STATUS_INVALID');
  assert.equal((await failureOf(runId)).code, 'LIMIT_EXCEEDED');
});

test('states beyond limits.states are not created: the report fails, with what it would have come to', async () => {
  const { runId, ack } = await answer('states', { states: 9 }, outputs(5));
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  const { code, message = '' } = await failureOf(runId);
  assert.equal(code, 'LIMIT_EXCEEDED');
  assert.match(message, /would come to 10 states, and its limits\.states is 9: /);
});

test('a fan-out too wide for one step is refused before its first child exists', async () => {
  const { runId } = await answer('wide-states', { states: 4_000 }, outputs(2_001));
  assert.match((await failureOf(runId)).message ?? '', /would come to 4002 states/);
});

test('a branch that runs into a limit fails alone, and a unite that takes failures goes on', async () => {
  const branches: TestGraph = {
    limits: { width: 3 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { value: expression('split.outputs.text') } }),
      nodeTemplate('merge', [], {
        inputs: { texts: expression('work.outputs.text'), failures: expression('unite.failures') },
        unites: { identifier: 'split', strategy: 'ALL_DONE' },
      }),
    ],
  };
  const runtime = await system.connect(['SplitNode', 'WorkNode', 'MergeNode']);
  const runId = await system.client.start('one-branch', branches);
  runtime.reportExecuted(await runtime.assignment(), [{ text: 'a' }, { text: 'b' }]);
  const [first, second] = await runtime.assignments(2);
  runtime.report(first!, { executed: { outputs: outputs(4) } });
  runtime.reportExecuted(second!, [{ text: 'fine' }]);
  const merge = await runtime.assignment();
  const { texts, failures } = JSON.parse(merge.inputsJson ?? '');
  assert.deepEqual(texts, ['fine']);
  assert.equal(failures[0].code, 'LIMIT_EXCEEDED');
  runtime.reportExecuted(merge, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('bytes beyond limits.payload_bytes fail the state, whether they come at once, in a wide list or as emits', async () => {
  const limits = { payload_bytes: 10_000 };
  for (const [name, given] of [
    ['bytes', outputs(1, 'x'.repeat(10_000))],
    ['many-bytes', outputs(600, 'x'.repeat(20))],
  ] as const) {
    const { runId } = await answer(name, limits, given);
    const { code, message = '' } = await failureOf(runId);
    assert.equal(code, 'LIMIT_EXCEEDED');
    assert.match(message, /bytes of payload, and its limits\.payload_bytes is 10000: /);
  }
  const runtime = await system.connect(['SplitNode']);
  const runId = await system.client.start('emitted-bytes', { ...graph, limits });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  for (const firstIndex of [0, 1]) {
    const items = [{ stateId, leaseToken, firstIndex, outputs: outputs(1, 'x'.repeat(6_000)) }];
    runtime.send({ emits: { items } });
  }
  const acks = await runtime.acks(2);
  assert.deepEqual(
    acks.map(({ status }) => status),
    ['ACK_STATUS_ACCEPTED', 'ACK_STATUS_INVALID'],
  );
  assert.equal((await failureOf(runId)).code, 'LIMIT_EXCEEDED');
});

test('inputs beyond limits.payload_bytes start no run', async () => {
  await system.client.upsert('large-inputs', { ...graph, limits: { payload_bytes: 100 } });
  const refusal = await refusalOf(system.client.trigger('large-inputs', { text: 'x'.repeat(100) }));
  assert.equal(refusal.reason, 'INPUT_INVALID');
  assert.match(refusal.message, /bytes of payload, and its limits\.payload_bytes is 100: /);
  assert.equal(refusal.violations[0]?.reason, 'LIMIT_EXCEEDED');
});

test('a state that stands deeper than limits.depth is not created', async () => {
  const { runId } = await answer('depth', { depth: 2 }, outputs(1), {
    ...chain('split', 'work', 'after'),
  });
  const runtime = await system.connect(['WorkNode']);
  runtime.report(await runtime.assignment(), { executed: { outputs: outputs(1) } });
  const ack = await runtime.ack();
  assert.match(ack.reason?.message ?? '', /"after" stands 3 nodes deep, and its limits\.depth is 2: /);
  assert.equal((await system.client.end(runId)).status, 'FAILED');
});

test('a run that has no runtime is ended when its run_ms is over, as FAILED, with the reason', async () => {
  const startedAt = performance.now();
  const runId = await system.client.start('nobody', {
    nodes: [nodeTemplate('nobody')],
    limits: { run_ms: 300 },
  });
  const { status } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  assert.ok(performance.now() - startedAt >= 300);
  const [state] = await system.client.states(runId);
  assert.equal(state?.status, 'STATE_STATUS_CANCELLED');
  assert.equal(state.failure?.code, 'RUN_TIMEOUT');
  assert.match(state.failure?.message ?? '', /longer than its limits\.run_ms of 300: /);
});

test('a run whose node asks to be handed out again for ever is ended when its run_ms is over', async () => {
  const runtime = await system.connect(['AgainNode']);
  const runId = await system.client.start('again', {
    nodes: [nodeTemplate('again')],
    limits: { run_ms: 300 },
  });
  let times = 0;
  const run = await eventually(async () => {
    for (; runtime.waiting('assignments') > 0; times++) {
      runtime.report(await runtime.assignment(), { requeued: { delay: { nanos: 5_000_000 } } });
    }
    const now = await system.client.run(runId);
    return now.endTime && now;
  });
  assert.equal(run.status, 'RUN_STATUS_FAILED');
  assert.ok(times > 1, `${times} times`);
  const [state, ...more] = await system.client.states(runId);
  assert.deepEqual([state?.failure?.code, state?.attempt, more], ['RUN_TIMEOUT', 1, []]);
});

test('a runtime that works on a state when its run times out is told to stop', async () => {
  const runtime = await system.connect(['BusyNode']);
  const runId = await system.client.start('busy', { nodes: [nodeTemplate('busy')], limits: { run_ms: 300 } });
  const assignment = await runtime.assignment();
  const [cancellation] = (await runtime.next('cancellations')).items ?? [];
  assert.equal(cancellation?.stateId, assignment.stateId);
  assert.equal(cancellation?.reason, 'RUN_TIMEOUT');
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
});

test('a run that ends in time is left alone', async () => {
  const runtime = await system.connect(['QuickNode']);
  const template = { nodes: [nodeTemplate('quick')], limits: { run_ms: 1_000 } };
  const runId = await system.client.start('quick', template);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  const later = await system.client.start('waits', {
    nodes: [nodeTemplate('nobody')],
    limits: { run_ms: 1_000 },
  });
  await system.client.end(later);
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_SUCCESS');
});
