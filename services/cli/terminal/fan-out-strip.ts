/** The branches of a fan-out as a strip: a character for branches that follow each other, by the worst among them. */
import { paint } from './colour.ts';
import { formatCount } from './format.ts';

type End = 'SUCCEEDED' | 'PRUNED' | 'UNFINISHED' | 'FAILED';

/** Branches that follow each other, by how they ended. */
export interface StripCell {
  /** Index of the first of them. */
  readonly from: number;
  readonly branches: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly pruned: number;
  readonly unfinished: number;
  readonly worst: End;
}

/** Characters that differ without any colour; the names of the numbers are the words for people as well. */
const marks = {
  SUCCEEDED: { mark: '█', colour: 'green', field: 'succeeded' },
  FAILED: { mark: '×', colour: 'red', field: 'failed' },
  UNFINISHED: { mark: '░', colour: 'cyan', field: 'unfinished' },
  PRUNED: { mark: '·', colour: 'dim', field: 'pruned' },
} as const;
const ends = ['SUCCEEDED', 'FAILED', 'UNFINISHED', 'PRUNED'] as const;

const margin = '  ';
/** Characters of a line, if the terminal has room for them. */
const longestLine = 60;
const shortestLine = 10;
/** Stretches of failed branches that are told in words. */
const stretchesShown = 5;

/** Lines of a strip: each begins with the index of its first branch. @param columns of the terminal; undefined: a pipe */
export function drawStrip(cells: readonly StripCell[], columns?: number): string[] {
  const indexWidth = formatCount(cells.at(-1)?.from ?? 0).length;
  const room = (columns ?? Number.POSITIVE_INFINITY) - margin.length * 2 - indexWidth;
  const width = Math.max(shortestLine, Math.min(longestLine, room));
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += width) {
    const index = formatCount(cells[first]!.from).padStart(indexWidth);
    lines.push(`${margin}${index}${margin}${drawMarks(cells.slice(first, first + width))}`);
  }
  return lines;
}

/** Characters of cells; those that follow each other and are the same are painted together. */
function drawMarks(cells: readonly StripCell[]): string {
  const stretches: { worst: End; count: number }[] = [];
  for (const { worst } of cells) {
    const last = stretches.at(-1);
    if (last?.worst === worst) last.count += 1;
    else stretches.push({ worst, count: 1 });
  }
  return stretches
    .map(({ worst, count }) => paint(marks[worst].colour, marks[worst].mark.repeat(count)))
    .join('');
}

/** The meaning of the characters of a strip, and the number of branches that each stands for. */
export function describeMarks(cells: readonly StripCell[]): string {
  const shown = ends.filter((end) => cells.some(({ worst }) => worst === end));
  const words = shown.map((end) => `${paint(marks[end].colour, marks[end].mark)} ${marks[end].field}`);
  const sizes = cells.map(({ branches }) => branches);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const size = least === most ? formatCount(most) : `${formatCount(least)} or ${formatCount(most)}`;
  const scale = most > 1 ? `; each stands for ${size} branches, and tells the worst among them` : '';
  return `${margin}${words.join('  ')}${scale}`;
}

/** The branches of a strip in words, such as `118 succeeded, 2 failed`. */
export function countBranches(cells: readonly StripCell[]): string {
  const totals = ends.map((end) => {
    const { field } = marks[end];
    return { word: field, count: cells.reduce((sum, cell) => sum + cell[field], 0) };
  });
  const words = totals
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${formatCount(count)} ${word}`);
  return words.join(', ');
}

/** Lines that tell where branches have failed, the first few stretches of them. */
export function describeFailedBranches(cells: readonly StripCell[]): string[] {
  const stretches: { from: number; to: number; failed: number }[] = [];
  for (const { from, branches, failed } of cells) {
    if (failed === 0) continue;
    const last = stretches.at(-1);
    if (last?.to === from - 1) {
      last.to += branches;
      last.failed += failed;
    } else stretches.push({ from, to: from + branches - 1, failed });
  }
  const lines = stretches.slice(0, stretchesShown).map(({ from, to, failed }) => {
    if (from === to) return `${margin}branch ${formatCount(from)} failed`;
    const which = `branches ${formatCount(from)} to ${formatCount(to)}`;
    const areAll = failed === to - from + 1;
    return `${margin}${areAll ? `${which} failed` : `${formatCount(failed)} failed among ${which}`}`;
  });
  const more = stretches.length - stretchesShown;
  return more > 0 ? [...lines, `${margin}… and ${formatCount(more)} more; --json has all of them`] : lines;
}
