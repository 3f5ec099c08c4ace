import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { RecordedSlot, Schedule } from '../../../services/state-manager/engine/ports/triggers.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { errored, executed, SessionDriver } from '../session-driver.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const { catalog, triggers } = storage;
const others = [await fixture.open(), await fixture.open()].map((opened) => opened.triggers);

const single = compile({ nodes: [nodeTemplate('single')] });
let graphs = 0;

/** Stores a graph's first version with one schedule. */
async function scheduled(firstAt = 1_000): Promise<Schedule> {
  graphs += 1;
  const schedule = { namespace: 'default', graphName: `graph-${graphs}`, trigger: 'nightly' };
  await addVersion(schedule.graphName, 1, [{ trigger: 'nightly', form: 'a', firstAt }]);
  return schedule;
}

function addVersion(
  name: string,
  version: number,
  schedules: { trigger: string; form: string; firstAt: number }[] = [],
  afterGraphs: string[] = [],
): Promise<boolean> {
  const graph = { namespace: 'default', name, version, templateJson: '{}', createdAt: 0 };
  return catalog.addVersion(graph, { schedules, after: afterGraphs });
}

/** The next slot of each of a graph's schedules. */
async function nextSlots(graphName: string): Promise<Record<string, number>> {
  const { schedules } = await triggers.dueSchedules(1_000);
  const own = schedules.filter(({ schedule }) => schedule.graphName === graphName);
  return Object.fromEntries(own.map(({ schedule, startAt }) => [schedule.trigger, startAt]));
}

async function recorded(graphName: string): Promise<RecordedSlot[]> {
  return (await triggers.recordedSlots(1_000)).filter((slot) => slot.graphName === graphName);
}

test('a slot that three state managers record at once is recorded once, and its schedule moves on', async () => {
  const schedule = await scheduled();
  const move = { version: 1, startAt: 1_000, slots: [1_000], nextAt: 2_000 };
  const results = await Promise.all([triggers, ...others].map((one) => one.recordSlots(schedule, move)));
  assert.equal(results.filter(Boolean).length, 1);
  assert.deepEqual(await recorded(schedule.graphName), [{ ...schedule, version: 1, slotAt: 1_000 }]);
  assert.deepEqual(await nextSlots(schedule.graphName), { nightly: 2_000 });
  const before = await dumpAll(redis);
  assert.equal(await triggers.recordSlots(schedule, move), false);
  assert.deepEqual(await dumpAll(redis), before);
});

test('a schedule without a next slot ends, and slots that were missed are left out', async () => {
  const schedule = await scheduled();
  const move = { version: 1, startAt: 1_000, slots: [], nextAt: undefined };
  assert.equal(await triggers.recordSlots(schedule, move), true);
  assert.deepEqual(await nextSlots(schedule.graphName), {});
  assert.deepEqual(await recorded(schedule.graphName), []);
});

test('only slots that have come are due, by the clock of Redis', async () => {
  const now = await triggers.now();
  const [past, future] = [await scheduled(now - 10), await scheduled(now + 60_000)];
  assert.deepEqual(await nextSlots(past.graphName), { nightly: now - 10 });
  assert.deepEqual(await nextSlots(future.graphName), {});
});

test('a new version replaces the schedules, and one that stays goes on where it stands', async () => {
  const schedule = await scheduled(1_000);
  const schedules = [
    { trigger: 'nightly', form: 'a', firstAt: 9_000 },
    { trigger: 'weekly', form: 'a', firstAt: 5_000 },
  ];
  assert.equal(await addVersion(schedule.graphName, 2, schedules), true);
  assert.deepEqual(await nextSlots(schedule.graphName), { nightly: 1_000, weekly: 5_000 });
  const move = { startAt: 1_000, slots: [1_000], nextAt: 2_000 };
  assert.equal(await triggers.recordSlots(schedule, { ...move, version: 1 }), false, 'of the old version');
  assert.equal(await triggers.recordSlots(schedule, { ...move, version: 2 }), true);
  await addVersion(schedule.graphName, 3, [{ trigger: 'weekly', form: 'a', firstAt: 7_000 }]);
  assert.deepEqual(await nextSlots(schedule.graphName), { weekly: 5_000 });
  assert.deepEqual(await recorded(schedule.graphName), [{ ...schedule, version: 2, slotAt: 1_000 }]);
  await addVersion(schedule.graphName, 4);
  assert.deepEqual(await nextSlots(schedule.graphName), {});
});

test('a version that somebody else has added changes no trigger', async () => {
  const schedule = await scheduled(1_000);
  assert.equal(
    await addVersion(schedule.graphName, 1, [{ trigger: 'other', form: 'a', firstAt: 1 }], ['a']),
    false,
  );
  assert.deepEqual(await nextSlots(schedule.graphName), { nightly: 1_000 });
  assert.deepEqual(await triggers.listeners([{ namespace: 'default', graphName: 'a' }]), [[]]);
});

test('whether a slot gets a run is decided once: the first to decide is right', async () => {
  const schedule = await scheduled();
  await triggers.recordSlots(schedule, {
    version: 1,
    startAt: 1_000,
    slots: [1_000, 2_000, 3_000],
    nextAt: 4_000,
  });
  const [first, second, third] = await recorded(schedule.graphName);
  const lateAfter = Number.MAX_SAFE_INTEGER;
  const start = { wanted: 'START', mark: '', lateAfter } as const;
  assert.deepEqual(await triggers.decideSlot(first!, { runId: 'one', ...start }), {
    kind: 'start',
    runBefore: undefined,
  });
  const skip = { runId: 'one', wanted: 'SKIP', mark: '', lateAfter } as const;
  assert.deepEqual(await others[0]!.decideSlot(first!, skip), { kind: 'start', runBefore: undefined });
  await triggers.clearSlot(first!);
  assert.deepEqual(await others[0]!.decideSlot(first!, skip), { kind: 'gone' });

  const { mark, ...last } = await triggers.lastStarted(schedule);
  assert.deepEqual(last, { slotAt: 1_000, runId: 'one' });
  assert.deepEqual(await triggers.decideSlot(second!, { runId: 'two', ...start }), { kind: 'moved' });
  assert.deepEqual(await triggers.decideSlot(second!, { runId: 'two', wanted: 'SKIP', mark, lateAfter }), {
    kind: 'skipped',
  });
  assert.deepEqual(await others[0]!.decideSlot(second!, { runId: 'two', wanted: 'START', mark, lateAfter }), {
    kind: 'gone',
  });
  const again = { runId: 'three', wanted: 'START', mark, lateAfter } as const;
  for (let i = 0; i < 2; i++)
    assert.deepEqual(await triggers.decideSlot(third!, again), { kind: 'start', runBefore: 'one' });
});

test('a graph that is not stored any more loses its triggers, one that is keeps them', async () => {
  const schedule = await scheduled(1_000);
  const { graphName } = schedule;
  await addVersion(graphName, 2, [{ trigger: 'nightly', form: 'a', firstAt: 1_000 }], ['a']);
  await triggers.dropTriggers('default', graphName);
  assert.deepEqual(await nextSlots(graphName), { nightly: 1_000 });
  await redis.hdel(keys.graphs('default'), graphName);
  await triggers.dropTriggers('default', graphName);
  assert.deepEqual(await nextSlots(graphName), {});
  assert.deepEqual(await triggers.listeners([{ namespace: 'default', graphName: 'a' }]), [[]]);
});

test('the listeners of a graph are those of its name and namespace, however many', async () => {
  await addVersion('one', 1, [], ['source', 'source-2']);
  await addVersion('two', 1, [], ['source']);
  const namesakes = [
    { namespace: 'elsewhere', graphName: 'source' },
    { namespace: 'default', graphName: 'sourc' },
  ];
  const source = { namespace: 'default', graphName: 'source' };
  assert.deepEqual(await triggers.listeners([source, ...namesakes]), [['one', 'two'], [], []]);
  await addVersion('two', 2);
  assert.deepEqual(await triggers.listeners([source]), [['one']]);
  const many = Array.from({ length: 2_100 }, (_, i) => `many-${i}`);
  await redis.zadd(keys.listeners(), ...many.flatMap((name) => [0, `default:popular:${name}`]));
  const [found] = await triggers.listeners([{ namespace: 'default', graphName: 'popular' }]);
  assert.deepEqual(found, many.sort());
});

test('the step that ends a run records its end, once, with status and chain', async () => {
  const driver = new SessionDriver(storage, 'ends');
  await driver.attach();
  const expected = [];
  for (const status of ['SUCCESS', 'FAILED'] as const) {
    const run = newRun(single, { namespace: 'ends' });
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}', chain: 7, origin: 'the-first' });
    const [root] = await driver.claim(run);
    const report = status === 'SUCCESS' ? executed(root!, [{}]) : errored(root!, false);
    await driver.settle(run, [report]);
    await driver.settle(run, [report]);
    const { endedAt } = (await storage.runs.view(run.runId))!;
    expected.push({
      runId: run.runId,
      namespace: 'ends',
      graphName: 'graph',
      status,
      endedAt: endedAt!,
      chain: 7,
      origin: 'the-first',
    });
  }
  for (const end of expected) {
    const shard = storage.runs.shardOf(end.runId);
    const own = async () =>
      (await triggers.recordedEnds(shard, 100)).filter(({ runId }) => runId === end.runId);
    assert.deepEqual(await own(), [end]);
    await triggers.clearEnds(shard, [end]);
    await triggers.clearEnds(shard, [end]);
    assert.deepEqual(await own(), []);
  }
});

test('a run with a start time has its first state due then, one with a past start time is ready', async () => {
  const now = await triggers.now();
  const create = async (startAt: number) => {
    const run = newRun(single);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}', startAt });
    const [dueAt] = await storage.runs.dueTimes(run.runId, [{ state: 1, node: 0 }]);
    const deadlineAt = Number(await redis.zscore(keys.deadlines(storage.runs.shardOf(run.runId)), run.runId));
    return {
      deadlineAt,
      dueAt,
      ready: await redis.llen(keys.ready(run.runId, 0)),
      view: await storage.runs.view(run.runId),
    };
  };
  const later = await create(now + 60_000);
  assert.deepEqual([later.dueAt, later.ready, later.view?.startAt], [now + 60_000, 0, now + 60_000]);
  assert.equal(later.deadlineAt, now + 60_000 + defaultRunLimits.runMs, 'run_ms counts from the start');
  const past = await create(now - 1);
  assert.deepEqual([past.dueAt, past.ready, past.view?.startAt], [undefined, 1, undefined]);
});

test('a full Redis takes no slot and no version, and clears what is done with', async () => {
  const schedule = await scheduled();
  await triggers.recordSlots(schedule, { version: 1, startAt: 1_000, slots: [1_000], nextAt: 2_000 });
  const [slot] = await recorded(schedule.graphName);
  await redis.config('SET', 'maxmemory', 1);
  try {
    const move = { version: 1, startAt: 2_000, slots: [2_000], nextAt: 3_000 };
    for (const refused of [
      () => triggers.recordSlots(schedule, move),
      () => triggers.decideSlot(slot!, { runId: 'x', wanted: 'START', mark: '', lateAfter: 0 }),
      () => addVersion(schedule.graphName, 2),
    ]) {
      await assert.rejects(refused, { reason: 'STORAGE_FULL' });
    }
    await triggers.clearSlot(slot!);
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
  assert.deepEqual(await nextSlots(schedule.graphName), { nightly: 2_000 });
});

test('of runs that ends start a namespace has so many in a second, each at the same instant whoever asks', async () => {
  const starts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ runId: `start-${from + i}`, origin: 'wide' }));
  const limits = { startsPerSecond: 10, descendants: 100 };
  const ask = async (some: ReturnType<typeof starts>) =>
    (await triggers.admitStarts('paced', some, limits)).map((verdict) =>
      verdict.kind === 'start' ? verdict.waitMs : verdict.kind,
    );
  const first = await ask(starts(0, 40));
  assert.deepEqual(
    first.slice(0, 10).map((waitMs) => waitMs),
    Array(10).fill(0),
  );
  // The instants are 100 ms apart, from a second's worth on.
  const waits = first.slice(10) as number[];
  assert.ok(
    waits.every((waitMs, i) => Math.abs(waitMs - 100 * (i + 1)) <= 2),
    `${waits}`,
  );
  const again = (await ask(starts(0, 40))).slice(10) as number[];
  assert.ok(again.every((waitMs, i) => waitMs <= waits[i]!));
  const [next] = (await ask(starts(40, 41))) as number[];
  assert.ok(next! > again.at(-1)!);
  assert.deepEqual(await triggers.admitStarts('another', starts(0, 1), limits), [
    { kind: 'start', waitMs: 0 },
  ]);
});

test('below one trigger so many runs start, and that more were refused is told once', async () => {
  const limits = { startsPerSecond: 1_000, descendants: 3 };
  const ask = (...runIds: string[]) =>
    triggers.admitStarts(
      'broad',
      runIds.map((runId) => ({ runId, origin: 'root' })),
      limits,
    );
  const [started, first, later] = [
    { kind: 'start', waitMs: 0 },
    { kind: 'refused', isFirst: true },
    { kind: 'refused', isFirst: false },
  ] as const;
  assert.deepEqual(await ask('a', 'b', 'c', 'd', 'e'), [started, started, started, first, later]);
  assert.deepEqual(await ask('a', 'e'), [started, later]);
  const key = keys.descendants('broad', 'root');
  assert.ok((await redis.pttl(key)) > 0, 'it goes by itself');
});
