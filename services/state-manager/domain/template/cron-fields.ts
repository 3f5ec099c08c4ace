/** The fields of cron expressions: what each may hold, and the values that it then names. */
import type { NamedDates, NamedWeekdays } from '../graph/cron-days.ts';

/** A field of a cron expression. */
export interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** The longest step that leads anywhere. */
  readonly maxStep: number;
  /** Names of the values, from the least one up. */
  readonly words: readonly string[];
  /** Sentence part for people about what it may hold besides numbers; empty: nothing. */
  readonly more: string;
}

export const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdayNames = 'SUN MON TUE WED THU FRI SAT'.split(' ');

export const secondField = field('second', 0, 59, 60);
export const minuteField = field('minute', 0, 59, 60);
export const hourField = field('hour', 0, 23, 24);
export const dateField = field(
  'day of month',
  1,
  31,
  31,
  [],
  ', L for the last day, LW for the last from Monday to Friday, 15W for the one nearest to the 15th',
);
export const monthField = field('month', 1, 12, 12, monthNames);
export const weekdayField = field(
  'day of week',
  0,
  7,
  7,
  weekdayNames,
  ', MON#2 for the second Monday of the month, MON#L for the last',
);

/** Parameters in the order of the members. */
function field(
  name: string,
  least: number,
  most: number,
  maxStep: number,
  words: readonly string[] = [],
  more = '',
): CronField {
  return { name, least, most, maxStep, words, more };
}

/** The values of a list of ranges, ascending, each once; undefined: one of the ranges is none. */
export function valuesOf(part: string, of: CronField): number[] | undefined {
  const found = part.split(',').map((range) => valuesOfRange(range, of));
  if (found.some((values) => values === undefined)) return undefined;
  return [...new Set(found.flatMap((values) => values!))].sort((a, b) => a - b);
}

/** The days of the month that a field names; undefined: it is none. */
export function datesOf(part: string): NamedDates | undefined {
  const items = part.toUpperCase().split(',');
  const isSpecial = (item: string) => item === 'L' || item === 'LW' || /^[0-9]{1,2}W$/.test(item);
  const nearWorkdays = items
    .filter((item) => isSpecial(item) && item.length > 1 && item !== 'LW')
    .map((item) => Number(item.slice(0, -1)));
  if (nearWorkdays.some((date) => date < dateField.least || date > dateField.most)) return undefined;
  const dates = valuesOfEach(
    items.filter((item) => !isSpecial(item)),
    dateField,
  );
  return dates && { dates, hasLast: items.includes('L'), nearWorkdays, hasLastWorkday: items.includes('LW') };
}

/** The days of the week that a field names; undefined: it is none. */
export function weekdaysOf(part: string): NamedWeekdays | undefined {
  const items = part.toUpperCase().split(',');
  const weekly: string[] = [];
  const monthly: { weekday: number; nth: number | 'last' }[] = [];
  for (const item of items) {
    const [, day, nth] = /^(\w+)#([1-5L])$/.exec(item) ?? /^([0-7]|[A-Z]{3})(L)$/.exec(item) ?? [];
    if (day === undefined) {
      weekly.push(item);
      continue;
    }
    const weekday = valueIn(day, weekdayField);
    if (weekday === undefined) return undefined;
    // Sunday is 0 and 7.
    monthly.push({ weekday: weekday % 7, nth: nth === 'L' ? 'last' : Number(nth) });
  }
  const values = valuesOfEach(weekly, weekdayField);
  return values && { weekly: new Set([...values].map((value) => value % 7)), monthly };
}

function valuesOfEach(items: readonly string[], of: CronField): ReadonlySet<number> | undefined {
  const values = items.length === 0 ? [] : valuesOf(items.join(','), of);
  return values && new Set(values);
}

/** The values of `*`, `a`, `a-b`, each perhaps with `/n`; undefined: it is none of these. */
function valuesOfRange(range: string, of: CronField): number[] | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/([1-9][0-9]?))?$/.exec(range);
  if (match === null) return undefined;
  const [, from, to, step] = match;
  const first = from === undefined ? of.least : valueIn(from, of);
  let last = to === undefined ? first : valueIn(to, of);
  // A value with a step goes on from there, as * does.
  if (from === undefined || (to === undefined && step !== undefined)) last = of.most;
  // A week that ends on a Sunday.
  if (to?.toUpperCase() === 'SUN') last = of.most;
  if (first === undefined || last === undefined || first > last) return undefined;
  const by = Number(step ?? 1);
  if (by > of.maxStep) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) => first + i * by);
}

function valueIn(word: string, { least, most, words }: CronField): number | undefined {
  const named = words.indexOf(word.toUpperCase());
  if (named >= 0) return least + named;
  const value = /^[0-9]{1,2}$/.test(word) ? Number(word) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
