import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConnectedHosts,
  type Hosts,
  type UnfinishedStates,
  waitsOfNode,
} from '../../../services/state-manager/domain/graph/describe-waits.ts';
import { shapeOf } from '../../../services/state-manager/domain/run/failure-shape.ts';

const node = { identifier: 'work', nodeName: 'Work' };

function connected(hosts: Partial<Hosts>, runtimes = 1): ConnectedHosts {
  const all = { runtimes: 0, draining: 0, places: 0, taken: 0, ...hosts };
  return { runtimes, nodeNames: new Set(['Other']), of: () => all };
}

function texts(
  states: Partial<UnfinishedStates>,
  hosts: ConnectedHosts,
  { maxParallel, isPaused = false }: { maxParallel?: number; isPaused?: boolean } = {},
): string[] {
  const all = { created: 0, queued: 0, executed: 0, parked: 0, due: 0, ...states };
  const limited = maxParallel === undefined ? node : { ...node, maxParallel };
  return waitsOfNode(limited, all, hosts, isPaused).map(
    ({ reason, count, text }) => `${reason} ${count} ${text}`,
  );
}

test('each reason for which a state waits has its sentence', () => {
  const free = connected({ runtimes: 1, places: 4, taken: 1 });
  assert.deepEqual(texts({ created: 1 }, connected({ draining: 2 })), [
    'NO_RUNTIME 1 1 state of work waits for a runtime: runtimes that offer it are draining (2)',
  ]);
  assert.deepEqual(texts({ created: 2 }, connected({})), [
    'NO_RUNTIME 2 2 states of work wait for a runtime: no connected runtime offers Work: start one that does (of those that are connected there is "Other")',
  ]);
  assert.deepEqual(texts({ created: 2 }, connected({ runtimes: 2 })), [
    'NO_PLACE 2 2 states of work wait: the 2 runtimes that offer Work take nothing',
  ]);
  assert.deepEqual(texts({ created: 1, queued: 1, executed: 1 }, free), [
    'READY 1 1 state of work is about to be handed out',
    'EXECUTING 1 1 state of work is executed by a runtime',
    'READY 1 1 state of work gets its next states',
  ]);
  assert.deepEqual(texts({ created: 5, queued: 2 }, free, { maxParallel: 2 }).slice(0, 1), [
    'MAX_PARALLEL 5 5 states of work wait: max_parallel lets 2 be executed at once',
  ]);
  assert.deepEqual(texts({ created: 3, queued: 1 }, free, { isPaused: true }), [
    'PAUSED 3 3 states of work cannot be handed out while the run is paused: resume it',
    'EXECUTING 1 1 state of work is executed by a runtime',
  ]);
});

test('what is held or waits for a time is not also ready, whatever the lists say', () => {
  const free = connected({ runtimes: 1, places: 4 });
  assert.deepEqual(texts({ created: 5, parked: 2, due: 2, firstDueAt: 0 }, free), [
    'READY 1 1 state of work is about to be handed out',
    'PAUSED 2 2 states of work cannot be handed out while a pause below a state holds: resume that state',
    'DUE 2 2 states of work wait for a time, the first at 1970-01-01T00:00:00.000Z',
  ]);
  assert.deepEqual(texts({ created: 2, parked: 9, due: 9 }, free), [
    'PAUSED 2 2 states of work cannot be handed out while a pause below a state holds: resume that state',
  ]);
});

test('messages that differ in numbers, ids and quoted texts have one shape', () => {
  const shapes = ['film 17 not found', 'film 18  not found', 'film 9f86d081-884c not found'].map(shapeOf);
  assert.deepEqual(new Set(shapes), new Set(['film … not found']));
  assert.equal(shapeOf('no "Quo Vadis?" in `tt0043949`'), 'no … in …');
  assert.equal(shapeOf("it's gone"), "it's gone");
  assert.equal(shapeOf(''), '');
  // Linear, whatever the message: 20,000 of them may be looked at.
  const since = performance.now();
  for (const letter of ['a', '"', "'", '`"', 'a1', '.'])
    for (let i = 0; i < 200; i++) shapeOf(letter.repeat(4_000 / letter.length));
  assert.ok(performance.now() - since < 2_000, `${performance.now() - since} ms`);
  assert.equal(shapeOf('word '.repeat(1_000)).length, 300);
  assert.ok(shapeOf(`"${'x'.repeat(5_000)}`).length <= 300);
});

test('a rate that lets no more through is the reason, and one that counts by key for what is sent away', () => {
  const free = connected({ runtimes: 1, places: 4, taken: 1 });
  const rate = { limit: 20, perMs: 1_000 };
  const open = { of: 'work', rate, isByKey: false };
  const closed = { ...open, nextAt: 1_000, nextInMs: 40 };
  const shared = {
    of: 'Work',
    rate: { limit: 3, perMs: 1_500 },
    isByKey: false,
    nextAt: 2_000,
    nextInMs: 1_040,
  };
  assert.deepEqual(texts({ created: 312, rates: [closed] }, free), [
    'RATE 312 312 states of work wait: the rate of work, 20 per 1 s over all runs, lets the next through in 40 ms',
  ]);
  assert.deepEqual(texts({ created: 1, rates: [closed, shared] }, free), [
    'RATE 1 1 state of work waits: the rate of Work, 3 per 1500 ms over all runs, lets the next through in 1040 ms',
  ]);
  assert.deepEqual(texts({ created: 1, rates: [open] }, free), [
    'READY 1 1 state of work is about to be handed out',
  ]);
  assert.deepEqual(texts({ created: 2, due: 2, firstDueAt: 0, rates: [{ ...open, isByKey: true }] }, free), [
    'RATE 2 2 states of work wait for the rate of work, 20 per 1 s for each key, or a time, the first at 1970-01-01T00:00:00.000Z',
  ]);
});
