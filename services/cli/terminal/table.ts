import { paint } from './colour.ts';
import { cutToWidth, displayWidth, padToWidth, printable } from './printable.ts';

/** A column of a table: its title, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  readonly side?: 'left' | 'right';
}

const gap = '  ';

/**
 * Lines of a table: a head, then a line for each row, with cells that are printable. The last column is cut where a line
 * would be wider than the terminal; in a pipe nothing is cut.
 */
export function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminalWidth = process.stdout.columns,
): string[] {
  const safe = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...safe.map((row) => displayWidth(row[index] ?? ''))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0);
  const room = terminalWidth === undefined ? Number.POSITIVE_INFINITY : Math.max(8, terminalWidth - before);
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ side }, index) => {
        const cell = cells[index] ?? '';
        if (index === last && side !== 'right') return cutToWidth(cell, room);
        return padToWidth(cell, widths[index]!, side === 'right' ? 'start' : 'end');
      })
      .join(gap)
      .trimEnd();
  return [paint('bold', line(columns.map(({ title }) => title))), ...safe.map(line)];
}
