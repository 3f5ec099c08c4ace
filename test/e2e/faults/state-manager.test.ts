import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { WatchRunResponse__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { RawClient, readRefusal } from '../../support/raw/raw-client.ts';
import { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { answerAtOnce, ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const redis = await startTestRedis();
after(() => redis.stop());

/** `source` gives as many numbers as it is told, `work` doubles each, `merge` unites them. */
const graph: TestGraph = {
  nodes: [
    nodeTemplate('source', ['work']),
    nodeTemplate('work', ['merge'], { inputs: { number: expression('source.outputs.number') } }),
    nodeTemplate('merge', [], {
      inputs: { doubles: expression('work.outputs.double') },
      unites: { identifier: 'source' },
    }),
  ],
};

/** A runtime for the graph that goes from one state manager to the next. */
function startRuntime(stateManagers: readonly TestStateManager[]): ResumingRuntime {
  return new ResumingRuntime({
    addresses: () => stateManagers.map(({ address }) => address),
    nodes: ['SourceNode', 'WorkNode', 'MergeNode'].map((name) => ({ name })),
    capacity: 100,
    take: answerAtOnce(({ nodeName, inputsJson = '{}' }) => {
      const inputs = JSON.parse(inputsJson);
      if (nodeName === 'SourceNode') return Array.from({ length: inputs.width }, (_, number) => ({ number }));
      if (nodeName === 'WorkNode') return [{ double: inputs.number * 2 }];
      return [{ doubles: inputs.doubles }];
    }),
  });
}

test('a fan-out of 5,000 survives the state manager that dies in the middle of it', async () => {
  const first = await startTestStateManager(redis);
  const second = await startTestStateManager(redis);
  const client = new RawClient(second.address);
  const runtimes = [startRuntime([first, second]), startRuntime([second, first])];
  const width = 5_000;
  const runId = await client.start('wide', graph, { width });
  const executed = () => runtimes.reduce((sum, runtime) => sum + runtime.executed, 0);
  await eventually(() => executed() > width / 5, { intervalMs: 1 });
  await first.kill();
  const [killedAt, executedThen] = [performance.now(), executed()];
  const during = await client.run(runId);
  assert.equal(during.status, 'RUN_STATUS_RUNNING', 'it died before the end, else this proves nothing');
  assert.ok((during.counts?.[1]?.success ?? 0) < width);

  // More than what the runtimes held by then.
  await eventually(() => executed() > executedThen + 2 * 100, { intervalMs: 1 });
  const tookMs = Math.round(performance.now() - killedAt);
  assert.ok(tookMs < 5_000, `went on after ${tookMs} ms`);

  const { status, outputs, run } = await client.end(runId, 30_000);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ doubles: Array.from({ length: width }, (_, number) => number * 2) }]);
  const [source, work, merge] = run.counts ?? [];
  assert.equal(source?.success, width);
  assert.equal(work?.success, width);
  assert.equal(merge?.success, 1);
  assert.equal(run.stateCount, 2 * width + 1);
  assert.deepEqual(await auditRun(redis, runId, graph), []);
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  client.close();
  await second.stop();
});

test('sessions of a dead state manager end by their deadline, and another one hands their states out', async () => {
  const env = { FANOUT_LEASE_MS: '600' };
  const first = await startTestStateManager(redis, env);
  const second = await startTestStateManager(redis, env);
  const client = new RawClient(second.address);
  const hello = { nodes: [{ name: 'OrphanNode' }] };
  const holder = new RawRuntime(first.address);
  await holder.hello(hello);
  const runId = await client.start('orphan', { nodes: [nodeTemplate('orphan')] });
  await holder.assignment();
  await first.kill();
  await holder.ended;

  const other = new RawRuntime(second.address);
  await other.hello(hello);
  const again = await other.assignment(5_000);
  assert.equal(again.attempt, 2);
  other.reportExecuted(again, [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  await other.goodbye();
  client.close();
  await second.stop();
});

test('a state manager that is told to stop lets its runtimes finish, and exits 0', async () => {
  const first = await startTestStateManager(redis);
  const second = await startTestStateManager(redis);
  const client = new RawClient(second.address);
  const runtime = new RawRuntime(first.address);
  await runtime.hello({ nodes: [{ name: 'DrainNode' }, { name: 'NextNode' }] });
  const nodes = [nodeTemplate('drain', ['next']), nodeTemplate('next')];
  const runId = await client.start('drain', { nodes });
  const assignment = await runtime.assignment();

  first.signal('SIGTERM');
  const drain = await runtime.next('drain');
  assert.deepEqual(drain.grace, { seconds: 10, nanos: 0 });
  assert.ok(drain.reason);
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  assert.equal(runtime.waiting('assignments'), 0, 'a draining one hands nothing out');
  const status = await runtime.goodbye();
  assert.equal(status.code, 0);
  assert.deepEqual(await first.exited, { code: 0, signal: null });

  const elsewhere = new RawRuntime(second.address);
  await elsewhere.hello({ nodes: [{ name: 'NextNode' }] });
  const next = await elsewhere.assignment();
  assert.equal(next.attempt, 1);
  elsewhere.reportExecuted(next, [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');
  const states = await client.states(runId);
  assert.ok(
    states.every(({ attempt }) => attempt === 1),
    'no attempt is lost',
  );
  await elsewhere.goodbye();
  client.close();
  await second.stop();
});

test('a draining state manager takes no new stream', async () => {
  const draining = await startTestStateManager(redis);
  const runtime = new RawRuntime(draining.address);
  await runtime.hello({});
  draining.signal('SIGTERM');
  await runtime.next('drain');
  const late = new RawRuntime(draining.address);
  const { details } = await late.ended;
  assert.match(details, /shutting down: connect to another one/);
  await runtime.goodbye();
  assert.deepEqual(await draining.exited, { code: 0, signal: null });
});

test('a runtime that does not leave is cut off when the grace is over', async () => {
  const stateManager = await startTestStateManager(redis, { FANOUT_DRAIN_MS: '300' });
  const runtime = new RawRuntime(stateManager.address);
  await runtime.hello({ nodes: [{ name: 'StubbornNode' }] });
  stateManager.signal('SIGTERM');
  const { details } = await runtime.ended;
  assert.match(details, /shutting down/);
  assert.deepEqual(await stateManager.exited, { code: 0, signal: null });
});

test('a state manager that is told to stop as soon as it serves stops as it should', async () => {
  const stateManager = await startTestStateManager(redis);
  assert.deepEqual(await stateManager.stop(), { code: 0, signal: null });
});

test('results that break off since the state manager stops end with an error, never as if they were all', async () => {
  const [running, watched] = await Promise.all([startTestStateManager(redis), startTestStateManager(redis)]);
  const client = new RawClient(running.address);
  const runtime = startRuntime([running]);
  const width = 30_000;
  const runId = await client.start('leaves', { nodes: [nodeTemplate('source')] }, { width });
  await eventually(async () => (await client.run(runId)).status === 'RUN_STATUS_SUCCESS');

  const watching = new RawClient(watched.address);
  let received = 0;
  const status = await new Promise<grpc.StatusObject>((resolve) => {
    const call = watching.runs.watchRun({ runId });
    call.on('data', ({ results = [] }: WatchRunResponse__Output) => {
      if (received === 0 && results.length > 0) watched.signal('SIGTERM');
      received += results.length;
    });
    call.on('error', () => {}); // The status has all of it.
    call.on('status', resolve);
  });
  assert.ok(received < width, 'it stopped before all had come, else this proves nothing');
  assert.equal(grpc.status[status.code], 'UNAVAILABLE');
  assert.equal(readRefusal(status).reason, 'SHUTTING_DOWN');
  watching.close();
  client.close();
  await runtime.stop();
  await Promise.all([running.stop(), watched.exited]);
});

test('results of a run whose end is gone before all have come end with an error, never as if they were all', async () => {
  const running = await startTestStateManager(redis);
  const client = new RawClient(running.address);
  const runtime = startRuntime([running]);
  const width = 30_000;
  const runId = await client.start('leaves', { nodes: [nodeTemplate('source')] }, { width });
  await eventually(async () => (await client.run(runId)).status === 'RUN_STATUS_SUCCESS');

  const beside = new Redis(redis.url);
  const [key] = await beside.keys(`*:run:${runId}`);
  let received = 0;
  const status = await new Promise<grpc.StatusObject>((resolve) => {
    const call = client.runs.watchRun({ runId });
    call.on('data', ({ results = [] }: WatchRunResponse__Output) => {
      if (received === 0 && results.length > 0) {
        // As a Redis that has lost its newest writes, or a retry by hand.
        call.pause();
        void beside.hdel(key!, 'ended').then(() => call.resume());
      }
      received += results.length;
    });
    call.on('error', () => {}); // The status has all of it.
    call.on('status', resolve);
  });
  assert.ok(received < width, 'its end went before all had come, else this proves nothing');
  assert.equal(readRefusal(status).reason, 'STORAGE_UNAVAILABLE');
  assert.match(status.details, /goes on again/);
  beside.disconnect();
  client.close();
  await runtime.stop();
  await running.stop();
});
