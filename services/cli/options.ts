/** Readers of option values, each with a sentence for what it refuses. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError it is no whole number from 0 on */
export function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number, 0 or more.');
}

/** @throws InvalidArgumentError it is no whole number */
export function readInteger(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

/** Reads an instant: a date with or without a time. @throws InvalidArgumentError it is none */
export function readInstant(text: string): Date {
  const instant = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(instant.getTime())) return instant;
  throw new InvalidArgumentError('Give an instant, such as 2030-01-31T12:00:00Z.');
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a time with its unit, milliseconds. @throws InvalidArgumentError it is none */
export function readDuration(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9})(ms|s|min|h|d)$/.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('Give a time with its unit, such as 30s, 12h or 90d.');
  return Number(number) * unitMs[unit]!;
}

/** Reads `NAME=NUMBER`, once or several times. @throws InvalidArgumentError it is something else */
export function readWidth(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const [, name = '', width] = /^([^=]+)=(\d{1,9})$/.exec(text) ?? [];
  if (width === undefined) throw new InvalidArgumentError('Give PLACE=NUMBER, such as splitter=1000.');
  return { ...before, [name]: Number(width) };
}

/** Reads `KEY=VALUE`, once or several times; a value may have more `=`. @throws InvalidArgumentError it is something else */
export function readLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give KEY=VALUE, such as team=films.');
  // From entries: a key such as `__proto__` is one like any other.
  return Object.fromEntries([...Object.entries(before), [text.slice(0, at), text.slice(at + 1)]]);
}

/** Makes a reader of one or several of some words, with commas between them, or given several times. */
export function readerOf<Word extends string>(words: readonly Word[]) {
  return (text: string, before: readonly Word[] = []): readonly Word[] => {
    const given = text.split(',').map((each) => each.trim());
    const known = given.filter((each): each is Word => words.some((word) => word === each));
    if (known.length < given.length)
      throw new InvalidArgumentError(`Give one of ${words.join(', ')}, or several with commas between them.`);
    return [...new Set([...before, ...known])];
  };
}

/** Reads text that is not empty. @throws InvalidArgumentError it is: a part would be meant, and all be taken */
export function readName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty: give a name, or leave the option out.');
}
