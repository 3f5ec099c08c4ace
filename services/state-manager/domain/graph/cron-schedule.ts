/** The times that a cron expression names, by clocks that are never set: calendar only, no time zone. */

/** A cron expression, read: the values that its fields name. */
export interface CronSchedule {
  /** 0 to 59, each once, ascending. */
  readonly minutes: readonly number[];
  /** 0 to 23, each once, ascending. */
  readonly hours: readonly number[];
  /** Days of the month, 1 to 31; undefined: the day of the week decides. */
  readonly days: ReadonlySet<number> | undefined;
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  /** Days of the week, 0 to 6 from Sunday; undefined: the day of the month decides. With both, either is enough. */
  readonly weekdays: ReadonlySet<number> | undefined;
  /** Neither minute nor hour begins with `*`: it means times of day. Any other means a beat that goes on with the time that passes. */
  readonly hasTimesOfDay: boolean;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Days within which whatever can come comes: a 29 February may be eight years away. */
const maxDays = 9 * 366;

/**
 * The first time that a schedule names, from one on; undefined: it names none.
 * @param from what clocks show, here and in the answer: milliseconds since they showed 1970
 */
export function firstTimeFrom(schedule: CronSchedule, from: number): number | undefined {
  const firstMinute = Math.ceil(from / minuteMs);
  let day = Math.floor((firstMinute * minuteMs) / dayMs);
  let minute = firstMinute - (day * dayMs) / minuteMs;
  for (const lastDay = day + maxDays; day < lastDay; minute = 0) {
    const date = new Date(day * dayMs);
    if (!schedule.months.has(date.getUTCMonth() + 1)) {
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / dayMs;
      continue;
    }
    const found = isNamedDay(schedule, date) ? minuteOfDayFrom(schedule, minute) : undefined;
    if (found !== undefined) return day * dayMs + found * minuteMs;
    day += 1;
  }
  return undefined;
}

function isNamedDay({ days, weekdays }: CronSchedule, date: Date): boolean {
  return days?.has(date.getUTCDate()) || weekdays?.has(date.getUTCDay()) || false;
}

function minuteOfDayFrom({ hours, minutes }: CronSchedule, from: number): number | undefined {
  const [fromHour, fromMinute] = [Math.floor(from / 60), from % 60];
  for (const hour of hours) {
    if (hour < fromHour) continue;
    const minute = hour > fromHour ? minutes[0] : minutes.find((each) => each >= fromMinute);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}
