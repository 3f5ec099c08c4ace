import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allFaults, faultsNamed } from './faults/all-faults.ts';
import { planFaults } from './schedule.ts';

const minuteMs = 60_000;

function namesOf(seed: number, durationMs: number): string[] {
  return planFaults(allFaults, seed, durationMs).map(
    ({ atMs, fault, seed: own }) => `${atMs} ${fault.name} ${own}`,
  );
}

test('a seed plans the same faults again, and another seed others', () => {
  assert.deepEqual(namesOf(1, minuteMs), namesOf(1, minuteMs));
  assert.notDeepEqual(namesOf(1, minuteMs), namesOf(2, minuteMs));
});

test('a longer time begins as a shorter one', () => {
  const short = namesOf(3, minuteMs);
  assert.deepEqual(namesOf(3, 2 * minuteMs).slice(0, short.length), short);
});

test('every kind comes once before any comes again, and never is there none for five seconds', () => {
  const planned = planFaults(allFaults, 4, 10 * minuteMs);
  const rounds = Math.floor(planned.length / allFaults.length);
  assert.ok(rounds >= 2, `${rounds} rounds`);
  for (let round = 0; round < rounds; round++) {
    const names = planned
      .slice(round * allFaults.length, (round + 1) * allFaults.length)
      .map(({ fault }) => fault.name);
    assert.equal(new Set(names).size, allFaults.length);
  }
  for (const [index, { atMs }] of planned.entries())
    assert.ok(atMs - (planned[index - 1]?.atMs ?? 0) <= 5_000, `none until ${atMs}`);
});

test('a fault that there is none of is refused, with those that there are', () => {
  assert.throws(
    () => faultsNamed(['redis-killed', 'earthquake'], 'single'),
    /"earthquake".* there are .*redis-killed/,
  );
  assert.throws(
    () => faultsNamed(['slots-moved'], 'sentinel'),
    /where Redis is sentinel: there are .*failed-over/,
  );
});
