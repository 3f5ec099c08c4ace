/** KeepSession: a session that another thread of its process keeps while its stream is silent. */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { KeepSessionResponse__Output, Welcome__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, readRefusal } from '../../support/raw/raw-client.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const leaseMs = 1_000;
const env = { FANOUT_LEASE_MS: String(leaseMs), FANOUT_GRACE_MS: '100' };
let system: TestSystem;
let second: TestStateManager;
let secondClient: RawClient;

before(async () => {
  system = await startSystem(env);
  second = await startTestStateManager(system.redis, env);
  secondClient = new RawClient(second.address);
});
after(async () => {
  secondClient?.close();
  await second?.stop();
  await system?.stop();
});

function keep(client: RawClient, sessionId: string, namespace = ''): Promise<KeepSessionResponse__Output> {
  return client.call((...more) => client.runtimes.keepSession({ namespace, sessionId }, ...more));
}

/** Keeps a session until the test is over. */
function keepOn(t: TestContext, client: RawClient, { sessionId = '' }: Welcome__Output): void {
  const keeping = setInterval(() => void keep(client, sessionId).catch(() => undefined), leaseMs / 10);
  t.after(() => clearInterval(keeping));
}

/** A runtime with room for two that holds one state, and has fallen silent. */
async function connectSilent(nodeName: string) {
  const runtime = system.open();
  const welcome = await runtime.hello({ nodes: [{ name: nodeName }], capacity: { total: 2 } });
  const runId = await system.client.start(nodeName, {
    nodes: [nodeTemplate('work', [], { node_name: nodeName })],
  });
  const assignment = await runtime.assignment();
  runtime.fallSilent();
  return { runtime, welcome, runId, assignment };
}

/** Resolves when a session that nothing keeps would have lost its leases, twice over. */
async function twoLeases(): Promise<void> {
  const since = performance.now();
  await eventually(() => performance.now() - since > 2 * leaseMs);
}

describe('a session that is kept', { concurrency: true }, () => {
  test('keeps its leases, and gets no new work as long as its stream is silent', async (t) => {
    const { runtime, welcome, runId, assignment } = await connectSilent('KeptNode');
    keepOn(t, system.client, welcome);
    await twoLeases();
    await system.client.trigger('KeptNode');
    const other = await system.connect(['KeptNode']);
    assert.equal((await other.assignment()).attempt, 1, 'the new state, and not the one that is held');
    assert.equal(runtime.waiting('assignments'), 0);
    runtime.reportExecuted(assignment, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    const [state] = await system.client.states(runId);
    assert.equal(state?.attempt, 1);
  });

  test('may be kept by any state manager', async (t) => {
    const { runtime, welcome, assignment } = await connectSilent('FarKeptNode');
    keepOn(t, secondClient, welcome);
    await twoLeases();
    runtime.reportExecuted(assignment, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  });

  test('outlives its stream for longer than the grace, and resumes', async (t) => {
    const { runtime, welcome, assignment } = await connectSilent('CutKeptNode');
    keepOn(t, system.client, welcome);
    await keep(system.client, welcome.sessionId ?? '');
    await runtime.cut();
    await twoLeases();
    const { stateId = '', leaseToken = '' } = assignment;
    const again = system.open();
    const { resumed, lostLeases = [] } = await again.hello({
      nodes: [{ name: 'CutKeptNode' }],
      sessionId: welcome.sessionId ?? '',
      heldLeases: [{ stateId, leaseToken }],
    });
    assert.deepEqual([resumed, lostLeases], [true, []]);
  });

  test('has to be one of the namespace that has not ended', async () => {
    const { welcome } = await connectSilent('OtherKeptNode');
    const { sessionId = '' } = welcome;
    for (const [named, namespace] of [
      [sessionId, 'other'],
      ['0123456789abcdef', ''],
      [`0123456789abcdef${sessionId.slice(16)}`, ''],
    ] as const) {
      for (const client of [system.client, secondClient]) {
        const { code, reason } = readRefusal(await keep(client, named, namespace).catch((error) => error));
        assert.deepEqual([code, reason], ['UNAVAILABLE', 'SESSION_EXPIRED'], `${named} in ${namespace}`);
      }
    }
    const { reason } = readRefusal(await keep(system.client, 'a b').catch((error) => error));
    assert.equal(reason, 'FIELD_INVALID');
  });
});
