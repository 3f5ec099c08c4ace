import { LRUCache } from 'lru-cache';
import { getOrAdd } from '../domain/get-or-add.ts';
import { type CronSchedule, firstTimeFrom } from '../domain/graph/cron-schedule.ts';
import { parseCron } from '../domain/template/cron-expression.ts';
import type { CronClock } from '../engine/ports/triggers.ts';
import { ZonePeriods } from './zone-periods.ts';

/** Expressions that are kept, read. */
const maxSchedules = 1_000;
/** Time zones whose changes are kept: there are some 600 names. */
const maxZones = 600;
/** Milliseconds by which what clocks show and UTC are apart at most, and what they may be set by. */
const apartMs = 4 * 24 * 60 * 60_000;

/**
 * Slots of cron expressions by the clocks of a time zone. Where these are set it does as Vixie's cron does. A schedule
 * with times of day (neither second, minute nor hour begins with `*`) has a slot when clocks reach or pass a time for the first
 * time: one that is skipped counts at that moment, one that comes twice counts at first. Any other has a slot whenever
 * clocks show its time: one that is skipped has none, one that comes twice has two.
 */
export class ZonedCronClock implements CronClock {
  readonly #schedules = new LRUCache<string, CronSchedule>({ max: maxSchedules });
  readonly #zones = new LRUCache<string, ZonePeriods>({ max: maxZones });

  next(cron: string, timeZone: string, afterAt: number): number | undefined {
    const schedule = getOrAdd<string, CronSchedule>(this.#schedules, cron, () => parseCron(cron));
    const zone = getOrAdd<string, ZonePeriods>(this.#zones, timeZone, () => new ZonePeriods(timeZone));
    for (let lookAt = afterAt + 1; ; ) {
      const found = firstSlot(schedule, zone, afterAt, lookAt);
      if (found === undefined || found.slotAt !== undefined) return found?.slotAt;
      lookAt = found.lookAt;
    }
  }
}

/**
 * The first slot after an instant; or where to look on, because it is so far away that the years up to there need not be
 * looked at. Undefined: there is none.
 */
function firstSlot(
  schedule: CronSchedule,
  zone: ZonePeriods,
  afterAt: number,
  lookAt: number,
): { slotAt: number } | { slotAt?: undefined; lookAt: number } | undefined {
  for (const { startAt, endAt, offsetMs, reached } of zone.from(lookAt)) {
    // Times of day go on from where clocks had been before they were set, a beat from what they show then.
    const first = schedule.hasTimesOfDay ? reached : startAt + offsetMs;
    const from = afterAt < startAt ? first : Math.max(first, afterAt + 1 + offsetMs);
    const time = firstTimeFrom(schedule, from);
    if (time === undefined) return undefined;
    if (time < endAt + offsetMs) return { slotAt: Math.max(time - offsetMs, startAt) };
    if (time - apartMs > endAt) return { lookAt: time - apartMs };
  }
}
