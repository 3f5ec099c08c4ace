/** The days that a cron expression names, by the calendar alone. */

/** Days of the month. */
export interface NamedDates {
  /** 1 to 31. */
  readonly dates: ReadonlySet<number>;
  /** True: the last day of each month, `L`. */
  readonly hasLast: boolean;
  /** Dates, 1 to 31, for each of which the nearest day from Monday to Friday of the same month counts, `15W`. */
  readonly nearWorkdays: readonly number[];
  /** True: the last day from Monday to Friday of each month, `LW`. */
  readonly hasLastWorkday: boolean;
}

/** Days of the week, 0 to 6 from Sunday. */
export interface NamedWeekdays {
  /** Days of every week. */
  readonly weekly: ReadonlySet<number>;
  /** Days that come once a month: the first to the fifth, or the last. */
  readonly monthly: readonly { readonly weekday: number; readonly nth: number | 'last' }[];
}

const saturday = 6;
const sunday = 0;

/** True if a date is named. @param date the day, at midnight by UTC */
export function isNamedDate(named: NamedDates, date: Date): boolean {
  const day = date.getUTCDate();
  if (named.dates.has(day)) return true;
  if (!named.hasLast && !named.hasLastWorkday && named.nearWorkdays.length === 0) return false;
  const length = daysInMonth(date);
  if (named.hasLast && day === length) return true;
  const weekdayOf = (other: number) => (((date.getUTCDay() + other - day) % 7) + 7) % 7;
  if (named.hasLastWorkday && day === nearestWorkday(length, length, weekdayOf)) return true;
  return named.nearWorkdays.some((near) => near <= length && day === nearestWorkday(near, length, weekdayOf));
}

/** True if the day of the week of a date is named. @param date the day, at midnight by UTC */
export function isNamedWeekday({ weekly, monthly }: NamedWeekdays, date: Date): boolean {
  const weekday = date.getUTCDay();
  if (weekly.has(weekday)) return true;
  const day = date.getUTCDate();
  return monthly.some(
    (one) =>
      one.weekday === weekday &&
      (one.nth === 'last' ? day + 7 > daysInMonth(date) : Math.ceil(day / 7) === one.nth),
  );
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The day from Monday to Friday that is nearest to one, in the same month of `length` days. */
function nearestWorkday(day: number, length: number, weekdayOf: (day: number) => number): number {
  const weekday = weekdayOf(day);
  if (weekday === saturday) return day === 1 ? 3 : day - 1;
  if (weekday === sunday) return day === length ? day - 2 : day + 1;
  return day;
}
