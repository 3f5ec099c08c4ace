/** The cron expressions that users may write: what is wrong with one, and the schedule that it means. */

import type { CronSchedule } from '../graph/cron-schedule.ts';
import { quoted } from '../json/json.ts';
import {
  type CronField,
  dateField,
  datesOf,
  hourField,
  minuteField,
  monthField,
  monthNames,
  secondField,
  valuesOf,
  weekdayField,
  weekdaysOf,
} from './cron-fields.ts';

/** Short names of expressions, as cron has them. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['@YEARLY', '0 0 1 1 *'],
  ['@ANNUALLY', '0 0 1 1 *'],
  ['@MONTHLY', '0 0 1 * *'],
  ['@WEEKLY', '0 0 * * 0'],
  ['@DAILY', '0 0 * * *'],
  ['@MIDNIGHT', '0 0 * * *'],
  ['@HOURLY', '0 * * * *'],
]);

/**
 * The expression with one space between its fields, in capitals, without an alias and without a second that is 0: what is
 * the same schedule then has the same text.
 */
export function normalCron(expression: string): string {
  const parts = partsOf(expression);
  return (parts.length === 6 && /^0+$/.test(parts[0]!) ? parts.slice(1) : parts).join(' ');
}

/** The fault of a cron expression, to follow its name in a sentence; undefined: none. */
export function cronError(expression: string): string | undefined {
  if (expression.length > 256) return 'is longer than 256 characters: shorten it';
  const parts = partsOf(expression);
  if (parts[0]!.startsWith('@')) {
    const known = [...aliases.keys()].map((alias) => alias.toLowerCase()).join(', ');
    return `is no alias: use one of ${known}, or five or six fields`;
  }
  if (parts.length !== 5 && parts.length !== 6) {
    return `has ${parts.length} fields and needs 5: minute, hour, day of month, month, day of week; or 6, with the second first`;
  }
  const read = fieldsOf(parts);
  for (const [part, field, values] of read) {
    if (values !== undefined) continue;
    return `has a bad ${field.name} ${quoted(part)}: use *, numbers from ${field.least} to ${field.most}, ranges a-b, lists a,b and steps /n with n up to ${field.maxStep}${field.more}`;
  }
  return dateError(parts);
}

/** The schedule that an expression means. @throws Error the expression has a fault: `cronError` says which */
export function parseCron(expression: string): CronSchedule {
  const error = cronError(expression);
  if (error !== undefined) throw new Error(`the cron expression ${quoted(expression)} ${error}`);
  const [second, minute, hour, day, month, weekday] = withSecond(partsOf(expression));
  return {
    seconds: valuesOf(second, secondField)!,
    minutes: valuesOf(minute, minuteField)!,
    hours: valuesOf(hour, hourField)!,
    days: day === '*' && weekday !== '*' ? undefined : datesOf(day),
    months: new Set(valuesOf(month, monthField)),
    weekdays: weekday === '*' ? undefined : weekdaysOf(weekday),
    hasTimesOfDay: ![second, minute, hour].some((part) => part.startsWith('*')),
  };
}

type Parts = [second: string, minute: string, hour: string, day: string, month: string, weekday: string];

function partsOf(expression: string): string[] {
  const text = expression.trim().toUpperCase();
  return (aliases.get(text) ?? text).split(/\s+/);
}

function withSecond(parts: readonly string[]): Parts {
  return (parts.length === 5 ? ['0', ...parts] : parts) as Parts;
}

/** Each field, with its values; undefined: it names none. */
function fieldsOf(parts: readonly string[]): [part: string, field: CronField, values: unknown][] {
  const [second, minute, hour, day, month, weekday] = withSecond(parts);
  return [
    [second, secondField, valuesOf(second, secondField)],
    [minute, minuteField, valuesOf(minute, minuteField)],
    [hour, hourField, valuesOf(hour, hourField)],
    [day, dateField, datesOf(day)],
    [month, monthField, valuesOf(month, monthField)],
    [weekday, weekdayField, weekdaysOf(weekday)],
  ];
}

/** Days of each month in a leap year. */
const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day of the week makes up for any date: either of the two is enough. */
function dateError(parts: readonly string[]): string | undefined {
  const [, , , day, month, weekday] = withSecond(parts);
  if (weekday !== '*') return undefined;
  const { dates, hasLast, hasLastWorkday, nearWorkdays } = datesOf(day)!;
  if (hasLast || hasLastWorkday) return undefined;
  const months = valuesOf(month, monthField)!;
  const first = Math.min(...dates, ...nearWorkdays);
  if (months.some((each) => first <= daysOf[each - 1]!)) return undefined;
  const names = months.map((each) => monthNames[each - 1]).join(', ');
  return `names the day ${first} of ${names}, which no year has: correct the day of month or the month`;
}
