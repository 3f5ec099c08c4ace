import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output, HeldLease, Hello } from '@fanout/proto';
import { nodeTemplate } from '../../support/graphs.ts';
import { readRefusal } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_GRACE_MS: '20000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

let runCount = 0;

/** A runtime that holds a number of states, whose node no other hosts. */
async function holdStates(count: number) {
  const nodeName = `ResumeNode${++runCount}`;
  await system.client.upsert(nodeName, { nodes: [nodeTemplate('work', [], { node_name: nodeName })] });
  const runtime = system.open();
  const hello: Hello = { nodes: [{ name: nodeName }], capacity: { total: count } };
  const { sessionId = '' } = await runtime.hello(hello);
  for (let i = 0; i < count; i++) await system.client.trigger(nodeName);
  return { nodeName, runtime, sessionId, hello, held: await runtime.assignments(count) };
}

function leases(assignments: readonly Assignment__Output[]): HeldLease[] {
  return assignments.map(({ stateId = '', leaseToken = '' }) => ({ stateId, leaseToken }));
}

/** Resolves once the state manager has answered everything that came before. */
async function settled(runtime: RawRuntime): Promise<void> {
  runtime.send({ ping: { nonce: 1 } });
  await runtime.next('pong');
}

test('a session whose stream was cut resumes with the leases that it holds, and no attempt is lost', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(2);
  await runtime.cut();
  const resumed = system.open();
  const welcome = await resumed.hello({ ...hello, sessionId, heldLeases: leases(held) });
  assert.equal(welcome.sessionId, sessionId);
  assert.equal(welcome.resumed, true);
  assert.deepEqual(welcome.lostLeases ?? [], []);
  await settled(resumed);
  assert.equal(resumed.waiting('assignments'), 0);
  for (const assignment of held) {
    resumed.reportExecuted(assignment, [{}]);
    assert.equal((await resumed.ack()).status, 'ACK_STATUS_ACCEPTED');
    const { status } = await system.client.end(assignment.runId ?? '');
    assert.equal(status, 'SUCCESS');
    const [state] = await system.client.states(assignment.runId ?? '');
    assert.equal(state?.attempt, 1);
  }
});

test('leases that a resumed session holds count against its capacity', async () => {
  const { nodeName, runtime, sessionId, hello, held } = await holdStates(2);
  await runtime.cut();
  await system.client.trigger(nodeName);
  const resumed = system.open();
  await resumed.hello({ ...hello, sessionId, heldLeases: leases(held) });
  await settled(resumed);
  assert.equal(resumed.waiting('assignments'), 0, 'it is full with what it holds');
  resumed.reportExecuted(held[0]!, [{}]);
  await resumed.assignment();
});

test('leases that a resuming session does not list are handed out anew at once, under the same attempt', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(3);
  await runtime.cut();
  const resumed = system.open();
  const kept = held[0]!;
  const welcome = await resumed.hello({ ...hello, sessionId, heldLeases: leases([kept]) });
  assert.equal(welcome.resumed, true);
  const startedAt = performance.now();
  const again = await resumed.assignments(2);
  assert.ok(performance.now() - startedAt < 1_000);
  assert.deepEqual(
    again.map(({ stateId }) => stateId).sort(),
    held
      .slice(1)
      .map(({ stateId }) => stateId)
      .sort(),
  );
  for (const { attempt, leaseToken } of again) {
    assert.equal(attempt, 1);
    assert.ok(held.every((before) => before.leaseToken !== leaseToken));
  }
  resumed.reportExecuted(held[1]!, [{}]);
  assert.equal((await resumed.ack()).status, 'ACK_STATUS_STALE_LEASE');
  resumed.reportExecuted(kept, [{}]);
  assert.equal((await resumed.ack()).status, 'ACK_STATUS_ACCEPTED');
});

test('listed leases that the session does not have are lost, and the welcome says so', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(1);
  await runtime.cut();
  const unknown = { stateId: 'no-such-run.1', leaseToken: 'nonsense' };
  const wrong = { ...leases(held)[0]!, leaseToken: `${sessionId}-nonsense` };
  const welcome = await system.open().hello({ ...hello, sessionId, heldLeases: [unknown, wrong] });
  assert.equal(welcome.resumed, true);
  assert.deepEqual(welcome.lostLeases, [unknown, wrong]);
});

test('a session that is not known becomes a new one, and everything it lists is lost', async () => {
  const heldLeases = [{ stateId: 'no-such-run.1', leaseToken: 'nonsense' }];
  const welcome = await system.open().hello({ sessionId: 'no-such-session', heldLeases });
  assert.notEqual(welcome.sessionId, 'no-such-session');
  assert.equal(welcome.resumed ?? false, false);
  assert.deepEqual(welcome.lostLeases, heldLeases);
});

test('a report whose ack was lost is answered after the reconnect, and counts once', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(1);
  const [assignment] = held;
  runtime.reportExecuted(assignment!, [{ once: true }]);
  await system.client.end(assignment?.runId ?? '');
  await runtime.cut();
  const resumed = system.open();
  await resumed.hello({ ...hello, sessionId, heldLeases: leases(held) });
  resumed.reportExecuted(assignment!, [{ once: true }]);
  assert.equal((await resumed.ack()).status, 'ACK_STATUS_ALREADY_SETTLED');
  const { outputs, run } = await system.client.end(assignment?.runId ?? '');
  assert.deepEqual(outputs, [{ once: true }]);
  assert.equal(run.counts?.[0]?.success, 1);
});

test('the newest stream of a session wins: the one before ends, and the leases go on', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(1);
  const newest = system.open();
  const welcome = await newest.hello({ ...hello, sessionId, heldLeases: leases(held) });
  assert.equal(welcome.resumed, true);
  const refusal = readRefusal(await runtime.ended);
  assert.equal(refusal.code, 'ABORTED');
  assert.equal(refusal.reason, 'SESSION_SUPERSEDED');
  newest.reportExecuted(held[0]!, [{}]);
  assert.equal((await newest.ack()).status, 'ACK_STATUS_ACCEPTED');
});

test('emits that were acked before a reconnect are still there after it', async () => {
  const { runtime, sessionId, hello, held } = await holdStates(1);
  const [lease] = leases(held);
  const emits = (firstIndex: number) => ({
    items: [{ ...lease!, firstIndex, outputs: [{ outputJson: `{"index":${firstIndex}}` }] }],
  });
  runtime.send({ emits: emits(0) });
  await runtime.ack();
  await runtime.cut();
  const resumed = system.open();
  await resumed.hello({ ...hello, sessionId, heldLeases: [lease!] });
  resumed.send({ emits: emits(1) });
  await resumed.ack();
  resumed.report(lease!, { executed: { emitCount: 2 } });
  assert.equal((await resumed.ack()).status, 'ACK_STATUS_ACCEPTED');
  const { outputs } = await system.client.end(held[0]?.runId ?? '');
  assert.deepEqual(outputs, [{ index: 0 }, { index: 1 }]);
});
