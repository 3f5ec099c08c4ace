/** The table of parity in `runtime/README.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { NamedScenario } from './scenarios.ts';

const page = new URL('../../README.md', import.meta.url);
const [begin, end] = ['<!-- conformance: begin -->', '<!-- conformance: end -->'];

/** Writes what each language has passed. @param passed names of scenarios by language */
export function writeTable(
  scenarios: readonly NamedScenario[],
  passed: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const languages = [...passed.keys()];
  const rows = scenarios.map(({ name, scenario }) => [
    `[${name}](conformance/scenarios/${name}.json)`,
    scenario.title,
    ...languages.map((language) => (passed.get(language)?.has(name) ? '✓' : '')),
  ]);
  const text = readFileSync(page, 'utf8');
  const table = toMarkdown(['scenario', 'says', ...languages], rows);
  writeFileSync(
    page,
    `${text.slice(0, cutAt(text, begin) + begin.length)}\n\n${table}\n\n${text.slice(cutAt(text, end))}`,
  );
}

/** Names and titles of the scenarios in the table, in its order. */
export function readTable(): readonly { readonly name: string; readonly title: string }[] {
  const text = readFileSync(page, 'utf8');
  const table = text.slice(cutAt(text, begin), cutAt(text, end));
  return [...table.matchAll(/^\| \[([^\]]+)\]\([^)]+\) +\| (.*?) +\|/gm)].map(
    ([, name = '', title = '']) => ({
      name,
      title,
    }),
  );
}

function cutAt(text: string, mark: string): number {
  const index = text.indexOf(mark);
  if (index < 0)
    throw new Error(`runtime/README.md has no line ${mark}: the table goes between two such lines`);
  return index;
}

/** A table whose columns are aligned, as the formatter has them. */
function toMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
