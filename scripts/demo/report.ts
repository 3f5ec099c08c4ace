/** The lines that the demo prints of its summary. */
import type { Summary } from '../../examples/geonames/summary.ts';
import { paint } from '../../services/cli/terminal/colour.ts';
import { formatCount } from '../../services/cli/terminal/format.ts';
import { cutToWidth, displayWidth, padToWidth, printable } from '../../services/cli/terminal/printable.ts';

export interface DemoNumbers {
  readonly branches: number;
  readonly states: number;
  readonly seconds: number;
}

const groupsShown = 10;
/** Room for an id of 20 digits. */
const labelWidth = 20;
const keyWidth = 40;
/** The extremes of a second column need this much room. */
const wideTerminal = 120;

/** Words of people for the ends of a column. */
const extremeNames: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['lat', ['southernmost', 'northernmost']],
  ['lng', ['westernmost', 'easternmost']],
]);

/** A text of the file, as much of it as there is room for. */
function show(text: string, columns: number): string {
  return cutToWidth(printable(text), columns);
}

function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  // The second column is the count: numbers end where numbers end.
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => padToWidth(cell, widths[column]!, column === 1 ? 'start' : 'end')).join('  ');
  return [paint('bold', line(head)), ...rows.map(line)].map((each) => `  ${each.trimEnd()}\n`).join('');
}

/** The largest groups, one a line. */
export function describeResult(summary: Summary, by: string): string {
  const columnsShown = (process.stdout.columns ?? wideTerminal) < wideTerminal ? 1 : 2;
  const columns = [
    ...new Set(summary.groups.flatMap((group) => group.ranges.map(({ column }) => column))),
  ].slice(0, columnsShown);
  const titles = columns.flatMap((column) => {
    const name = show(column, labelWidth);
    return extremeNames.get(column) ?? [`least ${name}`, `most ${name}`];
  });
  const rows = summary.groups.slice(0, groupsShown).map((group) => [
    show(group.key, keyWidth),
    formatCount(group.count),
    ...columns.flatMap((name) => {
      const range = group.ranges.find(({ column }) => column === name);
      return range
        ? [range.min, range.max].map(({ label, value }) => `${show(label, labelWidth)} ${value}`.trim())
        : ['', ''];
    }),
  ]);
  const more = summary.group_count - rows.length;
  const rest = more > 0 ? `  … and ${formatCount(more)} more\n` : '';
  return drawTable([show(by, keyWidth), 'rows', ...titles], rows) + rest;
}

/** A line with the amount of work, and its speed. */
export function describeNumbers({ branches, states, seconds }: DemoNumbers): string {
  const rate = formatCount(Math.round(states / seconds));
  const words = `${formatCount(branches)} branches, ${formatCount(states)} states, ${seconds.toFixed(1)} s, ${rate} states/s`;
  return `  ${paint('bold', words)}\n`;
}

/** Hints for after the demo. @param nodesFile the file with the nodes that it ran */
export function nextSteps(nodesFile: string): string {
  return `How to go on:
  npm run demo -- --input FILE [--by COLUMN] [--chunk N]   your own data: a JSON array, NDJSON or CSV
  ${nodesFile.padEnd(55)}  the three nodes that just ran
  npm start                                                a state manager to develop with
`;
}
