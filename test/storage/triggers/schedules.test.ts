import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Schedule } from '../../../services/state-manager/engine/ports/triggers.ts';
import { dumpAll, startStorage } from '../fixture.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const { catalog, triggers, schedules } = storage;
const others = [await fixture.open(), await fixture.open()];
let graphs = 0;

interface NewSchedule {
  readonly trigger: string;
  readonly form: string;
  readonly firstAt: number;
}

/** Stores a graph's first version with one schedule, whose first slot is long past. */
async function scheduled(namespace = 'default'): Promise<Schedule> {
  graphs += 1;
  const schedule = { namespace, graphName: `graph-${graphs}`, trigger: 'nightly' };
  await addVersion(schedule, 1, [{ trigger: 'nightly', form: 'a', firstAt: 1_000 }]);
  return schedule;
}

function addVersion(
  { namespace, graphName: name }: Schedule,
  version: number,
  newSchedules: readonly NewSchedule[],
): Promise<boolean> {
  const graph = { namespace, name, version, templateJson: '{}', createdAt: 0 };
  return catalog.addVersion(graph, { schedules: newSchedules, after: [] });
}

/** The start of the next slot of a schedule; undefined: it is not due. */
async function dueAt({ graphName }: Schedule): Promise<number | undefined> {
  const { schedules: due } = await triggers.dueSchedules(1_000);
  return due.find(({ schedule }) => schedule.graphName === graphName)?.startAt;
}

const standing = async (schedule: Schedule) => (await schedules.standings([schedule]))[0]!;
const move = { version: 1, startAt: 1_000, slots: [1_000], nextAt: 2_000 };
const span = { fromAt: 10, toAt: 90, nextAt: 10, slots: 4, doneSlots: 0 };
const pace = { startsPerSecond: 1_000, leastWaitMs: 0 };

test('a paused schedule has no slot, and goes on where it stood', async () => {
  const schedule = await scheduled();
  const from = await schedules.now();
  assert.deepEqual(await schedules.pause(schedule, 1), { changed: true });
  const before = await dumpAll(redis);
  assert.deepEqual(await schedules.pause(schedule, 1), { changed: false });
  assert.deepEqual(await dumpAll(redis), before);
  assert.equal(await dueAt(schedule), undefined);
  assert.equal(await triggers.recordSlots(schedule, move), false, 'of a schedule that is paused meanwhile');
  const { pausedSince } = await standing(schedule);
  assert.ok(pausedSince! >= from && pausedSince! <= (await schedules.now()));

  assert.deepEqual(await schedules.resume(schedule), { changed: true });
  assert.deepEqual(await schedules.resume(schedule), { changed: false });
  assert.equal(await dueAt(schedule), 1_000);
  assert.equal((await standing(schedule)).pausedSince, undefined);
  assert.equal(await triggers.recordSlots(schedule, move), true);
});

test('of a pause and a slot that come at once either is first, and a slot that is recorded stays', async () => {
  for (let i = 0; i < 20; i++) {
    const schedule = await scheduled();
    const [recorded, paused] = await Promise.all([
      others[0]!.triggers.recordSlots(schedule, move),
      others[1]!.schedules.pause(schedule, 1),
    ]);
    assert.deepEqual(paused, { changed: true });
    const slots = (await triggers.recordedSlots(1_000)).filter(
      (slot) => slot.graphName === schedule.graphName,
    );
    assert.equal(slots.length, recorded ? 1 : 0);
    await schedules.resume(schedule);
    assert.equal(await dueAt(schedule), recorded ? 2_000 : 1_000);
    await Promise.all(slots.map((slot) => triggers.clearSlot(slot)));
  }
});

test('a pause stays with a new version that leaves the schedule, or changes its slots, and goes with one that has it no more', async () => {
  const schedule = await scheduled();
  await schedules.pause(schedule, 1);
  const { pausedSince } = await standing(schedule);
  await addVersion(schedule, 2, [{ trigger: 'nightly', form: 'a', firstAt: 5_000 }]);
  assert.equal((await standing(schedule)).pausedSince, pausedSince);
  assert.equal(await schedules.pause(schedule, 1), 'moved', 'of the old version');
  await addVersion(schedule, 3, [{ trigger: 'nightly', form: 'b', firstAt: 7_000 }]);
  assert.equal((await standing(schedule)).pausedSince, pausedSince);
  assert.equal(await dueAt(schedule), undefined);
  await schedules.resume(schedule);
  assert.equal(await dueAt(schedule), 7_000);
  await addVersion(schedule, 4, [{ trigger: 'nightly', form: 'c', firstAt: 3_000 }]);
  assert.equal(await dueAt(schedule), 3_000, 'one that is not paused begins anew');
  await schedules.pause(schedule, 4);
  await addVersion(schedule, 5, []);
  assert.equal((await standing(schedule)).pausedSince, undefined);
  await addVersion(schedule, 6, [{ trigger: 'nightly', form: 'c', firstAt: 9_000 }]);
  assert.equal(await dueAt(schedule), 9_000);
});

test('all that a schedule has goes with its graph, in one step', async () => {
  const [one, two] = [await scheduled(), await scheduled()];
  for (const schedule of [one, two]) {
    await triggers.recordSlots(schedule, move);
    const slot = (await triggers.recordedSlots(1_000)).find(
      ({ graphName }) => graphName === schedule.graphName,
    )!;
    await triggers.decideSlot(slot, { runId: 'run', wanted: 'START', mark: '', lateAfter: 0 });
    await triggers.clearSlot(slot);
    await schedules.beginBackfill(schedule, 1, span);
  }
  await schedules.pause(two, 1);
  for (const { graphName } of [one, two]) await catalog.deleteGraph('default', graphName);
  for (const hash of [keys.paused(), keys.started(), keys.lastSlots(), keys.spans()])
    assert.deepEqual(await redis.hkeys(hash).then((found) => found.filter(isOfThese)), [], hash);
  for (const zset of [keys.schedules(), keys.backfills()])
    assert.deepEqual((await redis.zrange(zset, 0, -1)).filter(isOfThese), [], zset);
  for (const { graphName } of [one, two])
    assert.equal(await redis.exists(keys.triggers('default', graphName)), 0);

  function isOfThese(member: string): boolean {
    return [one, two].some(({ graphName }) => member.split(':')[1] === graphName);
  }
});

test('what came of the newest slot is told: started, skipped, missed or refused', async () => {
  const schedule = await scheduled();
  const last = async () => (await standing(schedule)).lastSlot;
  assert.equal(await last(), undefined);
  await triggers.recordSlots(schedule, { ...move, slots: [1_000, 2_000, 3_000], nextAt: 4_000 });
  const slots = (await triggers.recordedSlots(1_000)).filter((slot) => slot.graphName === schedule.graphName);
  const [first, second, third] = slots;
  const late = { lateAfter: 0 };
  await triggers.decideSlot(first!, { runId: 'one', wanted: 'START', mark: '', lateAfter: 2 ** 50 });
  assert.deepEqual(await last(), { slotAt: 1_000, outcome: 'STARTED', runId: 'one', isCaughtUp: false });
  const { mark } = await triggers.lastStarted(schedule);
  await triggers.decideSlot(second!, { runId: 'two', wanted: 'SKIP', mark, ...late });
  assert.deepEqual(await last(), { slotAt: 2_000, outcome: 'SKIPPED', runId: '', isCaughtUp: true });
  await triggers.decideSlot(third!, { runId: 'three', wanted: 'START', mark, ...late });
  await triggers.refuseSlot(third!);
  assert.deepEqual(await last(), { slotAt: 3_000, outcome: 'REFUSED', runId: '', isCaughtUp: true });
  await triggers.refuseSlot(first!);
  assert.equal((await last())?.slotAt, 3_000, 'an earlier one tells nothing new');
  await triggers.recordSlots(schedule, {
    ...move,
    startAt: 4_000,
    slots: [],
    missedAt: 9_000,
    nextAt: 10_000,
  });
  assert.deepEqual(await last(), { slotAt: 9_000, outcome: 'MISSED', runId: '', isCaughtUp: true });
});

test('a schedule has one back-fill, which moves on once for each step, and ends', async () => {
  const schedule = await scheduled();
  const own = async () =>
    (await schedules.dueBackfills(1_000)).filter((due) => due.schedule.graphName === schedule.graphName);
  assert.equal(await schedules.beginBackfill(schedule, 2, span), 'moved', 'of another version');
  assert.deepEqual(await schedules.beginBackfill(schedule, 1, span), span);
  assert.deepEqual(await schedules.beginBackfill(schedule, 1, { ...span, toAt: 50 }), span);
  assert.deepEqual(await own(), [{ schedule, backfill: span }]);

  const moved = { ...span, nextAt: 40, doneSlots: 2 };
  const step = { before: span, after: moved, starts: 2, ...pace };
  const results = await Promise.all(others.map((other) => other.schedules.moveBackfill(schedule, step)));
  assert.deepEqual(results.sort(), [false, true]);
  assert.deepEqual((await standing(schedule)).backfill, moved);
  const last = { before: moved, after: undefined, starts: 2, ...pace };
  assert.equal(await schedules.moveBackfill(schedule, last), true);
  assert.equal(await schedules.moveBackfill(schedule, last), false);
  assert.equal((await standing(schedule)).backfill, undefined);
  assert.deepEqual(await own(), []);
});

test('a back-fill stands still while its schedule is paused, also where a step was under way', async () => {
  const schedule = await scheduled();
  const own = async () =>
    (await schedules.dueBackfills(1_000)).filter((due) => due.schedule.graphName === schedule.graphName);
  await schedules.beginBackfill(schedule, 1, span);
  await schedules.pause(schedule, 1);
  const moved = { ...span, nextAt: 40, doneSlots: 2 };
  assert.equal(
    await schedules.moveBackfill(schedule, { before: span, after: moved, starts: 2, ...pace }),
    true,
  );
  assert.deepEqual(await own(), []);
  assert.deepEqual((await standing(schedule)).backfill, moved);
  await schedules.resume(schedule);
  assert.deepEqual(await own(), [{ schedule, backfill: moved }]);
  assert.deepEqual(await schedules.stopBackfill(schedule), { changed: true });
  assert.deepEqual(await schedules.stopBackfill(schedule), { changed: false });
  await schedules.pause(schedule, 1);
  await schedules.beginBackfill(schedule, 1, span);
  assert.deepEqual(await own(), [], 'one that begins while it is paused waits');
  await addVersion(schedule, 2, [{ trigger: 'nightly', form: 'b', firstAt: 5_000 }]);
  assert.equal((await standing(schedule)).backfill, undefined, 'other slots end it');
});

test('the starts of back-fills and of ends go at one pace, that of their namespace', async () => {
  const schedule = await scheduled('paced');
  await schedules.beginBackfill(schedule, 1, span);
  const slow = { starts: 4, startsPerSecond: 2, leastWaitMs: 0 };
  const from = await schedules.now();
  assert.ok(
    await schedules.moveBackfill(schedule, { before: span, after: { ...span, nextAt: 40 }, ...slow }),
  );
  const nextAt = Number(await redis.zscore(keys.backfills(), `paced:${schedule.graphName}:nightly`));
  // Two may come at once, the others half a second apart.
  assert.ok(nextAt >= from + 1_500 && nextAt <= (await schedules.now()) + 1_500, `${nextAt - from} ms`);
  const [verdict] = await triggers.admitStarts('paced', [{ runId: 'one', origin: 'root' }], {
    startsPerSecond: 2,
    descendants: 10,
  });
  assert.ok(verdict?.kind === 'start' && verdict.waitMs > 1_000, JSON.stringify(verdict));
});

test('graphs with schedules come in pages, by name', async () => {
  const graph = (name: string, version: NewSchedule[]) =>
    addVersion({ namespace: 'paged', graphName: name, trigger: '' }, 1, version);
  for (const name of ['a', 'c', 'd']) await graph(name, [{ trigger: 't', form: 'f', firstAt: 1 }]);
  await graph('b', []);
  const page = (pageToken: string) => schedules.scheduledGraphs('paged', { pageSize: 2, pageToken });
  assert.deepEqual(await page(''), { items: ['a'], nextPageToken: 'b' });
  assert.deepEqual(await page('b'), { items: ['c', 'd'] });
});

test('a full Redis takes no back-fill, and pauses, resumes and stops', async () => {
  const schedule = await scheduled();
  await schedules.beginBackfill(schedule, 1, span);
  const another = await scheduled();
  await redis.config('SET', 'maxmemory', 1);
  try {
    await assert.rejects(schedules.beginBackfill(another, 1, span), { reason: 'STORAGE_FULL' });
    assert.deepEqual(await schedules.pause(schedule, 1), { changed: true });
    assert.deepEqual(await schedules.resume(schedule), { changed: true });
    assert.deepEqual(await schedules.stopBackfill(schedule), { changed: true });
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
});
