/** The times that a cron expression names, by clocks that are never set: calendar only, no time zone. */
import { isNamedDate, isNamedWeekday, type NamedDates, type NamedWeekdays } from './cron-days.ts';

/** A cron expression, read: the values that its fields name. */
export interface CronSchedule {
  /** 0 to 59, each once, ascending. */
  readonly seconds: readonly number[];
  /** 0 to 59, each once, ascending. */
  readonly minutes: readonly number[];
  /** 0 to 23, each once, ascending. */
  readonly hours: readonly number[];
  /** Days of the month; undefined: the day of the week decides. */
  readonly days: NamedDates | undefined;
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  /** Days of the week; undefined: the day of the month decides. With both, either is enough. */
  readonly weekdays: NamedWeekdays | undefined;
  /**
   * Neither second, minute nor hour begins with `*`: it means times of day. Any other means a beat that goes on with the
   * time that passes.
   */
  readonly hasTimesOfDay: boolean;
}

const secondMs = 1_000;
const daySeconds = 24 * 60 * 60;
const dayMs = daySeconds * secondMs;
/** Days within which whatever can come comes: a fifth Monday in February may be 40 years away. */
const maxDays = 41 * 366;

/**
 * The first time that a schedule names, from one on; undefined: it names none.
 * @param from what clocks show, here and in the answer: milliseconds since they showed 1970
 */
export function firstTimeFrom(schedule: CronSchedule, from: number): number | undefined {
  const firstSecond = Math.ceil(from / secondMs);
  let day = Math.floor(firstSecond / daySeconds);
  let second = firstSecond - day * daySeconds;
  for (const lastDay = day + maxDays; day < lastDay; second = 0) {
    const date = new Date(day * dayMs);
    if (!schedule.months.has(date.getUTCMonth() + 1)) {
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / dayMs;
      continue;
    }
    const found = isNamedDay(schedule, date) ? secondOfDayFrom(schedule, second) : undefined;
    if (found !== undefined) return day * dayMs + found * secondMs;
    day += 1;
  }
  return undefined;
}

function isNamedDay({ days, weekdays }: CronSchedule, date: Date): boolean {
  return (days && isNamedDate(days, date)) || (weekdays && isNamedWeekday(weekdays, date)) || false;
}

function secondOfDayFrom({ hours, minutes, seconds }: CronSchedule, from: number): number | undefined {
  const fromMinute = Math.floor(from / 60);
  const fromHour = Math.floor(fromMinute / 60);
  for (const hour of hours) {
    if (hour < fromHour) continue;
    for (const minute of minutes) {
      const minuteOfDay = hour * 60 + minute;
      if (minuteOfDay < fromMinute) continue;
      const least = minuteOfDay > fromMinute ? 0 : from - fromMinute * 60;
      const second = seconds.find((each) => each >= least);
      if (second !== undefined) return minuteOfDay * 60 + second;
    }
  }
  return undefined;
}
