import { quoted } from './json.ts';

/** What is wrong with a 5-field cron expression, to follow its name in a sentence; undefined: nothing. */
export function cronError(expression: string): string | undefined {
  if (expression.length > 256) return 'is longer than 256 characters: shorten it';
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `has ${parts.length} fields and needs 5: minute, hour, day of month, month, day of week`;
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? '';
    if (!part.split(',').every((range) => isRange(range, field))) {
      return `has a bad ${field.name} ${quoted(part)}: use *, numbers from ${field.least} to ${field.most}, ranges a-b, lists a,b and steps /n`;
    }
  }
  return undefined;
}

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names of the values, from the least one up. */
  readonly words: readonly string[];
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const fields: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: months },
  { name: 'day of week', least: 0, most: 7, words: weekdays },
];

function isRange(range: string, field: CronField): boolean {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/([1-9][0-9]{0,3}))?$/.exec(range);
  if (match === null) return false;
  if (match[1] === undefined) return true;
  const first = valueIn(match[1], field);
  const last = match[2] === undefined ? first : valueIn(match[2], field);
  return first !== undefined && last !== undefined && first <= last;
}

function valueIn(word: string, field: CronField): number | undefined {
  const named = field.words.indexOf(word.toUpperCase());
  if (named >= 0) return field.least + named;
  const value = /^[0-9]{1,2}$/.test(word) ? Number(word) : Number.NaN;
  return value >= field.least && value <= field.most ? value : undefined;
}
