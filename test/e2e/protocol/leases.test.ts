import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { claimUnseen } from '../../support/claim-unseen.ts';
import { eventually } from '../../support/eventually.ts';
import { chain, nodeTemplate } from '../../support/graphs.ts';
import { readRefusal } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startStateHolder } from '../../support/state-holder.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const leaseMs = 800;
let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_LEASE_MS: String(leaseMs) });
});
after(() => system?.stop());

let runCount = 0;

/** A run of a graph with one node that no other test hosts. */
async function startOne(): Promise<{ runId: string; nodeName: string }> {
  const nodeName = `LeaseNode${++runCount}`;
  const runId = await system.client.start(nodeName, {
    nodes: [nodeTemplate('work', [], { node_name: nodeName })],
  });
  return { runId, nodeName };
}

/** A runtime that falls silent as soon as it has been given a state. */
async function connectSilent(nodeName: string) {
  const runtime = await system.connect([nodeName]);
  const assignment = await runtime.assignment();
  runtime.fallSilent();
  return { runtime, assignment };
}

/** Sends heartbeats until the test is over. */
function keepBeating(t: TestContext, runtime: RawRuntime, everyMs: number): void {
  const beating = setInterval(() => runtime.send({ heartbeat: {} }), everyMs);
  t.after(() => clearInterval(beating));
}

/** Waits until a lease is lost: its state waits to be handed out again. */
async function lost(runId: string): Promise<void> {
  await system.client.state(runId, 'work', 'CREATED');
}

/** Reports, on new streams of what was one session if need be, until there is an answer. */
async function reportLate(
  runtime: RawRuntime,
  lease: { stateId?: string; leaseToken?: string },
): Promise<string> {
  runtime.reportExecuted(lease, [{ late: true }]);
  const answer = await Promise.race([runtime.next('acks'), runtime.ended]).catch(() => undefined);
  if (answer && 'items' in answer) return answer.items?.[0]?.status ?? '';
  return reportLate(await system.connect([]), lease);
}

// Most of the time they wait for a lease to end, so they wait together.
describe('leases', { concurrency: true }, () => {
  test('heartbeats keep a session for longer than its lease', async (t) => {
    const kept = await startOne();
    const { runtime, assignment } = await connectSilent(kept.nodeName);
    keepBeating(t, runtime, leaseMs / 4);
    // A silent session beside it loses its lease twice in that time.
    const lost = await startOne();
    await connectSilent(lost.nodeName);
    await connectSilent(lost.nodeName);
    const last = await system.connect([lost.nodeName]);
    assert.equal((await last.assignment()).attempt, 3);
    runtime.reportExecuted(assignment, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    const { status } = await system.client.end(kept.runId);
    assert.equal(status, 'SUCCESS');
    const [state] = await system.client.states(kept.runId);
    assert.equal(state?.attempt, 1);
  });

  test('pongs keep a session for longer than its lease', async () => {
    const kept = await startOne();
    const runtime = await system.connect([kept.nodeName]);
    const assignment = await runtime.assignment();
    const lost = await startOne();
    await connectSilent(lost.nodeName);
    const last = await system.connect([lost.nodeName]);
    assert.equal((await last.assignment()).attempt, 2);
    runtime.reportExecuted(assignment, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  });

  test('a silent session loses its lease, and the same state is handed out again as the next attempt', async () => {
    const { runId, nodeName } = await startOne();
    const { assignment } = await connectSilent(nodeName);
    const other = await system.connect([nodeName]);
    const startedAt = performance.now();
    const again = await other.assignment();
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < leaseMs + 1_000, `handed out again after ${tookMs} ms`);
    assert.equal(again.stateId, assignment.stateId);
    assert.equal(again.attempt, 2);
    assert.equal(again.idempotencyKey, assignment.idempotencyKey);
    assert.notEqual(again.leaseToken, assignment.leaseToken);
    other.reportExecuted(again, [{}]);
    const { status, run } = await system.client.end(runId);
    assert.equal(status, 'SUCCESS');
    assert.equal(run.stateCount, 1, 'a lost lease makes no new state');
  });

  test('a stopped runtime process loses its lease, although its connection stands', async (t) => {
    const { runId, nodeName } = await startOne();
    const holder = await startStateHolder(system.stateManager.address, nodeName, 1);
    t.after(() => holder.kill());
    process.kill(holder.pid, 'SIGSTOP');
    const other = await system.connect([nodeName]);
    const again = await other.assignment();
    assert.equal(again.attempt, 2);
    other.reportExecuted(again, [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  });

  test('a session that has gone silent gets no new work while its lease lasts', async () => {
    const { nodeName } = await startOne();
    const { runtime } = await connectSilent(nodeName);
    const silentSince = performance.now();
    await eventually(() => performance.now() - silentSince > leaseMs * 0.6);
    await system.client.trigger(nodeName);
    const other = await system.connect([nodeName]);
    // First the new state, then the one whose lease is lost.
    assert.deepEqual(
      (await other.assignments(2)).map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal(runtime.waiting('assignments'), 0);
  });

  test('a session that speaks after its lease is told that it has expired', async (t) => {
    const { nodeName } = await startOne();
    const { runtime } = await connectSilent(nodeName);
    const other = await system.connect([nodeName]);
    await other.assignment();
    keepBeating(t, runtime, 50);
    const refusal = readRefusal(await runtime.ended);
    assert.equal(refusal.code, 'UNAVAILABLE');
    assert.equal(refusal.reason, 'SESSION_EXPIRED');
  });

  test('the third lost lease is an error, and the run ends', async () => {
    const { runId, nodeName } = await startOne();
    for (const attempt of [1, 2, 3]) {
      const { assignment } = await connectSilent(nodeName);
      assert.equal(assignment.attempt, attempt);
    }
    const { status, run } = await system.client.end(runId);
    assert.equal(status, 'FAILED');
    assert.equal(run.counts?.[0]?.errored, 1);
    const [state] = await system.client.states(runId);
    assert.equal(state?.failure?.code, 'LEASE_LOST');
  });

  test('a late report is good while its state has not been handed out again', async () => {
    const { runId, nodeName } = await startOne();
    const { runtime, assignment } = await connectSilent(nodeName);
    await lost(runId);
    runtime.reportExecuted(assignment, [{ late: true }]);
    const { status, outputs, run } = await system.client.end(runId);
    assert.equal(status, 'SUCCESS');
    assert.deepEqual(outputs, [{ late: true }]);
    assert.equal(run.stateCount, 1);
  });

  test('a late report is stale once its state was handed out again', async () => {
    const { runId, nodeName } = await startOne();
    const { runtime, assignment } = await connectSilent(nodeName);
    const other = await system.connect([nodeName]);
    const again = await other.assignment();
    assert.equal(await reportLate(runtime, assignment), 'ACK_STATUS_STALE_LEASE');
    other.reportExecuted(again, [{ late: false }]);
    const { outputs } = await system.client.end(runId);
    assert.deepEqual(outputs, [{ late: false }]);
  });

  test('a goodbye gives its leases back at once, and the attempt does not count', async () => {
    const { nodeName } = await startOne();
    // It answers pings, so that nothing but the goodbye ends its lease.
    const runtime = await system.connect([nodeName]);
    const assignment = await runtime.assignment();
    const other = await system.connect([nodeName]);
    await runtime.goodbye();
    const again = await other.assignment();
    assert.equal(again.stateId, assignment.stateId);
    assert.equal(again.attempt, 1);
    assert.notEqual(again.leaseToken, assignment.leaseToken);
  });

  test('a state that was claimed and never pushed is handed out again under the same attempt', async (t) => {
    const { runId, nodeName } = await startOne();
    const redis = new Redis(system.redis.url);
    t.after(() => redis.disconnect());
    const keys = new Keys('fanout', 1);
    // A runtime that is full, so that nothing else is claimed for it.
    const full = await system.connect([nodeName], { capacity: { total: 1 } });
    const held = await full.assignment();
    const second = await system.client.trigger(nodeName);
    const [[sessionId, streamId] = []] = Object.entries(await redis.hgetall(keys.streams(0))).filter(([id]) =>
      held.leaseToken?.startsWith(id),
    );
    assert.ok(sessionId && streamId);
    await claimUnseen(redis, keys, { sessionId, streamId, runId: second });

    await eventually(async () => (await system.client.run(second)).counts?.[0]?.created === 1);
    full.reportExecuted(held, [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    const again = await full.assignment();
    assert.equal(again.runId, second);
    assert.equal(again.attempt, 1);
    full.reportExecuted(again, [{}]);
    assert.equal((await system.client.end(second)).status, 'SUCCESS');
  });

  test('an attempt that takes longer than timeout_ms is taken back, and retried as an error', async () => {
    const runtime = await system.connect(['SlowNode']);
    const retry_policy = { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 };
    const runId = await system.client.start('slow', {
      nodes: [nodeTemplate('slow', [], { timeout_ms: 200, retry_policy })],
    });
    const first = await runtime.assignment();
    const { items: [cancellation] = [] } = await runtime.next('cancellations');
    assert.equal(cancellation?.stateId, first.stateId);
    assert.equal(cancellation?.leaseToken, first.leaseToken);
    assert.equal(cancellation?.reason, 'TIMEOUT');
    const second = await runtime.assignment();
    assert.equal(second.attempt, 2);
    runtime.reportExecuted(first, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
    await runtime.next('cancellations');
    const { status } = await system.client.end(runId);
    assert.equal(status, 'FAILED');
    const states = await system.client.states(runId);
    assert.deepEqual(
      states.map(({ status: each, failure }) => [each, failure?.code]),
      [
        ['STATE_STATUS_RETRY_CREATED', 'TIMEOUT'],
        ['STATE_STATUS_ERRORED', 'TIMEOUT'],
      ],
    );
  });

  test('an attempt within timeout_ms is not taken back', async () => {
    const runtime = await system.connect(['QuickNode', 'NextNode']);
    const graph = chain('quick', 'next');
    const [quick, next] = graph.nodes;
    const runId = await system.client.start('quick', { nodes: [{ ...quick, timeout_ms: 1_500 }, next] });
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    const held = await runtime.assignment();
    // Another attempt is timed out meanwhile, so this one would have been as well.
    const slow = await system.client.start('slower', {
      nodes: [nodeTemplate('quick', [], { timeout_ms: 1_500, retry_policy: { max_retries: 0 } })],
    });
    await runtime.assignment();
    assert.equal((await system.client.end(slow)).status, 'FAILED');
    const { items: [cancellation] = [] } = await runtime.next('cancellations');
    assert.ok(cancellation?.stateId?.startsWith(slow));
    assert.equal(runtime.waiting('cancellations'), 0);
    runtime.reportExecuted(held, [{}]);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  });
});
