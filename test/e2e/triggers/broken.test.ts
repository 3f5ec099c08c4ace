/** Slots, ends and schedules of graphs that cannot be started: they wait, are given up, and keep no others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { TriggerProbe } from '../../support/triggers.ts';

let system: TestSystem;
let probe: TriggerProbe;
const keys = new Keys('fanout', 1);
const hourly = { cron: '0 * * * *' };

before(async () => {
  system = await startSystem();
  probe = new TriggerProbe(system.redis.url);
});
after(async () => {
  probe?.stop();
  await system?.stop();
});

function graph(triggers: object[]): TestGraph {
  return { nodes: [nodeTemplate('single')], triggers };
}

/** Stores a graph, and makes its template one that does not compile, as after an upgrade that is stricter. */
async function broken(name: string, triggers: object[]): Promise<void> {
  await system.client.upsert(name, graph(triggers));
  const key = keys.graph('default', name);
  const stored = JSON.parse((await probe.redis.hget(key, '1')) ?? '{}');
  await probe.redis.hset(key, '1', JSON.stringify({ ...stored, templateJson: '{"nodes":[]}' }));
}

/** Members of a sorted set that belong to a graph, with the instant from which each is taken. */
async function waiting(key: string, name: string): Promise<{ member: string; at: number }[]> {
  const flat = await probe.redis.zrange(key, 0, -1, 'WITHSCORES');
  return flat.flatMap((member, i) =>
    i % 2 === 0 && member.includes(`:${name}:`) ? [{ member, at: Number(flat[i + 1]) }] : [],
  );
}

/** Lets a postponed member be tried now, as if so many tries had failed. */
async function tryAgain(key: string, member: string, tries: number): Promise<void> {
  const again = member.replace(/:\d+$/, `:${tries}`);
  await probe.redis.multi().zrem(key, member).zadd(key, 1, again).exec();
}

test('a slot that cannot be started waits for longer and longer, and is given up', async () => {
  await broken('broken-slot', [hourly]);
  const [schedule = ''] = (await probe.redis.zrange(keys.schedules(), 0, -1)).filter((member) =>
    member.startsWith('default:broken-slot:'),
  );
  await probe.redis.zadd(keys.slots(), 1_000, `${schedule}:1:1000`);
  const postponed = await eventually(async () => {
    const [slot] = await waiting(keys.slots(), 'broken-slot');
    return slot?.member.endsWith(':1') && slot;
  });
  assert.ok(postponed.at > (await nowOf()), 'it is not taken before its time');
  await tryAgain(keys.slots(), postponed.member, 5);
  const later = await eventually(async () => {
    const [slot] = await waiting(keys.slots(), 'broken-slot');
    return slot?.member.endsWith(':6') && slot;
  });
  assert.ok(later.at > (await nowOf()) + 25_000);
  await tryAgain(keys.slots(), later.member, 14);
  await eventually(async () => (await waiting(keys.slots(), 'broken-slot')).length === 0);
  assert.deepEqual(await probe.runs(system.client, 'broken-slot'), []);
});

test('a schedule that cannot be worked out keeps no other from its slots', async () => {
  await broken('broken-schedule', [hourly]);
  await probe.rewind('broken-schedule', 1_000);
  await system.client.upsert('whole-schedule', graph([hourly]));
  await probe.rewind('whole-schedule', 3_600_000);
  await eventually(async () => (await probe.runs(system.client, 'whole-schedule')).length === 1);
  assert.deepEqual(await probe.nextSlots('broken-schedule'), [1_000]);
});

test('a graph that cannot be started when others end keeps none that can, and its ends are given up', async () => {
  await system.client.upsert('ending', { nodes: [nodeTemplate('finish')] });
  const triggers = [{ after: { graph: 'ending', on: ['SUCCESS'] } }];
  await broken('a-broken-listener', triggers);
  await system.client.upsert('b-whole-listener', graph(triggers));
  const runtime = await system.connect(['FinishNode']);
  const runId = await system.client.trigger('ending');
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await eventually(async () => (await probe.runs(system.client, 'b-whole-listener')).length === 1);
  const ends = keys.ends(0);
  const postponed = await eventually(async () => {
    const [end] = await waiting(ends, 'ending');
    return end && end.member.split(':').length > 6 && end;
  });
  assert.ok(postponed.member.startsWith(`${runId}:`));
  await tryAgain(ends, postponed.member, 14);
  await eventually(async () => (await waiting(ends, 'ending')).length === 0);
  assert.equal((await probe.runs(system.client, 'b-whole-listener')).length, 1);
});

async function nowOf(): Promise<number> {
  const [seconds] = await probe.redis.time();
  return Number(seconds) * 1_000;
}
