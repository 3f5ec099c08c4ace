import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onlySuspectOf, planLost, watchMs } from '../../../services/state-manager/domain/plan/lost-lease.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { compile } from '../../storage/fixture.ts';
import { nodeTemplate } from '../../support/graphs.ts';

const graph = compile({ nodes: [nodeTemplate('work')] });

const fresh: StateRecord = {
  status: 'QUEUED',
  leaseToken: 'session-1',
  changedAt: 1_000_000,
  attempt: 1,
  losses: 0,
  retries: 0,
  work: 1,
  output: 0,
  standing: { node: 0, parent: 0, scopes: [], refs: [] },
};

/** The record after it was lost. @param together number of states that were; 1: it was the only suspect */
function afterLoss(record: StateRecord, together: number): StateRecord {
  const loss = { isOnlySuspect: together === 1, held: together, runtimeName: 'worker-7' };
  const { step } = planLost(graph, record, loss);
  assert.ok(step.kind === 'lose', step.kind);
  const { suspicion: _, ...rest } = record;
  return { ...rest, ...step.attempts };
}

test('what is lost beside others is handed out again as it was, then in groups of an eighth, down to one', () => {
  const groups: (number | undefined)[] = [];
  let record = fresh;
  for (const together of [50, 50, 7, 1_000]) {
    record = afterLoss(record, together);
    groups.push(record.suspicion?.group);
  }
  assert.deepEqual(groups, [undefined, 7, 1, 1]);
  assert.deepEqual([record.losses, record.attempt], [0, 5]);
});

test('a group is no larger than the capacity leaves, and steps are few whatever the capacity', () => {
  for (const capacity of [2, 8, 9, 64, 1_000, 100_000]) {
    let [record, deaths] = [afterLoss(fresh, capacity), 1];
    for (; record.suspicion?.group !== 1; deaths++)
      record = afterLoss(record, record.suspicion?.group ?? capacity);
    assert.ok(deaths <= 1 + Math.ceil(Math.log(capacity) / Math.log(8)) + 1, `${capacity}: ${deaths}`);
  }
});

test('only losses as the only suspect count, and the third one fails the state and names the runtime', () => {
  let record = fresh;
  for (let i = 0; i < 20; i++) record = afterLoss(record, 9);
  for (let i = 0; i < 2; i++) record = afterLoss(record, 1);
  assert.deepEqual([record.losses, record.suspicion], [2, { group: 1, losses: 21 }]);
  const { step } = planLost(graph, record, { isOnlySuspect: true, held: 3, runtimeName: 'worker-7' });
  assert.ok(step.kind === 'fail');
  assert.equal(step.failure.code, 'LEASE_LOST');
  assert.match(step.failure.message, /3 times while this state was the only suspect/);
  assert.match(
    step.failure.message,
    /worker-7 \(session session\), beside 2 others that it had executed for longer/,
  );
});

test('a state that was lost alone only is no suspect: it is handed out at once', () => {
  assert.equal(afterLoss(afterLoss(fresh, 1), 1).suspicion, undefined);
});

test('a suspect is watched for half a second after two losses, and twice as long after each further one', () => {
  const watched: number[] = [];
  let record = fresh;
  for (let i = 0; i < 6; i++, record = afterLoss(record, 9)) watched.push(watchMs(record));
  assert.deepEqual(watched, [500, 500, 500, 1_000, 2_000, 4_000]);
  assert.ok(watchMs({ ...fresh, suspicion: { group: 1, losses: 1_000 } }) <= 86_400_000);
  assert.equal(watchMs({ ...fresh, attempt: 1_000 }), 500, 'retries by hand say nothing');
});

/** States that were leased some milliseconds after the first one, and whether each is a suspect. */
function held(...leased: readonly [afterMs: number, isSuspect: boolean][]) {
  return leased.map(([afterMs, isSuspect], i) => ({
    stateId: `run.${i}`,
    record: {
      ...fresh,
      changedAt: fresh.changedAt + afterMs,
      ...(isSuspect && { attempt: 3, suspicion: { group: 1, losses: 1 } }),
    },
  }));
}
const goneAt = (afterMs: number) => fresh.changedAt + afterMs;

test('the only state that a process held is the only suspect, whatever it was', () => {
  assert.equal(onlySuspectOf(held([0, false]), goneAt(100_000)), 'run.0');
  assert.equal(onlySuspectOf([], goneAt(0)), undefined);
});

test('a suspect that joined states which were watched before is the only one, as long as it is watched', () => {
  assert.equal(onlySuspectOf(held([0, false], [600, true]), goneAt(700)), 'run.1');
  assert.equal(onlySuspectOf(held([0, true], [600, true]), goneAt(700)), 'run.1');
  assert.equal(onlySuspectOf(held([0, false], [600, true]), goneAt(1_200)), undefined, 'watched to the end');
  assert.equal(
    onlySuspectOf(held([0, false], [400, true]), goneAt(500)),
    undefined,
    'the other was watched still',
  );
  assert.equal(onlySuspectOf(held([0, false], [600, false]), goneAt(700)), undefined, 'it is no suspect');
  assert.equal(onlySuspectOf(held([0, true], [600, false]), goneAt(700)), undefined, 'another has joined it');
  assert.equal(onlySuspectOf(held([600, true], [600, true]), goneAt(700)), undefined, 'two of a group');
});
