/** Two state managers on one Redis, whose clocks are an hour apart: the only clock that counts is that of Redis. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  Assignment__Output,
  GetGraphResponse__Output,
  Hello,
  ListNodesResponse__Output,
  ListRuntimesResponse__Output,
} from '@fanout/proto';
import { Redis } from 'ioredis';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { RawClient, readRefusal } from '../../support/raw/raw-client.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const env = { FANOUT_LEASE_MS: '2000', FANOUT_GRACE_MS: '5000' };
const hourMs = 3_600_000;

/** Has every clock of a process an hour ahead. */
const anHourAhead = `data:text/javascript,${encodeURIComponent(`
  const now = Date.now;
  globalThis.Date = class extends Date {
    constructor(...given) { super(...(given.length > 0 ? given : [now() + ${hourMs}])); }
    static now() { return now() + ${hourMs}; }
  };
`)}`;

let system: TestSystem;
let second: TestStateManager;
let secondClient: RawClient;

before(async () => {
  system = await startSystem(env);
  second = await startTestStateManager(system.redis, { ...env, NODE_OPTIONS: `--import=${anHourAhead}` });
  const [started] = second.events('server_started');
  assert.ok(
    Date.parse(String(started?.time)) > Date.now() + hourMs / 2,
    'else this proves nothing of clocks',
  );
  secondClient = new RawClient(second.address);
});
afterEach(() => system.disconnect());
after(async () => {
  secondClient?.close();
  await second?.stop();
  await system?.stop();
});

test('a run that one takes reaches a runtime of the other at once', async () => {
  const runtime = await system.connect(['FarNode'], {}, { address: second.address });
  await system.client.upsert('far', { nodes: [nodeTemplate('far')] });
  const startedAt = performance.now();
  const runId = await system.client.trigger('far');
  const assignment = await runtime.assignment();
  assert.ok(performance.now() - startedAt < 500, 'a notice is faster than the poll');
  runtime.reportExecuted(assignment, [{ from: 'the other' }]);
  const [here, there] = await Promise.all([system.client.end(runId), secondClient.end(runId)]);
  assert.deepEqual(here.outputs, [{ from: 'the other' }]);
  assert.deepEqual(there, here);
});

test('a notice that is lost costs a second at most: work is looked for as well', async (t) => {
  const runtime = await system.connect(['UnheardNode']);
  await system.client.upsert('unheard', { nodes: [nodeTemplate('unheard')] });
  const redis = new Redis(system.redis.url);
  t.after(() => redis.disconnect());
  const [channel = ''] = (await redis.pubsub('CHANNELS', '*wake*')) as string[];
  const subscribers = async () => Number(((await redis.pubsub('NUMSUB', channel)) as [string, number])[1]);
  // On a busy machine state managers may have subscribed again before the notice: then it was not lost.
  for (let isLost = false; !isLost; ) {
    await eventually(async () => (await subscribers()) === 2);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const runId = await secondClient.trigger('unheard');
    isLost = (await subscribers()) === 0;
    const startedAt = performance.now();
    const assignment = await runtime.assignment();
    const tookMs = performance.now() - startedAt;
    assert.equal(assignment.runId, runId);
    assert.ok(tookMs < 2_000, `it took ${Math.round(tookMs)} ms`);
    runtime.reportExecuted(assignment, [{}]);
  }
});

test('both know the same graphs, nodes, runtimes and runs', async () => {
  await system.connect(['KnownNode'], { runtimeName: 'known' });
  const runId = await system.client.start('known', { nodes: [nodeTemplate('known')] });
  const views = await Promise.all(
    [system.client, secondClient].map((client) =>
      eventually(async () => {
        const { graph } = await client.call<GetGraphResponse__Output>((...more) =>
          client.graphs.getGraph({ name: 'known' }, ...more),
        );
        const { nodes = [] } = await client.call<ListNodesResponse__Output>((...more) =>
          client.nodes.listNodes({}, ...more),
        );
        const { runtimes = [] } = await client.call<ListRuntimesResponse__Output>((...more) =>
          client.nodes.listRuntimes({}, ...more),
        );
        const run = await client.run(runId);
        const runtime = runtimes.find(({ runtimeName }) => runtimeName === 'known');
        // Listed while it holds the run's only state.
        return runtime?.inFlight === 1 && { graph, nodes, runtime: runtime.sessionId, run };
      }),
    ),
  );
  assert.deepEqual(views[0], views[1]);
});

test('a session resumes on the other one, which takes the report', async () => {
  const hello: Hello = { nodes: [{ name: 'MovingNode' }], capacity: { total: 1 } };
  const runtime = system.open();
  const { sessionId = '' } = await runtime.hello(hello);
  const runId = await system.client.start('moving', { nodes: [nodeTemplate('moving')] });
  const assignment = await runtime.assignment();
  const { stateId = '', leaseToken = '' } = assignment;
  await runtime.cut();

  const moved = system.open({ address: second.address });
  const welcome = await moved.hello({ ...hello, sessionId, heldLeases: [{ stateId, leaseToken }] });
  assert.equal(welcome.sessionId, sessionId);
  assert.equal(welcome.resumed, true);
  assert.deepEqual(welcome.lostLeases ?? [], []);
  moved.reportExecuted(assignment, [{}]);
  assert.equal((await moved.ack()).status, 'ACK_STATUS_ACCEPTED');
  const { status } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  const [state] = await system.client.states(runId);
  assert.equal(state?.attempt, 1);
});

test('the newest stream of a session wins across state managers', async () => {
  const hello: Hello = { nodes: [{ name: 'WonNode' }], capacity: { total: 1 } };
  const old = system.open();
  const { sessionId = '' } = await old.hello(hello);
  const newest = system.open({ address: second.address });
  assert.equal((await newest.hello({ ...hello, sessionId })).resumed, true);
  const refusal = readRefusal(await old.ended);
  assert.equal(refusal.code, 'ABORTED');
  assert.equal(refusal.reason, 'SESSION_SUPERSEDED');
  const runId = await system.client.start('won', { nodes: [nodeTemplate('won')] });
  newest.reportExecuted(await newest.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('a timeout is told to the runtime, whichever state manager finds it', async () => {
  const runtimes = await Promise.all(
    [system.stateManager, second].map(({ address }) =>
      system.connect(['LateNode'], { capacity: { total: 2 } }, { address }),
    ),
  );
  await system.client.upsert('late', {
    nodes: [nodeTemplate('late', [], { timeout_ms: 200, retry_policy: { max_retries: 0 } })],
  });
  const runIds = await Promise.all(Array.from({ length: 4 }, () => system.client.trigger('late')));
  await eventually(() => runtimes.reduce((sum, runtime) => sum + runtime.waiting('cancellations'), 0) === 4);
  for (const runId of runIds) assert.equal((await system.client.end(runId)).status, 'FAILED');
});

test('the same idempotency key at both gives one run', async () => {
  await system.client.upsert('once', { nodes: [nodeTemplate('once')] });
  const request = { graphName: 'once', idempotencyKey: 'the-same', inputsJson: '{"a":1}' };
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? system.client : secondClient).tryTrigger(request)),
  );
  assert.equal(new Set(responses.map(({ runId }) => runId)).size, 1);
  assert.equal(responses.filter(({ created }) => created).length, 1);
});

test('1,000 states are shared by runtimes of both, and each is handed out once', async () => {
  const graph = { nodes: [nodeTemplate('source', ['work']), nodeTemplate('work')] };
  const source = await system.connect(['SourceNode']);
  const workers = await Promise.all(
    [system.stateManager, second].map(({ address }) =>
      system.connect(['WorkNode'], { capacity: { total: 60 } }, { address }),
    ),
  );
  const runId = await system.client.start('race', graph);
  const seen = new Map<string, number>();
  const work = workers.map(async (worker) => {
    while (seen.size < 1_000) {
      const frame = await worker.next('assignments', 2_000).catch(() => undefined);
      const items = (frame?.items ?? []).map(({ stateId = '', leaseToken = '' }) => {
        seen.set(stateId, (seen.get(stateId) ?? 0) + 1);
        return { stateId, leaseToken, executed: { outputs: [{ outputJson: '{}' }] } };
      });
      if (items.length > 0) worker.send({ reports: { items } });
    }
  });
  source.reportExecuted(
    await source.assignment(),
    Array.from({ length: 1_000 }, () => ({})),
  );
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[1]?.success, 1_000);
  assert.ok([...seen.values()].every((times) => times === 1));
  await Promise.all(work);
});

test('clocks that are an hour apart change no attempt, timeout, deadline, start time or unite', async () => {
  const graph = {
    nodes: [
      nodeTemplate('source', ['work']),
      nodeTemplate('work', ['merge'], {
        inputs: { how: expression('source.outputs.how') },
        timeout_ms: 400,
        retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 50 },
      }),
      nodeTemplate('merge', [], {
        inputs: { failures: expression('unite.failures'), succeeded: expression('unite.counts.succeeded') },
        unites: { identifier: 'source', strategy: 'ALL_DONE' },
      }),
    ],
  };
  const [source, ...workers] = await Promise.all([
    system.connect(['SourceNode', 'MergeNode']),
    ...[system.stateManager, second].map(({ address }) =>
      system.connect(['WorkNode'], { capacity: { total: 1 } }, { address }),
    ),
  ]);
  await secondClient.upsert('clocks', graph);
  const startAt = Date.now() + 300;
  const startTime = { seconds: Math.floor(startAt / 1_000), nanos: (startAt % 1_000) * 1_000_000 };
  const runId = await secondClient.trigger('clocks', {}, { startTime });
  const root = await source.assignment();
  assert.ok(Date.now() >= startAt, 'not before its start time');
  source.reportExecuted(root, [{ how: 'well' }, { how: 'badly' }, { how: 'never' }]);
  let hasEnded = false;
  const seen: string[] = [];
  const working = workers.map(async (worker) => {
    while (!hasEnded) {
      const items = await worker.assignments(1, 100).catch(() => []);
      for (const assignment of items) {
        const { how } = JSON.parse(assignment.inputsJson ?? '');
        const leftMs = millisOf(assignment.deadline!) - Date.now();
        assert.ok(Math.abs(leftMs) < 60_000, `a deadline in ${leftMs} ms`);
        seen.push(`${how} ${assignment.attempt}`);
        if (how === 'well') worker.reportExecuted(assignment, [{}]);
        if (how === 'badly') worker.reportErrored(assignment);
      }
    }
  });
  const merger = await source.assignment();
  hasEnded = true;
  const { failures, succeeded } = JSON.parse(merger.inputsJson ?? '');
  assert.equal(succeeded, 1);
  assert.deepEqual(
    failures.map(({ code }: { code: string }) => code),
    ['NODE_ERROR', 'TIMEOUT'],
  );
  source.reportExecuted(merger, [{}]);
  assert.equal((await secondClient.end(runId)).status, 'SUCCESS');
  await Promise.all(working);
  assert.deepEqual(seen.sort(), ['badly 1', 'badly 2', 'never 1', 'never 2', 'well 1']);
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
});

function millisOf({ seconds = 0, nanos = 0 }: NonNullable<Assignment__Output['deadline']>): number {
  return Number(seconds) * 1_000 + nanos / 1_000_000;
}
