import { LRUCache } from 'lru-cache';
import { getOrAdd } from '../domain/get-or-add.ts';

/** A stretch of time in which the clocks of a zone are not set; a year of UTC begins another one. */
export interface ZonePeriod {
  /** Epoch milliseconds. */
  readonly startAt: number;
  /** The first instant behind it, epoch milliseconds. */
  readonly endAt: number;
  /** Milliseconds by which its clocks are ahead of UTC. */
  readonly offsetMs: number;
  /** The time that they have reached before it: milliseconds since they showed 1970. */
  readonly reached: number;
}

const minuteMs = 60_000;
/** Years whose changes are kept. */
const maxYears = 50;
/** Time between two looks at the clocks of a zone, milliseconds: none are set twice, and back again, in it. */
const lookMs = 24 * 60 * minuteMs;
/** The longest time that clocks show again after they are set back, milliseconds: a date that comes twice, and more. */
const maxAgainMs = 48 * 60 * minuteMs;

/**
 * The periods of a time zone, as `Intl` knows them. It tells only what clocks show at an instant, so changes are looked
 * for, to the minute, and kept: a year is 366 looks, some 4 ms, once.
 */
export class ZonePeriods {
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new LRUCache<number, readonly ZonePeriod[]>({ max: maxYears });

  /** @throws RangeError there is no time zone of that name */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  }

  /** The period of an instant, and those behind it, without an end. */
  *from(at: number): Generator<ZonePeriod, never> {
    for (let year = new Date(at).getUTCFullYear(); ; year += 1) {
      for (const period of getOrAdd<number, readonly ZonePeriod[]>(this.#years, year, () =>
        this.#periodsOf(year),
      )) {
        if (period.endAt > at) yield period;
      }
    }
  }

  #periodsOf(year: number): ZonePeriod[] {
    const periods: ZonePeriod[] = [];
    const [yearStartAt, yearEndAt] = [Date.UTC(year, 0), Date.UTC(year + 1, 0)];
    let reached = Number.NEGATIVE_INFINITY;
    for (let startAt = yearStartAt - maxAgainMs; startAt < yearEndAt; ) {
      const offsetMs = this.#offsetAt(startAt);
      const endAt = this.#changeAfter(startAt, offsetMs, yearEndAt);
      if (startAt < yearStartAt && endAt > yearStartAt) {
        // The year before has its first part.
        startAt = yearStartAt;
        reached = Math.max(reached, startAt + offsetMs);
      }
      if (startAt >= yearStartAt) periods.push({ startAt, endAt, offsetMs, reached });
      reached = Math.max(reached, endAt + offsetMs);
      startAt = endAt;
    }
    return periods;
  }

  /** The first minute at which clocks have another offset, or the end. */
  #changeAfter(startAt: number, offsetMs: number, endAt: number): number {
    for (let before = startAt; before < endAt; ) {
      const after = Math.min(before + lookMs, endAt);
      if (this.#offsetAt(after) !== offsetMs) return this.#changeBetween(before, after, offsetMs);
      before = after;
    }
    return endAt;
  }

  #changeBetween(from: number, to: number, offsetMs: number): number {
    let [before, after] = [from, to];
    while (after - before > minuteMs) {
      const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs;
      if (this.#offsetAt(middle) === offsetMs) before = middle;
      else after = middle;
    }
    return after;
  }

  /** @param at epoch milliseconds, whole seconds */
  #offsetAt(at: number): number {
    const shown = this.#format.format(at).match(/\d+/g)!.map(Number);
    const [month, day, year, hour, minute, second] = shown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  }
}
