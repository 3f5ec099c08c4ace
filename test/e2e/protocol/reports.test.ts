import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { NodeDefinition, Report, Run__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { chain, nodeTemplate, type TestNodeTemplate } from '../../support/graphs.ts';
import { readRefusal } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { statusCounts } from '../../support/status-counts.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_MAX_OUTPUT_BYTES: '20000', FANOUT_MAX_FRAME_BYTES: '65536' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

const outputSchemaJson = JSON.stringify({
  type: 'object',
  properties: { total: { type: 'integer' } },
  required: ['total'],
});

let nodeCount = 0;

/** A runtime that alone hosts the node of a graph with one node, and the only state of a run of it. */
async function startOne(fields: Partial<TestNodeTemplate> = {}, definition: NodeDefinition = {}) {
  const nodeName = `WorkNode${++nodeCount}`;
  const runtime = await system.connect([{ name: nodeName, ...definition }]);
  const runId = await system.client.start('one', {
    nodes: [nodeTemplate('work', [], { node_name: nodeName, ...fields })],
  });
  return { runtime, runId, nodeName, assignment: await runtime.assignment() };
}

function countsOf({ counts = [] }: Run__Output, identifier: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(statusCounts(counts.find((node) => node.identifier === identifier))).filter(
      ([, count]) => count !== 0,
    ),
  );
}

/** A report that breaks a rule settles its state as an error and names the rule; nothing is retried. */
async function assertInvalid(
  outcome: Report,
  code: string,
  message: RegExp,
  definition: NodeDefinition = {},
): Promise<void> {
  const { runtime, runId, assignment } = await startOne({}, definition);
  runtime.report(assignment, outcome);
  const ack = await runtime.ack();
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  assert.equal(ack.reason?.code, code);
  assert.match(ack.reason?.message ?? '', message);
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  assert.deepEqual(countsOf(run, 'work'), { errored: 1 });
  const [state] = await system.client.states(runId);
  assert.deepEqual(state?.failure, ack.reason);
}

test('a report is accepted, and its state is a success', async () => {
  const { runtime, runId, assignment } = await startOne();
  runtime.reportExecuted(assignment, [{ total: 1 }]);
  const ack = await runtime.ack();
  assert.equal(ack.status, 'ACK_STATUS_ACCEPTED');
  assert.equal(ack.stateId, assignment.stateId);
  assert.equal(ack.leaseToken, assignment.leaseToken);
  assert.equal(ack.isEmit ?? false, false);
  const { status, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ total: 1 }]);
});

test('an assignment says all that its design lists', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const runtime = await system.connect(['WorkNode']);
  const fields = { inputs: { a: 1 }, timeout_ms: 60_000 };
  await system.client.upsert('told', { nodes: [nodeTemplate('work', [], fields)] });
  const before = Date.now();
  const runId = await system.client.trigger('told', { b: [2] }, { traceparent });
  const assignment = await runtime.assignment();
  assert.equal(assignment.runId, runId);
  assert.equal(assignment.graphName, 'told');
  assert.equal(assignment.identifier, 'work');
  assert.equal(assignment.nodeName, 'WorkNode');
  assert.equal(assignment.attempt, 1);
  assert.ok(assignment.idempotencyKey);
  assert.deepEqual(JSON.parse(assignment.inputsJson ?? ''), { a: 1, b: [2] });
  assert.equal(
    assignment.traceparent?.slice(0, 35),
    traceparent.slice(0, 35),
    'the trace is that of the trigger',
  );
  const deadlineAt = Number(assignment.deadline?.seconds) * 1_000;
  runtime.reportExecuted(assignment, [{}]);
  await runtime.ack();
  assert.ok(deadlineAt > before + 50_000 && deadlineAt < before + 70_000, `deadline ${deadlineAt}`);
});

test('the same report again is answered as settled before, and counts once', async () => {
  const { runtime, runId, assignment } = await startOne();
  const { stateId = '', leaseToken = '' } = assignment;
  const report = { stateId, leaseToken, executed: { outputs: [{ outputJson: '{"total":1}' }] } };
  runtime.send({ reports: { items: [report, report] } });
  const acks = await runtime.acks(2);
  assert.deepEqual(
    acks.map(({ status }) => status),
    ['ACK_STATUS_ACCEPTED', 'ACK_STATUS_ALREADY_SETTLED'],
  );
  runtime.send({ reports: { items: [report] } });
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
  const { run, outputs } = await system.client.end(runId);
  assert.deepEqual(countsOf(run, 'work'), { success: 1 });
  assert.deepEqual(outputs, [{ total: 1 }]);
});

test('another outcome after the first one changes nothing', async () => {
  const { runtime, runId, assignment } = await startOne();
  runtime.reportExecuted(assignment, [{ total: 1 }]);
  runtime.reportErrored(assignment);
  const acks = await runtime.acks(2);
  assert.equal(acks[1]?.status, 'ACK_STATUS_ALREADY_SETTLED');
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('what is settled stays settled, whatever comes after it and however late', async () => {
  const outcomes: readonly [string, Omit<Report, 'stateId' | 'leaseToken'>][] = [
    ['success', { executed: { outputs: [{ outputJson: '{}' }] } }],
    ['pruned', { pruned: {} }],
    ['errored', { errored: { code: 'BROKEN', message: '', notRetryable: true } }],
    ['created', { requeued: { delay: { seconds: 60 } } }],
  ];
  for (const [status, first] of outcomes) {
    const { runtime, runId, assignment } = await startOne();
    runtime.report(assignment, first);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED', status);
    if (status === 'created') {
      // Twice: it still waits once, until its time has come.
      runtime.report(assignment, first);
      assert.match((await runtime.ack()).status ?? '', /STALE_LEASE|ALREADY_SETTLED/);
      await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
    }
    const { run } = await system.client.end(runId);
    const counts = countsOf(run, 'work');
    assert.deepEqual(counts, { [status === 'created' ? 'cancelled' : status]: 1 });
    for (const [, later] of outcomes) runtime.report(assignment, later);
    for (const ack of await runtime.acks(outcomes.length))
      assert.match(ack.status ?? '', /ALREADY_SETTLED|STALE_LEASE/, `${status}, then ${ack.status}`);
    await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
    assert.deepEqual(countsOf(await system.client.run(runId), 'work'), counts);
    await runtime.cut();
  }
});

test('a report that does not prove its lease changes nothing', async () => {
  const { runtime, runId, assignment } = await startOne();
  const { stateId = '', leaseToken = '' } = assignment;
  const other = await system.connect(['OtherNode']);
  const stale: readonly [RawRuntime, string, string][] = [
    [runtime, stateId, `${leaseToken}x`],
    [runtime, stateId, 'nonsense'],
    [runtime, `${runId}.2`, leaseToken],
    [runtime, 'no-such-run.1', leaseToken],
    [runtime, 'nonsense', leaseToken],
    [runtime, `${stateId}.1.1`, leaseToken],
    [other, stateId, leaseToken],
  ];
  for (const [reporter, id, token] of stale) {
    reporter.reportExecuted({ stateId: id, leaseToken: token }, [{ total: 2 }]);
    const ack = await reporter.ack();
    assert.equal(ack.status, 'ACK_STATUS_STALE_LEASE', `${id} ${token}`);
    assert.equal(ack.stateId, id);
  }
  assert.deepEqual(countsOf(await system.client.run(runId), 'work'), { queued: 1 });
  runtime.reportExecuted(assignment, [{ total: 1 }]);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
});

test('an output against the schema of its node is an error that is not retried', async () => {
  const executed = { outputs: [{ outputJson: '{"total":1}' }, { outputJson: '{"total":"many"}' }] };
  await assertInvalid({ executed }, 'OUTPUT_INVALID', /output 1.*WorkNode.*total/, { outputSchemaJson });
});

test('an output that is no JSON object is an error', async () => {
  for (const outputJson of ['[]', 'null', '"text"', '{', '']) {
    await assertInvalid({ executed: { outputs: [{ outputJson }] } }, 'OUTPUT_INVALID', /JSON/);
  }
});

test('an output that is too large fails its state alone', async () => {
  const outputJson = JSON.stringify({ text: 'x'.repeat(20_000) });
  await assertInvalid({ executed: { outputs: [{ outputJson }] } }, 'OUTPUT_TOO_LARGE', /20011 bytes.*20000/);
});

test('what else is in the frame of an output that is too large is settled', async () => {
  const runtime = await system.connect(['WorkNode']);
  await system.client.upsert('one', { nodes: [nodeTemplate('work')] });
  const runIds = [await system.client.trigger('one'), await system.client.trigger('one')];
  const [large, small] = await runtime.assignments(2);
  const executed = (text: string) => ({ executed: { outputs: [{ outputJson: JSON.stringify({ text }) }] } });
  const items = [
    { stateId: large!.stateId!, leaseToken: large!.leaseToken!, ...executed('x'.repeat(30_000)) },
    { stateId: small!.stateId!, leaseToken: small!.leaseToken!, ...executed('small') },
  ];
  runtime.send({ reports: { items } });
  const acks = await runtime.acks(2);
  assert.equal(acks.find(({ stateId }) => stateId === large!.stateId)?.status, 'ACK_STATUS_INVALID');
  assert.equal(acks.find(({ stateId }) => stateId === small!.stateId)?.status, 'ACK_STATUS_ACCEPTED');
  const ends = await Promise.all(runIds.map((runId) => system.client.end(runId)));
  assert.deepEqual(ends.map(({ status }) => status).sort(), ['FAILED', 'SUCCESS']);
});

test('a report without an outcome is an error', async () => {
  await assertInvalid({}, 'REPORT_INVALID', /no outcome/);
});

test('an error keeps its code, whatever its language calls it, and the retries that its node has', async () => {
  const retried = { retry_policy: { strategy: 'FIXED', max_retries: 1, backoff_factor: 1 } };
  const kept = {
    ValueError: 'ValueError',
    'no such: ü': 'no such: ü',
    ['🙂'.repeat(200)]: '🙂'.repeat(128),
    '': 'NODE_ERROR',
  };
  for (const [code, told] of Object.entries(kept)) {
    const { runtime, runId, assignment } = await startOne(retried);
    runtime.report(assignment, { errored: { code, message: 'on purpose' } });
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    const again = await runtime.assignment();
    assert.equal(again.attempt, 2);
    runtime.reportExecuted(again, [{}]);
    await runtime.ack();
    const states = await system.client.states(runId);
    assert.equal(states.find(({ attempt }) => attempt === 1)?.failure?.code, told);
  }
});

test('a report with both outputs and emits is an error', async () => {
  const executed = { outputs: [{ outputJson: '{}' }], emitCount: 3 };
  await assertInvalid({ executed }, 'REPORT_INVALID', /outputs must be empty/);
});

test('a report that names no lease ends the stream, and the work is handed out again', async () => {
  const { runtime, runId, nodeName } = await startOne();
  runtime.reportExecuted({ stateId: '', leaseToken: '' }, [{}]);
  const refusal = readRefusal(await runtime.ended);
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'FRAME_INVALID');
  assert.equal(refusal.violations[0]?.field, 'reports.items[0]');
  const next = await system.connect([nodeName]);
  assert.equal((await next.assignment()).runId, runId);
});

test('a frame over the announced limit ends its stream, and no other one', async () => {
  const { runtime, assignment } = await startOne();
  const other = await system.connect(['OtherNode']);
  const text = 'x'.repeat(500_000);
  runtime.reportExecuted(assignment, [{ text }]);
  const { code, details } = await runtime.ended;
  assert.equal(code, 8, details);
  other.send({ ping: { nonce: 3 } });
  assert.equal((await other.next('pong')).nonce, 3);
});

test('no outputs are no branch, an empty object is one', async () => {
  const runtime = await system.connect(['FirstNode', 'SecondNode']);
  const none = await system.client.start('pair', chain('first', 'second'));
  runtime.reportExecuted(await runtime.assignment(), []);
  await runtime.ack();
  const ended = await system.client.end(none);
  assert.equal(ended.status, 'SUCCESS');
  assert.deepEqual(countsOf(ended.run, 'first'), { success: 1 });
  assert.deepEqual(countsOf(ended.run, 'second'), {});

  const one = await system.client.start('pair', chain('first', 'second'));
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const second = await runtime.assignment();
  assert.equal(second.identifier, 'second');
  runtime.reportExecuted(second, [{}]);
  assert.equal((await system.client.end(one)).status, 'SUCCESS');
});

test('an error is retried as the policy says, under the same idempotency key', async () => {
  const retry_policy = { max_retries: 2, strategy: 'FIXED', backoff_factor: 1 };
  const { runtime, runId, assignment } = await startOne({ retry_policy });
  runtime.reportErrored(assignment, 'FIRST_FAILURE');
  const second = await runtime.assignment();
  assert.equal(second.attempt, 2);
  assert.equal(second.idempotencyKey, assignment.idempotencyKey);
  assert.notEqual(second.stateId, assignment.stateId);
  runtime.reportErrored(second, 'SECOND_FAILURE');
  const third = await runtime.assignment();
  assert.equal(third.attempt, 3);
  runtime.reportErrored(third, 'THIRD_FAILURE');
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  assert.deepEqual(countsOf(run, 'work'), { errored: 1, retryCreated: 2 });
  const states = await system.client.states(runId);
  assert.deepEqual(
    states.map(({ attempt, status: each, failure }) => [attempt, each, failure?.code]),
    [
      [1, 'STATE_STATUS_RETRY_CREATED', 'FIRST_FAILURE'],
      [2, 'STATE_STATUS_RETRY_CREATED', 'SECOND_FAILURE'],
      [3, 'STATE_STATUS_ERRORED', 'THIRD_FAILURE'],
    ],
  );
});

test('a branch is retried on its own: a new state of the same work waits its delay, and the others go on', async () => {
  const retry_policy = { max_retries: 1, strategy: 'FIXED', backoff_factor: 3_600_000 };
  const nodes = ['source', 'work', 'then'].map((name) => ({ name: `Alone.${name}` }));
  const runtime = await system.connect(nodes);
  const runId = await system.client.start('alone', {
    nodes: [
      nodeTemplate('source', ['work'], { node_name: 'Alone.source' }),
      nodeTemplate('work', ['then'], { node_name: 'Alone.work', retry_policy }),
      nodeTemplate('then', [], { node_name: 'Alone.then' }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), [{}, {}]);
  const [failing, good] = await runtime.assignments(2);
  const failedAt = Date.now();
  runtime.reportErrored(failing!);
  runtime.reportExecuted(good!, [{}]);
  const then = await runtime.assignment();
  assert.equal(then.identifier, 'then');
  runtime.reportExecuted(then, [{}]);
  const [old, other, retried] = await eventually(async () => {
    const states = await system.client.states(runId, 'work');
    return states[1]?.status === 'STATE_STATUS_SUCCESS' && states;
  });
  assert.deepEqual(
    [old, other, retried].map((state) => [state?.status, state?.attempt]),
    [
      ['STATE_STATUS_RETRY_CREATED', 1],
      ['STATE_STATUS_SUCCESS', 1],
      ['STATE_STATUS_CREATED', 2],
    ],
  );
  assert.notEqual(retried?.stateId, old?.stateId);
  assert.deepEqual([retried?.path, retried?.parents], [old?.path, old?.parents]);
  const waitsMs = Number(retried?.dueTime?.seconds) * 1_000 - failedAt;
  assert.ok(Math.abs(waitsMs - 3_600_000) < 5_000, `${waitsMs} ms`);
  assert.deepEqual(
    (await system.client.states(runId, 'then')).map(({ status }) => status),
    ['STATE_STATUS_SUCCESS'],
  );
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_RUNNING');
});

test('an error that is not retryable is final', async () => {
  const { runtime, runId, assignment } = await startOne();
  runtime.reportErrored(assignment, 'HOPELESS', true);
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  assert.deepEqual(countsOf(run, 'work'), { errored: 1 });
});

test('the message of an error is kept up to 4 KiB, and its stack up to 8', async () => {
  const { runtime, runId, assignment } = await startOne();
  const long = 'ü'.repeat(5_000);
  runtime.report(assignment, { errored: { code: 'LONG', message: long, stack: long, notRetryable: true } });
  await system.client.end(runId);
  const [state] = await system.client.states(runId);
  assert.equal(state?.failure?.message, 'ü'.repeat(2_048));
  assert.equal(state?.failure?.stack, 'ü'.repeat(4_096));
});

test('many reports in one frame are settled together, and answered in a few frames', async (t) => {
  const runtime = await system.connect(['SourceNode', 'WorkNode'], { capacity: { total: 1_000 } });
  const runId = await system.client.start('wide', {
    nodes: [nodeTemplate('source', ['work']), nodeTemplate('work')],
  });
  runtime.reportExecuted(
    await runtime.assignment(),
    Array.from({ length: 400 }, () => ({})),
  );
  await runtime.ack();
  const held = await runtime.assignments(400);
  const items = held.map(({ stateId = '', leaseToken = '' }) => ({
    stateId,
    leaseToken,
    executed: { outputs: [{ outputJson: '{}' }] },
  }));
  const redis = new Redis(system.redis.url);
  t.after(() => redis.disconnect());
  const countScripts = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
  const scriptsBefore = await countScripts();
  runtime.send({ reports: { items } });
  let frames = 0;
  for (let count = 0; count < 400; frames++) count += (await runtime.next('acks')).items?.length ?? 0;
  assert.ok(frames <= 40, `400 acks came in ${frames} frames`);
  const scripts = (await countScripts()) - scriptsBefore;
  assert.ok(scripts < 100, `400 reports took ${scripts} scripts`);
  await eventually(async () => (await system.client.run(runId)).status === 'RUN_STATUS_SUCCESS');
});
