/** Figures that the nodes compute: the number of rows in each group, and where its numbers are smallest and largest. */
import { z } from 'zod';

/** A row of the input file, by column. */
export const Row = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof Row>;

/** Columns of the data, by what they mean. */
export const Columns = z.object({
  /** Groups the rows; null: all rows are one group. */
  by: z.string().nullable(),
  /** Names a row among others of its group; null: nothing does. */
  label: z.string().nullable(),
  /** Columns that hold numbers. */
  numbers: z.array(z.string()),
});
export type Columns = z.infer<typeof Columns>;

const Extreme = z.object({ value: z.number(), label: z.string() });
const Range = z.object({ min: Extreme, max: Extreme });
type Range = z.infer<typeof Range>;

/** One group of rows: its size, and the range of each column of numbers. */
export const Group = z.object({
  key: z.string(),
  count: z.number().int(),
  ranges: z.record(z.string(), Range),
});
export type Group = z.infer<typeof Group>;

/** The summary of all rows. */
export const Summary = z.object({
  rows: z.number().int(),
  group_count: z.number().int(),
  /** The largest groups, at most 500. */
  groups: z.array(Group),
});
export type Summary = z.infer<typeof Summary>;

// However wide and wordy a file is, a summary stays well below what one output may have.
const labelLength = 80;
const maxNumbers = 8;

/** Reads a number as files have it: 42.5 or "42.5", but neither "" nor a code such as "007". */
function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(value)) return undefined;
  return Number(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/**
 * Finds out what the columns of some rows mean.
 * @param by the column to group by; if absent `country`, or else the first column of texts
 * @throws Error no row has the column.
 */
export function findColumns(rows: readonly Row[], by?: string): Columns {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNumbers = (name: string): boolean =>
    rows.every((row) => isEmpty(row[name]) || readNumber(row[name]) !== undefined);
  const numbers = names.filter(isNumbers).filter((name) => rows.some((row) => !isEmpty(row[name])));
  const texts = names.filter((name) => !numbers.includes(name));
  if (by !== undefined && !names.includes(by)) {
    throw new Error(`no row has the column "${by}"; there are: ${names.join(', ')}`);
  }
  const chosen = by ?? (texts.includes('country') ? 'country' : texts[0]) ?? null;
  return {
    by: chosen,
    label: texts.find((name) => name !== chosen) ?? null,
    numbers: numbers.filter((name) => name !== chosen).slice(0, maxNumbers),
  };
}

function widen(range: Range | undefined, other: Range): Range {
  if (!range) return other;
  return {
    min: other.min.value < range.min.value ? other.min : range.min,
    max: other.max.value > range.max.value ? other.max : range.max,
  };
}

/** Adds a group to those that are there already. */
export function addGroup(groups: Map<string, Group>, added: Group): void {
  const group = groups.get(added.key);
  if (!group) {
    groups.set(added.key, added);
    return;
  }
  const ranges = { ...group.ranges };
  for (const [name, range] of Object.entries(added.ranges)) ranges[name] = widen(ranges[name], range);
  groups.set(added.key, { key: group.key, count: group.count + added.count, ranges });
}

function describeRow(row: Row, columns: Columns): Group {
  const label = columns.label === null ? '' : String(row[columns.label] ?? '').slice(0, labelLength);
  const ranges: Record<string, Range> = {};
  for (const name of columns.numbers) {
    const value = readNumber(row[name]);
    if (value !== undefined) ranges[name] = { min: { value, label }, max: { value, label } };
  }
  const key = columns.by === null ? 'all' : isEmpty(row[columns.by]) ? '(none)' : String(row[columns.by]);
  return { key, count: 1, ranges };
}

/** The groups that some rows make. */
export function summarise(rows: readonly Row[], columns: Columns): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) addGroup(groups, describeRow(row, columns));
  return [...groups.values()];
}
