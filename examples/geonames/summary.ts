/** Figures that the nodes compute: the number of rows in each group, and where its numbers are smallest and largest. */
import { z } from 'zod';
import { type Columns, type Row, readNumber, textOf } from './columns.ts';
import { cutKey, cutText } from './cut-text.ts';

/** A row of a file, as far as a summary needs it. */
export const Entry = z.object({
  group: z.string(),
  /** Names the row among others of its group; empty: nothing does. */
  label: z.string(),
  /** Values of the columns that hold numbers, in their order; null: the row has none. */
  numbers: z.array(z.number().nullable()),
});
export type Entry = z.infer<typeof Entry>;

const Extreme = z.object({ value: z.number(), label: z.string() });

const Range = z.object({ column: z.string(), min: Extreme, max: Extreme });
type Range = z.infer<typeof Range>;

/** One group of rows: its size, and the range of each column of numbers. */
export const Group = z.object({
  key: z.string(),
  count: z.number().int(),
  // A list, not a record: a column may be called `__proto__`.
  ranges: z.array(Range),
});
export type Group = z.infer<typeof Group>;

/** The summary of all rows. */
export const Summary = z.object({
  rows: z.number().int(),
  group_count: z.number().int(),
  /** The largest groups: at most 500, and as many as fit into an output. */
  groups: z.array(Group),
});
export type Summary = z.infer<typeof Summary>;

// However wide and wordy a file is, outputs stay below the 1,000,000 bytes that one may have.
export const keyBytes = 120;
export const labelBytes = 80;

/** A row as a summary needs it; its texts are cut. */
export function entryOf(row: Row, { by, label, numbers }: Columns): Entry {
  return {
    group: by === null ? 'all' : cutKey(textOf(row, by), keyBytes) || '(none)',
    label: label === null ? '' : cutText(textOf(row, label), labelBytes),
    numbers: numbers.map((name) => readNumber(textOf(row, name)) ?? null),
  };
}

function widen(range: Range, other: Range): Range {
  return {
    column: range.column,
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
  const others = new Map(added.ranges.map((range) => [range.column, range]));
  const widened = group.ranges.map((range) => {
    const other = others.get(range.column);
    others.delete(range.column);
    return other ? widen(range, other) : range;
  });
  const ranges = [...widened, ...others.values()];
  groups.set(added.key, { key: group.key, count: group.count + added.count, ranges });
}

/** A group of one row. */
export function groupOf({ group, label, numbers }: Entry, columns: Columns): Group {
  const ranges = numbers.flatMap((value, index) => {
    const column = columns.numbers[index];
    return value === null || column === undefined
      ? []
      : [{ column, min: { value, label }, max: { value, label } }];
  });
  return { key: group, count: 1, ranges };
}

/** The groups that some rows make. */
export function summarise(entries: readonly Entry[], columns: Columns): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) addGroup(groups, groupOf(entry, columns));
  return [...groups.values()];
}
