/** Columns of a file, and what they mean. */
import { z } from 'zod';
import { cutText } from './cut-text.ts';

/** A row of a file, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Columns of the data, by what they mean. */
export const Columns = z.object({
  /** Groups the rows; null: all rows are one group. */
  by: z.string().nullable(),
  /** Names a row among others of its group; null: nothing does. */
  label: z.string().nullable(),
  /** Columns that hold numbers, at most 8. */
  numbers: z.array(z.string()),
});
export type Columns = z.infer<typeof Columns>;

const maxNumbers = 8;
/** A file with more has data where names should be. */
const maxColumns = 10_000;
const namesListed = 20;
const nameBytes = 60;

/** A value as text: empty if it is missing, JSON if it has parts. */
export function textOf(row: Row, column: string): string {
  // A column may be called `constructor`, and be missing.
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Reads a number as files have it, `42.5`. Neither an empty text nor a code such as `007` is one, nor what a double
 * cannot hold: an id of 20 digits, `1e400`.
 */
export function readNumber(text: string): number | undefined {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  return Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(text)
    ? undefined
    : number;
}

function mayBeNumber(text: string): boolean {
  return text === '' || readNumber(text) !== undefined;
}

/** Values of a column that are kept to find one that comes again, and the longest of them: it is to name a group. */
const valuesKept = 1_000;
const valueChars = 60;

interface ColumnFacts {
  isNumbers: boolean;
  hasValue: boolean;
  varies: boolean;
  hasRepeats: boolean;
  readonly first: string;
  /** The first values that differ. */
  readonly values: Set<string>;
}

/** Names of columns for an error message: the first of them, each cut. */
export function listNames(names: readonly string[]): string {
  const listed = names.slice(0, namesListed).map((name) => cutText(name, nameBytes));
  const more = names.length - listed.length;
  return listed.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Looks at rows, one at a time, and finds out what their columns mean. */
export class ColumnSurvey {
  readonly #facts = new Map<string, ColumnFacts>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** @throws Error the rows have too many columns */
  add(row: Row): void {
    this.#rows += 1;
    for (const name of Object.keys(row)) this.#look(name, textOf(row, name));
  }

  #look(name: string, text: string): void {
    const facts = this.#facts.get(name);
    if (!facts) {
      if (this.#facts.size === maxColumns)
        throw new Error(`there are more than ${maxColumns} columns: give rows the same names`);
      this.#facts.set(name, {
        isNumbers: mayBeNumber(text),
        hasValue: text !== '',
        varies: this.#rows > 1,
        hasRepeats: false,
        first: text,
        values: new Set(text === '' ? [] : [text]),
      });
      return;
    }
    facts.isNumbers &&= mayBeNumber(text);
    facts.hasValue ||= text !== '';
    facts.varies ||= text !== facts.first;
    if (facts.isNumbers || facts.hasRepeats || text === '' || text.length > valueChars) return;
    facts.hasRepeats = facts.values.has(text);
    if (facts.values.size < valuesKept) facts.values.add(text);
  }

  /**
   * Columns by what they mean.
   * @param by the column to group by; if absent `country`, or else the first column of texts of which some are the
   * same and not all
   * @throws Error no row has the column
   */
  columns(by?: string): Columns {
    const names = [...this.#facts.keys()];
    if (by !== undefined && !this.#facts.has(by))
      throw new Error(`no row has the column "${by}"; there are: ${listNames(names)}`);
    const holdsNumbers = ({ isNumbers, hasValue }: ColumnFacts): boolean => isNumbers && hasValue;
    const numbers = names.filter((name) => holdsNumbers(this.#facts.get(name)!));
    const texts = names.filter((name) => !holdsNumbers(this.#facts.get(name)!));
    const isCountry = (name: string): boolean => name.split('.').at(-1) === 'country';
    const varied = texts.filter((name) => this.#facts.get(name)!.varies);
    const grouping = varied.find((name) => this.#facts.get(name)!.hasRepeats);
    const chosen = by ?? texts.find(isCountry) ?? grouping ?? varied[0] ?? texts[0] ?? null;
    return {
      by: chosen,
      label: texts.find((name) => name !== chosen) ?? null,
      numbers: numbers.filter((name) => name !== chosen).slice(0, maxNumbers),
    };
  }
}
