/** Nodes of a TypeScript runtime that keep its event loop busy for longer than a lease. */
import assert from 'node:assert/strict';
import { after, afterEach, before, type TestContext, test } from 'node:test';
import type { RunningProcess } from '../../../scripts/processes.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { type RuntimeProcessOptions, startRuntimeProcess } from '../../support/runtime-process.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const leaseMs = 3_000;
/** Longer than what any heartbeat before it could keep the lease for. */
const busyMs = 3 * leaseMs;
const hangMs = 600_000;

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_LEASE_MS: String(leaseMs) });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

async function startBusy(
  t: TestContext,
  options: Partial<RuntimeProcessOptions> = {},
): Promise<RunningProcess> {
  const runtime = await startRuntimeProcess({
    name: 'busy',
    address: system.stateManager.address,
    nodesFile: 'test/support/programs/busy-nodes.ts',
    concurrency: 4,
    ...options,
  });
  t.after(() => runtime.kill());
  await seen(runtime, 'loop_watch_started');
  return runtime;
}

/** Starts a run of one node, and waits until that has the event loop of the runtime. */
async function startWork(
  runtime: RunningProcess,
  nodeName: string,
  ms: number,
  fields = {},
): Promise<string> {
  const runId = await system.client.start(
    nodeName,
    { nodes: [nodeTemplate('work', [], { node_name: nodeName, ...fields })] },
    { ms },
  );
  await runtime.waitForLine((line) => line === 'busy' || undefined);
  return runId;
}

/** Resolves when the runtime has logged an event. */
async function seen(runtime: RunningProcess, event: string): Promise<void> {
  await runtime.waitForLine((line) => line.includes(`"${event}"`) || undefined);
}

/** Lines that the runtime has logged of an event. */
function linesOf(runtime: RunningProcess, event: string): Record<string, unknown>[] {
  return runtime.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.event === event);
}

test('a node that computes for three leases is executed once, and the runtime says which one it is', async (t) => {
  const runtime = await startBusy(t);
  const runId = await startWork(runtime, 'BusyNode', busyMs);
  const { status, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ attempt: 1, pid: runtime.pid }]);

  await seen(runtime, 'event_loop_was_blocked');
  const [told] = linesOf(runtime, 'event_loop_blocked');
  assert.deepEqual(told?.nodes, ['BusyNode']);
  assert.ok(Number(told?.blockedMs) < busyMs, 'while it was busy, and not afterwards');
  assert.match(String(told?.message), /the node BusyNode keeps the event loop busy.*worker thread/);
  const [logged] = linesOf(runtime, 'event_loop_was_blocked');
  assert.deepEqual(logged?.nodes, ['BusyNode']);
  assert.ok(Number(logged?.blockedMs) > leaseMs);
});

test('a busy runtime gets no new work, although it has room and keeps its lease', async (t) => {
  const runtime = await startBusy(t);
  const runId = await startWork(runtime, 'BusyNode', busyMs);
  // It is silent for two heartbeats, half a lease, before anything is known of it.
  const silentSince = performance.now();
  await eventually(() => performance.now() - silentSince > leaseMs / 2);
  const next = await system.client.trigger('BusyNode', { ms: 1 });
  const other = await system.connect(['BusyNode']);
  const assignment = await other.assignment();
  assert.equal(assignment.runId, next);
  other.reportExecuted(assignment, [{ attempt: 1, pid: 1 }]);
  assert.equal((await system.client.end(next)).status, 'SUCCESS');
  assert.equal((await system.client.run(runId)).status, 'RUN_STATUS_RUNNING', 'else this proves nothing');
  assert.deepEqual((await system.client.end(runId)).outputs, [{ attempt: 1, pid: runtime.pid }]);
});

test('a busy runtime whose connection breaks meanwhile goes on with its lease afterwards', async (t) => {
  const proxy = await startTcpProxy(system.stateManager.address);
  t.after(() => proxy.stop());
  const runtime = await startBusy(t, { address: proxy.address });
  // It waits for something first: then it is named since nothing else is under way.
  const runId = await startWork(runtime, 'LaterBusyNode', busyMs);
  await seen(runtime, 'event_loop_blocked');
  proxy.reset();
  assert.deepEqual((await system.client.end(runId)).outputs, [{ attempt: 1 }]);
  assert.equal(linesOf(runtime, 'connected').at(-1)?.resumed, true);
  assert.deepEqual(linesOf(runtime, 'event_loop_blocked')[0]?.nodes, ['LaterBusyNode']);
});

test('a node that is busy for longer than maxBlocked is taken for one that hangs', async (t) => {
  const runtime = await startBusy(t, { maxBlocked: '4s' });
  const runId = await startWork(runtime, 'BusyNode', hangMs);
  const startedAt = performance.now();
  const other = await system.connect(['BusyNode']);
  const again = await other.assignment(30_000);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 5_000, `its lease was kept for ${Math.round(tookMs)} ms only`);
  assert.equal(again.attempt, 2);
  other.reportExecuted(again, [{ attempt: 2, pid: 1 }]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  const [told] = linesOf(runtime, 'session_not_kept');
  assert.deepEqual([told?.level, told?.nodes], ['error', ['BusyNode']]);
});

test('a node that hangs is ended by timeout_ms, long before that', async (t) => {
  const runtime = await startBusy(t);
  const retry = { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 };
  const runId = await startWork(runtime, 'BusyNode', hangMs, { timeout_ms: 5_000, retry_policy: retry });
  await seen(runtime, 'event_loop_blocked');
  const other = await system.connect(['BusyNode']);
  const retried = await other.assignment(30_000);
  assert.equal(retried.attempt, 2);
  other.reportExecuted(retried, [{ attempt: 2, pid: 1 }]);
  const { run } = await system.client.end(runId);
  assert.equal(run.status, 'RUN_STATUS_SUCCESS');
  const states = await system.client.states(runId);
  assert.deepEqual(
    states.map(({ failure }) => failure?.code ?? ''),
    ['TIMEOUT', ''],
  );
});
