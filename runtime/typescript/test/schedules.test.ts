/** Schedules from a client, on a real state manager. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { defineNode, graph, type Schedule } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { eventually } from './eventually.ts';

const hour = 3_600_000;
const Noop = defineNode({ name: 'NoopNode', inputs: z.object({}), outputs: z.object({}), run: () => ({}) });

/** A graph whose schedules have no slot today, for tests that are over by then. */
const planned = graph(
  'planned',
  {
    inputs: z.object({}),
    triggers: [
      { name: 'hourly', cron: '0 * * * *', overlap: 'SKIP', catchUp: 'NONE', jitterMs: 1_000 },
      { name: 'monthly', cron: '0 0 L * *', timeZone: 'Europe/Berlin' },
    ],
  },
  (g) => {
    g.start(Noop, {});
  },
);

const environment = await startTestEnvironment({ nodes: [Noop] });
after(() => environment.stop());
const { client } = environment;
const { schedules } = client;
await client.upsert(planned);

async function listed(nextSlots = 1): Promise<Schedule[]> {
  const all: Schedule[] = [];
  for await (const schedule of schedules.list({ graphName: 'planned', nextSlots })) all.push(schedule);
  return all;
}

test('schedules are listed as their triggers say', async () => {
  const [hourly, monthly, ...more] = await listed(2);
  assert.deepEqual(more, []);
  const { nextSlots, ...rest } = hourly!;
  assert.deepEqual(rest, {
    ...{
      namespace: 'default',
      graphName: 'planned',
      graphVersion: 1,
      id: 'hourly',
      isNamed: true,
      position: 0,
    },
    ...{ cron: '0 * * * *', timeZone: 'UTC', overlap: 'SKIP', catchUp: 'NONE', jitterMs: 1_000 },
    ...{ pausedAt: undefined, lastSlot: undefined, backfill: undefined },
  });
  assert.equal(nextSlots.length, 2);
  assert.equal(nextSlots[1]!.slotAt - nextSlots[0]!.slotAt, hour);
  assert.ok(nextSlots[0]!.startAt - nextSlots[0]!.slotAt < 1_000);
  assert.deepEqual([monthly?.id, monthly?.cron, monthly?.jitterMs], ['monthly', '0 0 L * *', 0]);
  const ids: string[] = [];
  for await (const { id } of schedules.list()) ids.push(id);
  assert.deepEqual(ids, ['hourly', 'monthly']);
});

test('a schedule is paused, resumed and triggered by its name', async () => {
  const target = { id: 'monthly' };
  assert.equal(await schedules.pause('planned', target), true);
  assert.equal(await schedules.pause('planned', target), false);
  const [, paused] = await listed();
  assert.ok(Math.abs(paused!.pausedAt! - Date.now()) < 60_000);
  assert.equal(await schedules.resume('planned', target), true);
  assert.equal(await schedules.resume('planned', target), false);

  const first = await schedules.trigger('planned', { ...target, key: 'once' });
  assert.equal(first.created, true);
  assert.deepEqual(await schedules.trigger('planned', { ...target, key: 'once' }), {
    id: first.id,
    created: false,
  });
  assert.equal((await client.get(first.id)).graphName, 'planned');
});

test('a span is back-filled, which a pause holds and a call stops', async () => {
  const to = Math.floor(Date.now() / hour) * hour;
  const span = { from: new Date(to - 3 * hour), to };
  await schedules.pause('planned', { id: 'hourly' });
  const begun = await schedules.backfill('planned', { id: 'hourly', ...span });
  assert.deepEqual(begun, { fromAt: to - 3 * hour, toAt: to, slots: 3, doneSlots: 0 });
  assert.deepEqual((await listed())[0]?.backfill, begun);
  await assert.rejects(schedules.backfill('planned', { id: 'hourly', from: to - hour, to }), {
    reason: 'BACKFILL_UNDER_WAY',
  });
  assert.equal(await schedules.stopBackfill('planned', { id: 'hourly' }), true);
  assert.equal(await schedules.stopBackfill('planned', { id: 'hourly' }), false);
  await schedules.resume('planned', { id: 'hourly' });
  const before = await runs();
  await schedules.backfill('planned', { id: 'hourly', ...span });
  await eventually(async () => (await runs()) === before + 3 && (await listed())[0]?.backfill === undefined);

  async function runs(): Promise<number> {
    let count = 0;
    for await (const _ of client.list({ graphName: 'planned' })) count += 1;
    return count;
  }
});

test('an expression is previewed, with all that is wrong with it', async () => {
  const from = new Date('2026-03-28T12:00:00Z');
  const { slots, violations, cron } = await schedules.preview('@daily', { timeZone: 'UTC', from, count: 2 });
  assert.deepEqual(slots, [Date.parse('2026-03-29'), Date.parse('2026-03-30')]);
  assert.deepEqual([violations, cron], [[], '0 0 * * *']);
  const wrong = await schedules.preview('0 25 * * *', { timeZone: 'Mars/Base' });
  assert.deepEqual(
    wrong.violations.map(({ path }) => path),
    ['cron', 'time_zone'],
  );
});

test('an option that is not known is refused with the right name, and a schedule that is not there with those that are', async () => {
  const unknown = { schedule: 'hourly' } as object;
  await assert.rejects(schedules.pause('planned', unknown), /schedules.pause: there is no option "schedule"/);
  await assert.rejects(schedules.pause('planned'), {
    reason: 'SCHEDULE_NOT_FOUND',
    message: /hourly, monthly/,
  });
  await assert.rejects(schedules.trigger('nowhere'), { reason: 'GRAPH_NOT_FOUND' });
});
