/** The cron expressions that users may write: what is wrong with one, and the schedule that it means. */

import type { CronSchedule } from '../graph/cron-schedule.ts';
import { quoted } from '../json/json.ts';

/** The expression with one space between its fields: what is the same schedule then has the same text. */
export function normalCron(expression: string): string {
  return expression.trim().split(/\s+/).join(' ').toUpperCase();
}

/** The fault of a 5-field cron expression, to follow its name in a sentence; undefined: none. */
export function cronError(expression: string): string | undefined {
  if (expression.length > 256) return 'is longer than 256 characters: shorten it';
  const parts = partsOf(expression);
  if (parts.length !== fields.length) {
    return `has ${parts.length} fields and needs 5: minute, hour, day of month, month, day of week`;
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index]!;
    if (valuesOf(part, field) === undefined) {
      return `has a bad ${field.name} ${quoted(part)}: use *, numbers from ${field.least} to ${field.most}, ranges a-b, lists a,b and steps /n with n up to ${field.maxStep}`;
    }
  }
  return dateError(parts);
}

/** The schedule that an expression means. @throws Error the expression has a fault: `cronError` says which */
export function parseCron(expression: string): CronSchedule {
  const error = cronError(expression);
  if (error !== undefined) throw new Error(`the cron expression ${quoted(expression)} ${error}`);
  const [minute, hour, day, month, weekday] = partsOf(expression);
  const [minutes, hours, days, chosenMonths, weekdays] = [minute, hour, day, month, weekday].map(
    (part, index) => [...new Set(valuesOf(part!, fields[index]!))].sort((a, b) => a - b),
  );
  return {
    minutes: minutes!,
    hours: hours!,
    days: day === '*' && weekday !== '*' ? undefined : new Set(days),
    months: new Set(chosenMonths),
    // Sunday is 0 and 7.
    weekdays: weekday === '*' ? undefined : new Set(weekdays!.map((value) => value % 7)),
    hasTimesOfDay: ![minute, hour].some((part) => part!.startsWith('*')),
  };
}

function partsOf(expression: string): string[] {
  return expression.trim().split(/\s+/);
}

/** A day of the week makes up for any date: either of the two is enough. */
function dateError(parts: readonly string[]): string | undefined {
  if (parts[4] !== '*') return undefined;
  const [days, chosenMonths] = [2, 3].map((index) => valuesOf(parts[index]!, fields[index]!)!);
  const first = Math.min(...days!);
  if (chosenMonths!.some((month) => first <= daysOf[month - 1]!)) return undefined;
  const names = [...new Set(chosenMonths)].map((month) => months[month - 1]).join(', ');
  return `names the day ${first} of ${names}, which no year has: correct the day of month or the month`;
}

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** The longest step that leads anywhere. */
  readonly maxStep: number;
  /** Names of the values, from the least one up. */
  readonly words: readonly string[];
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
/** Days of each month in a leap year. */
const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const fields: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59, maxStep: 60, words: [] },
  { name: 'hour', least: 0, most: 23, maxStep: 24, words: [] },
  { name: 'day of month', least: 1, most: 31, maxStep: 31, words: [] },
  { name: 'month', least: 1, most: 12, maxStep: 12, words: months },
  { name: 'day of week', least: 0, most: 7, maxStep: 7, words: weekdays },
];

/** The values of a list of ranges, some of them perhaps more than once; undefined: one of the ranges is none. */
function valuesOf(part: string, field: CronField): number[] | undefined {
  const values: number[] = [];
  for (const range of part.split(',')) {
    const found = valuesOfRange(range, field);
    if (found === undefined) return undefined;
    values.push(...found);
  }
  return values;
}

/** The values of `*`, `a`, `a-b`, each perhaps with `/n`; undefined: it is none of these. */
function valuesOfRange(range: string, field: CronField): number[] | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/([1-9][0-9]?))?$/.exec(range);
  if (match === null) return undefined;
  const [, from, to, step] = match;
  const first = from === undefined ? field.least : valueIn(from, field);
  let last = to === undefined ? first : valueIn(to, field);
  // A value with a step goes on from there, as * does.
  if (from === undefined || (to === undefined && step !== undefined)) last = field.most;
  // A week that ends on a Sunday.
  if (to?.toUpperCase() === 'SUN') last = field.most;
  if (first === undefined || last === undefined || first > last) return undefined;
  const by = Number(step ?? 1);
  if (by > field.maxStep) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) => first + i * by);
}

function valueIn(word: string, field: CronField): number | undefined {
  const named = field.words.indexOf(word.toUpperCase());
  if (named >= 0) return field.least + named;
  const value = /^[0-9]{1,2}$/.test(word) ? Number(word) : Number.NaN;
  return value >= field.least && value <= field.most ? value : undefined;
}
