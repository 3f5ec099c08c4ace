/** Permits of rate limits: how many are given in any span, to whom first, and what is left of them in storage. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { RateLimit } from '../../../services/state-manager/engine/ports/limits.ts';
import { eventually } from '../../support/eventually.ts';
import { startStorage } from '../fixture.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const second = await fixture.open();

let limits = 0;

/** A limit that no other test has. */
function newLimit(limit: number, perMs: number, key?: string): RateLimit {
  limits++;
  const place = { graphName: `graph-${limits}`, identifier: 'work' };
  return {
    namespace: 'default',
    nodeName: 'WorkNode',
    place,
    limit,
    perMs,
    ...(key !== undefined && { key }),
  };
}

/** Asks permits of one limit for some states. */
async function take(limit: RateLimit, states: readonly number[], usableMs = 20, from = storage) {
  const asked = states.map((state) => ({ runId: 'run', state, limits: [0] }));
  return (await from.limits.takePermits([limit], asked, usableMs)).waits;
}

test('no more states than the limit have a permit, and each of the others is told when one is free for it', async () => {
  const limit = newLimit(2, 60_000);
  const waits = await take(limit, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(waits.slice(0, 2), [0, 0]);
  // The third and fourth come with the first permits again; the last ones far behind, so they only look in before.
  const [third, fourth, ...others] = waits.slice(2);
  assert.ok(third! > 15_000 && third! <= 30_000, `${third}`);
  assert.ok(fourth! > 15_000 && fourth! <= 30_000);
  assert.ok(others.every((wait) => wait > 15_000 && wait <= 30_000));
});

test('two state managers that ask all the time give no more than the limit in any span', async () => {
  const limit = newLimit(5, 200);
  const usableMs = 10;
  const granted: { first: number; last: number }[] = [];
  const ask = async (from: typeof storage, runId: string) => {
    let next = 1;
    while (performance.now() < until) {
      const first = performance.now();
      const asked = [0, 1, 2].map((more) => ({ runId, state: next + more, limits: [0] }));
      const { waits } = await from.limits.takePermits([limit], asked, usableMs);
      const last = performance.now();
      for (const wait of waits) if (wait === 0) granted.push({ first, last });
      if (waits.every((wait) => wait === 0)) next += 3;
      else await pause(Math.min(...waits.filter((wait) => wait > 0)));
    }
  };
  const until = performance.now() + 1_500;
  await Promise.all([ask(storage, 'one'), ask(second, 'two'), ask(storage, 'three')]);
  granted.sort((left, right) => left.last - right.last);
  // A permit is used within its time or not at all: from the last such instant on the span is counted.
  for (let i = 5; i < granted.length; i++) {
    const gap = granted[i]!.last - granted[i - 5]!.first;
    assert.ok(gap >= 200 + usableMs, `six permits within ${gap} ms`);
  }
  assert.ok(granted.length >= 5 * 5, `${granted.length} permits in 1.5 s`);
});

test('who was told to come is served before those who are new', async () => {
  const limit = newLimit(1, 150);
  const [given, wait, later] = await take(limit, [1, 2, 3]);
  assert.equal(given, 0);
  assert.ok(wait! > 100 && wait! < 200, `${wait}`);
  assert.ok(later! > wait! + 100, `${later} is a span behind ${wait}`);
  await pause(wait! + 5);
  // It is due, and a new one comes first.
  const [newer] = await take(limit, [9]);
  assert.ok(newer! > 150, `the new one waits behind both: ${newer}`);
  assert.deepEqual(await take(limit, [2]), [0]);
});

test('a place in the line is lost by who does not come, and its permit goes to others', async () => {
  const limit = newLimit(1, 100);
  const [, wait] = await take(limit, [1, 2]);
  await pause(wait! + 5);
  assert.notDeepEqual(await take(limit, [3]), [0], 'what is free is kept for the one that is due');
  await eventually(async () => (await take(limit, [4]))[0] === 0 || undefined, { timeoutMs: 5_000 });
});

test('permits are counted apart by key', async () => {
  const one = newLimit(1, 60_000, 'one');
  const other = { ...one, key: 'other' };
  assert.deepEqual(await take(one, [1]), [0]);
  assert.deepEqual(await take(other, [2]), [0]);
  assert.notDeepEqual(await take(one, [3]), [0]);
});

test('a state gets permits of all its limits or of none', async () => {
  const [wide, narrow] = [newLimit(10, 60_000), newLimit(1, 60_000)];
  const states = [1, 2, 3].map((state) => ({ runId: 'run', state, limits: [0, 1] }));
  const { waits, outlooks } = await storage.limits.takePermits([wide, narrow], states, 20);
  assert.deepEqual(
    waits.map((wait) => wait === 0),
    [true, false, false],
  );
  assert.equal(outlooks[0]!.free, 9, 'those that the narrow one keeps take nothing of the wide one');
  assert.equal(outlooks[1]!.free, 0);
  const [first, second] = await storage.limits.outlooks([wide, narrow]);
  assert.equal(first!.waiting, 0);
  assert.equal(second!.waiting, 2);
  assert.ok(second!.nextInMs > 59_000 && second!.nextInMs <= 61_000);
  assert.equal(second!.next, 1);
});

test('a limit that was changed counts what was given before', async () => {
  const limit = newLimit(3, 60_000);
  assert.deepEqual(await take(limit, [1, 2, 3]), [0, 0, 0]);
  const [fourth, fifth] = await take({ ...limit, limit: 4 }, [4, 5]);
  assert.equal(fourth, 0);
  assert.notEqual(fifth, 0);
  assert.notDeepEqual(await take({ ...limit, limit: 2 }, [6]), [0]);
});

test('the same call twice gives no more than the limit', async () => {
  const limit = newLimit(4, 60_000);
  assert.deepEqual(await take(limit, [1, 2]), [0, 0]);
  assert.deepEqual(await take(limit, [1, 2]), [0, 0]);
  assert.notDeepEqual(await take(limit, [1]), [0]);
});

test('many permits take little room, all in one slot, and are gone by themselves', async () => {
  const limit = newLimit(10_000, 100, 'x'.repeat(100_000));
  for (let state = 0; state < 2_000; state += 200)
    await take(
      limit,
      Array.from({ length: 200 }, (_, i) => state + i),
    );
  const names = await redis.keys(`*${limit.place!.graphName}*`);
  assert.equal(names.length, 1);
  const [name] = names;
  assert.ok((await redis.strlen(name!)) < 4_000 && name!.length < 200);
  assert.ok(name!.startsWith(`{test.${keys.shardOf('default')}}`));
  await eventually(async () => (await redis.exists(name!)) === 0 || undefined);
});
