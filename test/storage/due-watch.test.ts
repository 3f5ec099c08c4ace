import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { DueKind } from '../../services/state-manager/engine/ports/due.ts';
import { DueWatch } from '../../services/state-manager/engine/upkeep/due-watch.ts';
import { eventually } from '../support/eventually.ts';
import { quietLog, startStorage } from './fixture.ts';

const shards = 2;
const fixture = await startStorage({ shards });
after(() => fixture.stop());
const { redis, storage, keys } = fixture;

const setOf: Readonly<Record<DueKind, (shard: number) => string>> = {
  due: (shard) => keys.due(shard),
  timedOut: (shard) => keys.timeouts(shard),
  dueTimers: (shard) => keys.timers(shard),
  pastDeadlines: (shard) => keys.deadlines(shard),
  retiring: (shard) => keys.retiring(shard),
  expanding: (shard) => keys.expanding(shard),
  cancelling: (shard) => keys.cancelling(shard),
  suspects: (shard) => keys.suspects(shard),
  expired: (shard) => keys.sessions(shard),
  recordedEnds: (shard) => keys.ends(shard),
  runJobs: (shard) => keys.dueRunJobs(shard),
};
const kinds = Object.keys(setOf) as DueKind[];

/** A watch over empty sets, and the rounds that it has had begun, in their order. */
async function watch(t: TestContext, afterMs: Partial<Record<DueKind, number>> = {}) {
  await redis.flushall();
  return watchMore(t, afterMs);
}

/** Another state manager's watch over the same sets, and the looks that it takes at shards. */
async function watchMore(t: TestContext, afterMs: Partial<Record<DueKind, number>> = {}) {
  const begun: DueKind[] = [];
  const looked: number[] = [];
  const runs: ConstructorParameters<typeof DueWatch>[0] = {
    shards,
    shardOf: (runId) => storage.runs.shardOf(runId),
    firstInstants(of, stateManagerId) {
      looked.push(...of);
      return storage.runs.firstInstants(of, stateManagerId);
    },
  };
  const watching = new DueWatch(runs, quietLog);
  const rounds = kinds.map((kind) => [kind, { nudge: () => begun.push(kind), afterMs: afterMs[kind] ?? 0 }]);
  watching.drive(Object.fromEntries(rounds) as Record<DueKind, { nudge(): void; afterMs: number }>);
  watching.start();
  t.after(() => watching.stop());
  return { watching, begun, looked };
}

/** Has something be due in so many milliseconds. */
async function wait(kind: DueKind, shard: number, ms: number): Promise<void> {
  await redis.zadd(setOf[kind](shard), Date.now() + ms, 'some:1:1');
}

/** Scripts that were run so far. */
async function looks(): Promise<number> {
  const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats')) ?? [];
  return Number(calls ?? 0);
}

for (const kind of kinds) {
  test(`the round of ${kind} begins when something of it is due, on any shard, and no other does`, async (t) => {
    const { begun } = await watch(t);
    await wait(kind, 1, 0);
    await eventually(() => begun.length > 0);
    assert.deepEqual(new Set(begun), new Set([kind]));
  });
}

test('what others may have in work is due after that time', async (t) => {
  const { begun } = await watch(t, { cancelling: 300 });
  await wait('cancelling', 0, 0);
  await wait('due', 0, 200);
  await eventually(() => begun.includes('cancelling'));
  assert.equal(begun[0], 'due', 'its round has begun before');
});

test('what is due soon is looked at then, and what is touched at once', async (t) => {
  const { watching, begun } = await watch(t);
  const runId = 'some';
  const shard = storage.runs.shardOf(runId);
  const took: number[] = [];
  while (took.length < 5) {
    const startedAt = performance.now();
    await wait('due', shard, 120);
    watching.touched(runId);
    await eventually(() => begun.length > 0, { intervalMs: 5 });
    took.push(performance.now() - startedAt);
    await redis.del(setOf.due(shard));
    begun.length = 0;
    // From here on nothing is looked at for a second.
    const before = await looks();
    await eventually(async () => (await looks()) > before);
  }
  assert.ok(Math.min(...took) >= 115, 'never before its time');
  assert.ok(Math.min(...took) < 350, 'and the fastest of them without the second between two looks');
});

test('a shard with nothing that is due is seldom looked at', async (t) => {
  const { begun } = await watch(t);
  await wait('pastDeadlines', 0, 60_000);
  const before = await looks();
  const startedAt = performance.now();
  await eventually(async () => (await looks()) >= before + 4 * shards);
  // Four looks, the first at once and the others a second apart.
  assert.ok(performance.now() - startedAt > 2_600);
  assert.deepEqual(begun, []);
});

test('a set that cannot be read keeps nothing else from being done', async (t) => {
  const { begun } = await watch(t);
  await redis.set(keys.due(0), 'no sorted set');
  await wait('retiring', 0, 0);
  await wait('expired', 1, 0);
  await eventually(() => begun.includes('retiring') && begun.includes('expired'));
});

test('a watch looks again as soon as Redis is back', async (t) => {
  const { begun } = await watch(t);
  await fixture.server.restart();
  await eventually(async () => (await redis.ping()) === 'PONG');
  await wait('retiring', 1, 0);
  await eventually(() => begun.includes('retiring'));
});

test('one state manager looks after a shard, and another one goes on soon after it has gone', async (t) => {
  const first = await watch(t);
  await eventually(async () => (await redis.exists(keys.upkeep(0), keys.upkeep(1))) === shards);
  const second = await watchMore(t);
  await eventually(() => first.looked.length >= 8 * shards);
  assert.ok(second.looked.length > 0, 'it sees whether the first one is still there');
  assert.ok(second.looked.length <= first.looked.length / 2, `${second.looked} of ${first.looked}`);

  await first.watching.stop();
  await wait('retiring', 0, 0);
  await eventually(() => second.begun.includes('retiring'), { timeoutMs: 6_000 });
  const [before, startedAt] = [second.looked.length, performance.now()];
  // It is looked at as often as by the first one now.
  await eventually(() => second.looked.length >= before + 4 * shards);
  assert.ok(performance.now() - startedAt < 12_000);
});

test('what is due soon where another one looks after the shard is done by who has put it there', async (t) => {
  await watch(t);
  await eventually(async () => (await redis.exists(keys.upkeep(0), keys.upkeep(1))) === shards);
  const second = await watchMore(t);
  const shard = storage.runs.shardOf('some');
  await eventually(() => second.looked.includes(shard));
  await wait('due', shard, 150);
  second.watching.touched('some');
  await eventually(() => second.begun.includes('due'), { timeoutMs: 1_500 });
});

test('suspects are looked for by all, who has runtimes for them is not known in storage', async (t) => {
  const first = await watch(t);
  await eventually(async () => (await redis.exists(keys.upkeep(0), keys.upkeep(1))) === shards);
  const second = await watchMore(t);
  await wait('suspects', 0, 0);
  await eventually(() => [first, second].every(({ begun }) => begun.includes('suspects')));
});
