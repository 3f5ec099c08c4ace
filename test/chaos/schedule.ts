/** The faults of a run of chaos, and when: a seed gives the same ones again. */
import type { Fault } from './faults/fault.ts';
import { Random } from './random.ts';

/** No two faults begin further apart than this, milliseconds. */
const mostApartMs = 4_000;
const leastApartMs = 1_000;

export interface PlannedFault {
  /** Since the beginning, milliseconds. */
  readonly atMs: number;
  readonly fault: Fault;
  /** Seed of its own random numbers: what others draw does not change them. */
  readonly seed: number;
}

/** All faults in a random order, and all of them again, until the time is up. */
export function planFaults(faults: readonly Fault[], seed: number, durationMs: number): PlannedFault[] {
  const random = new Random(seed);
  const planned: PlannedFault[] = [];
  let round: Fault[] = [];
  for (let atMs = leastApartMs; atMs < durationMs; atMs += random.between(leastApartMs, mostApartMs)) {
    if (round.length === 0) round = random.shuffle(faults);
    planned.push({ atMs, fault: round.pop()!, seed: random.between(0, 2 ** 31 - 1) });
  }
  return planned;
}
