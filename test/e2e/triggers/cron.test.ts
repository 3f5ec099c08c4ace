import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { GetStoreResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, refusalOf } from '../../support/raw/raw-client.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { TriggerProbe } from '../../support/triggers.ts';

const minute = 60_000;
const hour = 60 * minute;

let system: TestSystem;
let others: TestStateManager[];
let probe: TriggerProbe;

before(async () => {
  system = await startSystem();
  others = [await startTestStateManager(system.redis), await startTestStateManager(system.redis)];
  probe = new TriggerProbe(system.redis.url);
});
after(async () => {
  probe?.stop();
  await Promise.all((others ?? []).map((other) => other.stop()));
  await system?.stop();
});

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

const slotsOf = (runs: readonly { readonly inputs: Readonly<Record<string, unknown>> }[]) =>
  runs.map(({ inputs }) => Date.parse(inputs.scheduled_time as string));

test('three state managers start one run for each slot of many graphs, with the inputs of the trigger', async () => {
  const { cron, lastSlotAt } = hourly();
  const names = Array.from({ length: 20 }, (_, i) => `once-${i}`);
  const trigger = { cron, inputs: { from: 'cron' }, priority: 5, store: { user: ['ada'] } };
  for (const name of names) await system.client.upsert(name, waiting(trigger));
  for (const name of names) await probe.rewind(name, lastSlotAt);
  await eventually(async () => {
    const nextSlots = await Promise.all(names.map((name) => probe.nextSlots(name)));
    return (
      nextSlots.flat().every((slotAt) => slotAt === lastSlotAt + hour) && (await probe.recordedSlots()) === 0
    );
  });
  for (const name of names) {
    const runs = await probe.runs(system.client, name);
    const inputs = { from: 'cron', scheduled_time: new Date(lastSlotAt).toISOString() };
    assert.deepEqual(
      runs.map((run) => run.inputs),
      [inputs],
    );
    const [{ runId } = { runId: '' }] = runs;
    assert.equal((await system.client.run(runId)).priority, 5);
    const { entries } = await system.client.call<GetStoreResponse__Output>((...more) =>
      system.client.runs.getStore({ runId }, ...more),
    );
    assert.deepEqual(entries, [{ key: 'user', valueJson: '["ada"]' }]);
  }
});

test('SKIP leaves out the slots that come while a run goes on, and takes the next one after its end', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('skips', waiting({ cron, overlap: 'SKIP', catch_up: 'ALL' }));
  await probe.rewind('skips', lastSlotAt - 4 * hour);
  await eventually(
    async () => (await probe.nextSlots('skips'))[0]! > lastSlotAt && (await probe.recordedSlots()) === 0,
  );
  const [first, ...more] = await probe.runs(system.client, 'skips');
  assert.deepEqual(more, []);
  assert.deepEqual(slotsOf([first!]), [lastSlotAt - 4 * hour]);

  const runtime = await system.connect(['WaitsNode']);
  const assignments = await runtime.assignments(1);
  for (const assignment of assignments) runtime.reportExecuted(assignment, [{}]);
  await eventually(async () => {
    // Runs of other tests may come first.
    for (const one of runtime.waiting('assignments') ? await runtime.assignments(1) : []) {
      runtime.reportExecuted(one, [{}]);
    }
    return (await probe.runs(system.client, 'skips'))[0]?.status === 'SUCCESS';
  });
  await system.disconnect();
  await probe.rewind('skips', lastSlotAt);
  const runs = await eventually(async () => {
    const found = await probe.runs(system.client, 'skips');
    return found.length === 2 && found;
  });
  assert.deepEqual(slotsOf(runs), [lastSlotAt - 4 * hour, lastSlotAt]);
});

test('CANCEL_RUNNING cancels the run of the slot before', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('replaces', waiting({ cron, overlap: 'CANCEL_RUNNING', catch_up: 'ALL' }));
  await probe.rewind('replaces', lastSlotAt - 2 * hour);
  const runs = await eventually(async () => {
    const found = await probe.runs(system.client, 'replaces');
    const byStatus = found.map(({ status }) => status).join();
    return byStatus === 'CANCELLED,CANCELLED,RUNNING' && found;
  });
  assert.deepEqual(slotsOf(runs), [lastSlotAt - 2 * hour, lastSlotAt - hour, lastSlotAt]);
});

test('a new version replaces the schedule, and one without triggers ends it', async () => {
  const { cron, lastSlotAt } = hourly();
  await system.client.upsert('changes', waiting({ cron, inputs: { version: 1 } }));
  const [slotAt] = await probe.nextSlots('changes');
  assert.equal(slotAt, lastSlotAt + hour);
  await probe.rewind('changes', lastSlotAt);
  await eventually(async () => (await probe.runs(system.client, 'changes')).length === 1);
  await system.client.upsert('changes', waiting({ cron, inputs: { version: 2 } }, { cron: '0 0 1 1 *' }));
  assert.equal((await probe.nextSlots('changes')).length, 2);
  await system.client.upsert('changes', waiting());
  assert.deepEqual(await probe.nextSlots('changes'), []);
});

test('inputs that the first node refuses let the run fail, where its owner looks for it', async () => {
  const { cron, lastSlotAt } = hourly();
  const inputSchemaJson = JSON.stringify({
    type: 'object',
    properties: { size: { type: 'number' } },
    required: ['size'],
  });
  await system.connect([{ name: 'SizedNode', inputSchemaJson }]);
  await system.client.upsert('refused', {
    nodes: [nodeTemplate('sized')],
    triggers: [{ cron, inputs: { size: 'L' } }],
  });
  await probe.rewind('refused', lastSlotAt);
  const [run] = await eventually(async () => {
    const found = await probe.runs(system.client, 'refused');
    return found[0]?.status === 'FAILED' && found;
  });
  const [state] = await system.client.states(run!.runId);
  assert.equal(state?.failure?.code, 'INPUT_INVALID');
  await system.disconnect();
});

test('a trigger that breaks rules is refused with all of them', async () => {
  const triggers = [
    { cron: '0 0 31 2 *', time_zone: 'Europe/Berlni' },
    { cron: '0 0 * * *', after: { graph: 'a' } },
  ];
  const refusal = await refusalOf(system.client.upsert('bad', waiting(...triggers)));
  assert.deepEqual(
    refusal.violations.map(({ field, reason }) => `${reason} ${field}`),
    [
      'INVALID_CRON $.triggers[0].cron',
      'INVALID_TIME_ZONE $.triggers[0].time_zone',
      'INVALID_TRIGGER $.triggers[1]',
    ],
  );
});

test('a run with a start time waits for it, says so, and is handed out then', async () => {
  const runtime = await system.connect(['LaterNode']);
  await system.client.upsert('later', { nodes: [nodeTemplate('later')] });
  const startAt = Date.now() + 1_500;
  const seconds = Math.floor(startAt / 1_000);
  const startTime = { seconds, nanos: (startAt - seconds * 1_000) * 1_000_000 };
  const runId = await system.client.trigger('later', {}, { startTime });
  const [state] = await system.client.states(runId);
  assert.equal(state?.status, 'STATE_STATUS_CREATED');
  assert.deepEqual(state?.dueTime, startTime);
  assert.deepEqual((await system.client.run(runId)).startTime, startTime);
  const assignment = await runtime.assignment();
  assert.ok(Date.now() >= startAt);
  assert.equal((await system.client.states(runId))[0]?.dueTime, undefined);
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');

  const past = await system.client.trigger('later', {}, { startTime: { seconds: 1 } });
  assert.equal((await runtime.assignment()).runId, past);
  assert.equal((await system.client.run(past)).startTime, undefined);
});

test('after a downtime NONE starts nothing, LAST the newest slot, ALL every one, once', async () => {
  const redis = await startTestRedis();
  const own = new TriggerProbe(redis.url);
  let stateManager = await startTestStateManager(redis);
  let client = new RawClient(stateManager.address);
  try {
    const { cron, lastSlotAt } = hourly();
    for (const policy of ['NONE', 'LAST', 'ALL'])
      await client.upsert(policy, waiting({ cron, catch_up: policy }));
    client.close();
    await stateManager.stop();
    for (const policy of ['NONE', 'LAST', 'ALL']) await own.rewind(policy, lastSlotAt - 3 * hour);
    stateManager = await startTestStateManager(redis);
    client = new RawClient(stateManager.address);
    await eventually(async () => {
      const nextSlots = await Promise.all(['NONE', 'LAST', 'ALL'].map((policy) => own.nextSlots(policy)));
      return nextSlots.flat().every((slotAt) => slotAt > lastSlotAt) && (await own.recordedSlots()) === 0;
    });
    assert.deepEqual(slotsOf(await own.runs(client, 'NONE')), []);
    assert.deepEqual(slotsOf(await own.runs(client, 'LAST')), [lastSlotAt]);
    assert.deepEqual(
      slotsOf(await own.runs(client, 'ALL')),
      [3, 2, 1, 0].map((hours) => lastSlotAt - hours * hour),
    );
  } finally {
    client.close();
    await stateManager.stop();
    own.stop();
    await redis.stop();
  }
});

test('three state managers that are killed between recording slots and starting runs lose none and repeat none', async () => {
  const redis: TestRedis = await startTestRedis();
  const own = new TriggerProbe(redis.url);
  const start = () => startTestStateManager(redis);
  let stateManagers: TestStateManager[] = await Promise.all([start(), start(), start()]);
  let client = new RawClient(stateManagers[0]!.address);
  try {
    const { cron, lastSlotAt } = hourly();
    const slots = Array.from({ length: 60 }, (_, i) => lastSlotAt - (59 - i) * hour);
    await client.upsert('allows', waiting({ cron, catch_up: 'ALL', overlap: 'ALLOW' }));
    await client.upsert('skips', waiting({ cron, catch_up: 'ALL', overlap: 'SKIP' }));
    client.close();
    let left = 0;
    for (let round = 0; round < 5 && left === 0; round++) {
      if (round > 0) stateManagers = await Promise.all([start(), start(), start()]);
      for (const name of ['allows', 'skips']) await own.rewind(name, slots[0]!);
      await eventually(async () => (await own.recordedSlots()) > 0, { intervalMs: 1 });
      await Promise.all(stateManagers.map((stateManager) => stateManager.kill()));
      left = await own.recordedSlots();
    }
    assert.ok(left > 0, 'slots were recorded and had no run when all were killed');
    stateManagers = [await start()];
    client = new RawClient(stateManagers[0]!.address);
    await eventually(async () => (await own.recordedSlots()) === 0, { timeoutMs: 20_000 });
    assert.deepEqual(slotsOf(await own.runs(client, 'allows')).sort(), slots);
    assert.deepEqual(slotsOf(await own.runs(client, 'skips')), [slots[0]]);
  } finally {
    client.close();
    await Promise.all(stateManagers.map((stateManager) => stateManager.stop()));
    own.stop();
    await redis.stop();
  }
});
