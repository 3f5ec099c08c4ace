import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type {
  BackfillScheduleResponse__Output,
  ListSchedulesRequest,
  ListSchedulesResponse__Output,
  PauseScheduleResponse__Output,
  PreviewScheduleRequest,
  PreviewScheduleResponse__Output,
  ResumeScheduleResponse__Output,
  Schedule__Output,
  StopBackfillResponse__Output,
  TriggerScheduleResponse__Output,
} from '@fanout/proto';
import { eventually, never } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, refusalOf } from '../../support/raw/raw-client.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { TriggerProbe } from '../../support/triggers.ts';

const minute = 60_000;
const hour = 60 * minute;

let system: TestSystem;
let other: TestStateManager;
let elsewhere: RawClient;
let probe: TriggerProbe;

before(async () => {
  system = await startSystem();
  other = await startTestStateManager(system.redis);
  elsewhere = new RawClient(other.address);
  probe = new TriggerProbe(system.redis.url);
});
after(async () => {
  probe?.stop();
  elsewhere?.close();
  await other?.stop();
  await system?.stop();
});

/** A schedule's calls, each to either of two state managers. */
class Caller {
  readonly client: RawClient;
  readonly target: { readonly graphName: string; readonly scheduleId?: string };

  constructor(graphName: string, scheduleId = '', client = system.client) {
    this.target = { graphName, scheduleId };
    this.client = client;
  }

  pause() {
    return this.client.call<PauseScheduleResponse__Output>((...more) =>
      this.client.schedules.pauseSchedule(this.target, ...more),
    );
  }

  resume() {
    return this.client.call<ResumeScheduleResponse__Output>((...more) =>
      this.client.schedules.resumeSchedule(this.target, ...more),
    );
  }

  trigger(idempotencyKey = '') {
    return this.client.call<TriggerScheduleResponse__Output>((...more) =>
      this.client.schedules.triggerSchedule({ ...this.target, idempotencyKey }, ...more),
    );
  }

  backfill(fromAt: number, toAt: number) {
    const span = { fromTime: { seconds: fromAt / 1_000 }, toTime: { seconds: toAt / 1_000 } };
    return this.client.call<BackfillScheduleResponse__Output>((...more) =>
      this.client.schedules.backfillSchedule({ ...this.target, ...span }, ...more),
    );
  }

  stopBackfill() {
    return this.client.call<StopBackfillResponse__Output>((...more) =>
      this.client.schedules.stopBackfill(this.target, ...more),
    );
  }

  async get(nextSlots = 1): Promise<Schedule__Output> {
    const { graphName } = this.target;
    const { schedules = [] } = await list({ graphName, nextSlots }, this.client);
    return schedules.find(
      ({ scheduleId }) => !this.target.scheduleId || scheduleId === this.target.scheduleId,
    )!;
  }
}

function list(request: ListSchedulesRequest, client = system.client): Promise<ListSchedulesResponse__Output> {
  return client.call((...more) => client.schedules.listSchedules(request, ...more));
}

function preview(request: PreviewScheduleRequest): Promise<PreviewScheduleResponse__Output> {
  return system.client.call((...more) => system.client.schedules.previewSchedule(request, ...more));
}

/** One node that no runtime hosts, so that its runs go on, and some triggers. */
function waiting(...triggers: unknown[]) {
  return { nodes: [nodeTemplate('waits')], triggers };
}

/** A schedule whose slots are half an hour away from now. */
function hourly(now = Date.now()): { cron: string; lastSlotAt: number } {
  const minuteOfHour = (new Date(now).getUTCMinutes() + 30) % 60;
  const inHour = Math.floor(now / hour) * hour + minuteOfHour * minute;
  return { cron: `${minuteOfHour} * * * *`, lastSlotAt: inHour > now ? inHour - hour : inHour };
}

const atOf = (time: { seconds?: number; nanos?: number } | null | undefined) =>
  (time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;

async function slotsRun(graphName: string, client = system.client): Promise<number[]> {
  const runs = await probe.runs(client, graphName);
  return runs.map(({ inputs }) => Date.parse(inputs.scheduled_time as string)).sort();
}

test('schedules are listed by graph, with what their triggers say and their next slots', async () => {
  await system.client.upsert(
    'listed',
    waiting(
      { after: { graph: 'another' } },
      { cron: '@daily', time_zone: 'Europe/Berlin', name: 'nightly', overlap: 'SKIP', catch_up: 'ALL' },
      { cron: '*/20 * * * * *', jitter_ms: 5_000 },
    ),
  );
  const { schedules = [], nextPageToken } = await list({ graphName: 'listed', nextSlots: 3 }, elsewhere);
  assert.ok(!nextPageToken);
  const [nightly, often] = schedules;
  const slot = (schedule: Schedule__Output | undefined, i: number) =>
    atOf(schedule?.nextSlots?.[i]?.slotTime);
  assert.deepEqual(
    { ...nightly, nextSlots: nightly?.nextSlots?.length },
    {
      ...{ namespace: 'default', graphName: 'listed', graphVersion: 1, scheduleId: 'nightly', isNamed: true },
      ...{ position: 1, cron: '0 0 * * *', timeZone: 'Europe/Berlin', nextSlots: 3 },
      ...{ overlap: 'SCHEDULE_OVERLAP_SKIP', catchUp: 'SCHEDULE_CATCH_UP_ALL' },
    },
  );
  assert.ok(slot(nightly, 0) > Date.now() && slot(nightly, 2) > slot(nightly, 1));
  assert.match(often?.scheduleId ?? '', /^[0-9a-f]{16}\.0$/);
  assert.deepEqual(
    [often?.position, often?.cron, often?.jitter],
    [2, '*/20 * * * * *', { seconds: 5, nanos: 0 }],
  );
  for (const next of often?.nextSlots ?? []) {
    assert.equal(atOf(next.slotTime) % 20_000, 0);
    const waitsMs = atOf(next.startTime) - atOf(next.slotTime);
    assert.ok(waitsMs >= 0 && waitsMs < 5_000, `${waitsMs}`);
  }
});

test('pages of schedules go through all graphs, and may end in the middle of one', async () => {
  const names = ['page-a', 'page-b', 'page-c'];
  for (const name of names)
    await system.client.upsert(name, waiting({ cron: '1 1 1 1 *' }, { cron: '2 1 1 1 *' }));
  await system.client.upsert('page-none', waiting());
  for (const pageSize of [1, 3, 100]) {
    const found: string[] = [];
    let pageToken = '';
    do {
      const page = await list({ pageSize, pageToken });
      assert.ok((page.schedules ?? []).length <= pageSize);
      found.push(...(page.schedules ?? []).map(({ graphName, position = 0 }) => `${graphName}.${position}`));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    const own = found.filter((one) => one.startsWith('page-'));
    assert.deepEqual(
      own,
      names.flatMap((name) => [`${name}.0`, `${name}.1`]),
      `${pageSize} a page`,
    );
  }
  const { schedules } = await list({ graphName: 'page-none' });
  assert.equal(schedules?.length ?? 0, 0);
});

test('a schedule of six fields starts a run each second, and a pause ends that until it is resumed', async () => {
  await system.client.upsert('seconds', waiting({ cron: '* * * * * *', name: 'tick' }));
  const caller = new Caller('seconds', 'tick');
  await eventually(async () => (await slotsRun('seconds')).length >= 3);
  const started = await slotsRun('seconds');
  assert.ok(started.every((slotAt) => slotAt % 1_000 === 0));
  assert.equal(new Set(started).size, started.length);

  assert.deepEqual(await new Caller('seconds', 'tick', elsewhere).pause(), { changed: true });
  assert.ok(!(await caller.pause()).changed);
  // What was recorded before still starts its run.
  await eventually(async () => (await probe.recordedSlots()) === 0);
  const before = await slotsRun('seconds');
  await never(1_500, async () => (await slotsRun('seconds')).length > before.length);
  const paused = await caller.get();
  assert.ok(atOf(paused.pauseTime) > started[0]! && atOf(paused.pauseTime) <= Date.now());
  assert.ok(paused.nextSlots?.length === 1);
  assert.equal(paused.lastSlot?.outcome, 'SLOT_OUTCOME_STARTED');
  assert.equal(atOf(paused.lastSlot?.slotTime), before.at(-1));
  assert.equal((await system.client.run(paused.lastSlot?.runId ?? '')).graphName, 'seconds');

  assert.deepEqual(await caller.resume(), { changed: true });
  await eventually(async () => (await slotsRun('seconds')).length > before.length + 1);
  await system.client.upsert('seconds', waiting());
});

test('slots that came during a pause follow the catch-up policy when it goes on, also after an upload', async () => {
  const { cron, lastSlotAt } = hourly();
  const policies = ['NONE', 'LAST', 'ALL'];
  for (const policy of policies) {
    const template = (inputs: object) => waiting({ cron, catch_up: policy, name: 'own', inputs });
    await system.client.upsert(policy, template({ version: 1 }));
    await new Caller(policy).pause();
    await probe.rewindPaused(policy, lastSlotAt - 3 * hour);
    await system.client.upsert(policy, template({ version: 2 }));
    assert.ok((await new Caller(policy).get()).pauseTime, 'the pause is kept');
  }
  await never(
    1_200,
    async () => (await Promise.all(policies.map((policy) => slotsRun(policy)))).flat().length > 0,
  );
  for (const policy of policies) await new Caller(policy, 'own', elsewhere).resume();
  await eventually(async () => (await slotsRun('ALL')).length === 4 && (await slotsRun('LAST')).length === 1);
  const last = async (policy: string) => (await new Caller(policy).get()).lastSlot;
  await eventually(async () => (await last('NONE'))?.outcome === 'SLOT_OUTCOME_MISSED');
  assert.deepEqual(await slotsRun('NONE'), []);
  assert.deepEqual(await slotsRun('LAST'), [lastSlotAt]);
  assert.deepEqual(
    await slotsRun('ALL'),
    [3, 2, 1, 0].map((hours) => lastSlotAt - hours * hour),
  );
  const caughtUp = await last('LAST');
  assert.deepEqual([caughtUp?.outcome, caughtUp?.caughtUp], ['SLOT_OUTCOME_STARTED', true]);
  assert.equal(atOf((await last('NONE'))?.slotTime), lastSlotAt);
});

test('a slot with jitter starts behind its instant, which its run is given', async () => {
  const { cron } = hourly();
  await system.client.upsert('jittered', waiting({ cron, jitter_ms: 20 * minute, name: 'own' }));
  const { nextSlots } = await new Caller('jittered').get();
  const next = nextSlots![0]!;
  assert.deepEqual(await probe.nextSlots('jittered'), [atOf(next.startTime)]);
  // An hour before, the slot before has started: no two of them overlap.
  const slotAt = atOf(next.slotTime) - hour;
  await probe.rewind('jittered', slotAt + 20 * minute - 1);
  await eventually(async () => (await slotsRun('jittered')).length === 1);
  assert.deepEqual(await slotsRun('jittered'), [slotAt]);
});

test('a schedule can be triggered now, once for a key, whether or not it is paused or a run goes on', async () => {
  const { cron } = hourly();
  const trigger = { cron, overlap: 'SKIP', inputs: { from: 'cron' }, priority: 5, name: 'own' };
  await system.client.upsert('now', waiting(trigger));
  const caller = new Caller('now');
  const first = await caller.trigger('key');
  assert.ok(first.created);
  assert.deepEqual(await new Caller('now', 'own', elsewhere).trigger('key'), {
    runId: first.runId,
    created: false,
  });
  await caller.pause();
  const second = await caller.trigger();
  assert.ok(second.created && second.runId !== first.runId);
  const runs = await probe.runs(system.client, 'now');
  assert.deepEqual(
    runs.map(({ runId }) => runId),
    [first.runId, second.runId],
  );
  for (const { runId, inputs } of runs) {
    assert.equal(inputs.from, 'cron');
    assert.ok(Math.abs(Date.parse(inputs.scheduled_time as string) - Date.now()) < minute);
    assert.equal((await system.client.run(runId)).priority, 5);
  }
});

test('a back-fill gives each slot of a span its run, and none to a slot that has one', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('filled', waiting({ cron, overlap: 'SKIP', inputs: { from: 'cron' } }));
  await probe.rewind('filled', lastSlotAt);
  await eventually(async () => (await slotsRun('filled')).length === 1);
  const caller = new Caller('filled');
  const span = [lastSlotAt - 9 * hour, lastSlotAt + 1] as const;
  const [{ backfill }, again] = await Promise.all([
    caller.backfill(span[0], Math.ceil(span[1] / 1_000) * 1_000),
    new Caller('filled', '', elsewhere).backfill(span[0], Math.ceil(span[1] / 1_000) * 1_000),
  ]);
  assert.deepEqual([backfill?.slots, again.backfill?.slots], [10, 10]);
  await eventually(async () => (await caller.get()).backfill === undefined);
  const expected = Array.from({ length: 10 }, (_, i) => lastSlotAt - (9 - i) * hour);
  assert.deepEqual(await slotsRun('filled'), expected);
  await caller.backfill(span[0], lastSlotAt);
  await eventually(async () => (await caller.get()).backfill === undefined);
  assert.deepEqual(await slotsRun('filled'), expected, 'asked again none is run twice');
});

test('a back-fill is refused if its span is no good or another one goes on, and can be stopped', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('spans', waiting({ cron }));
  const caller = new Caller('spans');
  const refused = async (fromAt: number, toAt: number) => {
    const { code, reason, message } = await refusalOf(caller.backfill(fromAt, toAt));
    return `${code} ${reason} ${message}`;
  };
  const invalid = /^INVALID_ARGUMENT FIELD_INVALID to_time /;
  assert.match(await refused(lastSlotAt, lastSlotAt), invalid);
  assert.match(await refused(lastSlotAt, lastSlotAt + 10 * hour), /is in the future/);
  assert.match(
    await refused(lastSlotAt + minute, lastSlotAt + 2 * minute),
    /is in the future|without a slot/,
  );
  assert.match(
    await refused(lastSlotAt - 50 * minute, lastSlotAt - 10 * minute),
    /a span without a slot of "/,
  );
  const tooLong = await refused(lastSlotAt - 1_500 * hour, lastSlotAt);
  assert.match(tooLong, /more than 1000 slots: end it at /);
  const most = Date.parse(/end it at (\S+) or/.exec(tooLong)![1]!);
  assert.equal(most, lastSlotAt - 500 * hour);

  await caller.pause();
  const { backfill } = await caller.backfill(lastSlotAt - 1_500 * hour, most);
  assert.equal(backfill?.slots, 1_000);
  assert.match(
    await refused(lastSlotAt - 5 * hour, lastSlotAt),
    /^FAILED_PRECONDITION BACKFILL_UNDER_WAY .* 0 of 1000 slots done: wait for its end, or stop it/,
  );
  assert.equal((await caller.get()).backfill?.slots, 1_000);
  assert.deepEqual(await new Caller('spans', '', elsewhere).stopBackfill(), { changed: true });
  assert.ok(!(await caller.stopBackfill()).changed);
  assert.equal((await caller.get()).backfill, undefined);
  assert.deepEqual(await slotsRun('spans'), [], 'while it is paused a back-fill stands still');
});

test('a preview tells slots across a change of clocks, or all that is wrong', async () => {
  const from = { fromTime: { seconds: Date.parse('2026-03-28T12:00:00Z') / 1_000 } };
  const { slots, cron } = await preview({ cron: '30 2 * * *', timeZone: 'Europe/Berlin', count: 2, ...from });
  assert.deepEqual(
    slots?.map((slot) => new Date(atOf(slot)).toISOString()),
    ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  );
  assert.equal(cron, '30 2 * * *');
  const weekly = await preview({ cron: '@weekly' });
  assert.deepEqual([weekly.cron, weekly.slots?.length], ['0 0 * * 0', 5]);
  const { violations, slots: none } = await preview({ cron: '0 25 * * *', timeZone: 'Europe/Berlni' });
  assert.deepEqual(
    violations?.map(({ code, path }) => `${code} ${path}`),
    ['INVALID_CRON cron', 'INVALID_TIME_ZONE time_zone'],
  );
  assert.match(violations?.[1]?.description ?? '', /did you mean "Europe\/Berlin"/);
  assert.equal(none?.length ?? 0, 0);
  const refusal = await refusalOf(preview({ cron: '@daily', count: 11, fromTime: { seconds: -1 } }));
  assert.deepEqual(
    refusal.violations.map(({ field }) => field),
    ['from_time', 'count'],
  );
});

test('a schedule that is not there is refused with those that are', async () => {
  await system.client.upsert(
    'two',
    waiting({ cron: '1 1 1 1 *', name: 'a' }, { cron: '2 1 1 1 *', name: 'b' }),
  );
  const refused = async (call: Promise<unknown>) => {
    const { code, reason, message } = await refusalOf(call);
    return `${code} ${reason} ${message}`;
  };
  assert.match(await refused(new Caller('nowhere').pause()), /^NOT_FOUND GRAPH_NOT_FOUND /);
  assert.match(await refused(list({ graphName: 'nowhere' })), /^NOT_FOUND GRAPH_NOT_FOUND /);
  assert.match(
    await refused(new Caller('two').pause()),
    /SCHEDULE_NOT_FOUND .*the schedules a, b, not one: say which/,
  );
  assert.match(
    await refused(new Caller('two', 'c').trigger()),
    /^NOT_FOUND SCHEDULE_NOT_FOUND .* none with the id "c"/,
  );
  assert.match(
    await refused(new Caller('page-none').resume()),
    /has no schedule, not one: give it a cron trigger/,
  );
  assert.match(await refused(list({ pageToken: 'x' })), /^INVALID_ARGUMENT PAGE_TOKEN_INVALID /);
  assert.match(
    await refused(list({ pageSize: 1_001, nextSlots: 11 })),
    /next_slots is 11.*; page_size is 1001/,
  );
});

test('a back-fill goes on after all state managers were killed in the middle of it, each slot once, at its pace', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('killed', waiting({ cron }));
  const env = { FANOUT_QUOTA_STARTS_PER_SECOND: '20' };
  await Promise.all([system.stateManager.stop(), other.stop()]);
  let stateManagers = await Promise.all([1, 2].map(() => startTestStateManager(system.redis, env)));
  let client = new RawClient(stateManagers[0]!.address);
  const slots = Array.from({ length: 60 }, (_, i) => lastSlotAt - (60 - i) * hour);
  const begunAt = performance.now();
  try {
    await new Caller('killed', '', client).backfill(slots[0]!, lastSlotAt);
    await eventually(async () => (await slotsRun('killed', client)).length > 0);
    await Promise.all(stateManagers.map((stateManager) => stateManager.kill()));
    client.close();
    stateManagers = [await startTestStateManager(system.redis, env)];
    client = new RawClient(stateManagers[0]!.address);
    const { backfill } = await new Caller('killed', '', client).get();
    assert.ok(backfill && (backfill.doneSlots ?? 0) < 60, 'it was under way');
    await eventually(async () => (await new Caller('killed', '', client).get()).backfill === undefined, {
      timeoutMs: 20_000,
    });
    assert.deepEqual(await slotsRun('killed', client), slots);
    // A second's worth at once, then 20 a second.
    assert.ok(performance.now() - begunAt > 1_900, 'no faster than the namespace may');
  } finally {
    client.close();
    await Promise.all(stateManagers.map((stateManager) => stateManager.stop()));
  }
});
