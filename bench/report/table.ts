/** Tables of results, as text for a terminal and as Markdown. */
import { type DatedResult, titleOf } from '../harness/report.ts';
import type { RatioResult } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Spread } from '../harness/statistics.ts';

const shown = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 21 });

function describeSpread(spread: Spread | undefined): string {
  if (!spread) return '';
  const { median, min, max } = spread;
  return min === max ? shown(median) : `${shown(median)} (${shown(min)} to ${shown(max)})`;
}

function describeRatio({ figure, of, to, value }: RatioResult): string {
  return `${of} / ${to}, ${figure}: ${shown(value)}`;
}

/** A row for each figure, a column for each subject. */
function rowsOf({ subjects }: DatedResult): string[][] {
  const names = Object.keys(subjects);
  const figures = [...new Set(Object.values(subjects).flatMap((spreads) => Object.keys(spreads)))];
  return [
    ['', ...names],
    ...figures.map((figure) => [figure, ...names.map((name) => describeSpread(subjects[name]?.[figure]))]),
  ];
}

/** A table in columns, with the ratios below it. */
export function textTable(result: DatedResult): string {
  const rows = rowsOf(result);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [titleOf(result), ...lines, ...result.ratios.map(describeRatio)].join('\n');
}

/** A section of a page. */
export function markdownSection(result: DatedResult, { summary, figures }: Scenario): string {
  const [head = [], ...rows] = rowsOf(result).map((row) =>
    row.map((cell, column) => (column === 0 && cell ? `\`${cell}\`` : cell)),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const meanings = figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}`);
  const ratios = result.ratios.map((ratio) => `- ${describeRatio(ratio)}`);
  const { date, rounds, load } = result;
  return [
    `### ${titleOf(result)}`,
    `${summary[0]!.toUpperCase()}${summary.slice(1)}. Median of ${rounds} (least to most), on ${date}, load before it ${load}.`,
    [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'),
    ...(ratios.length > 0 ? [ratios.join('\n')] : []),
    meanings.join('\n'),
  ].join('\n\n');
}
