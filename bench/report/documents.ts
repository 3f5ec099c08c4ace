/** The files that show what was measured: `bench/recorded.json`, and the figures and the chart of `docs/performance.md`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/processes.ts';
import { merged, type Report } from '../harness/report.ts';
import type { Scenario } from '../harness/scenario.ts';
import { drawChart } from './chart.ts';
import { markdownSection } from './table.ts';

const recordedFile = join(root, 'bench/recorded.json');
const page = join(root, 'docs/performance.md');
const chart = join(root, 'docs/performance.svg');
const [begin, end] = ['<!-- figures -->', '<!-- /figures -->'];

/** Reads what was recorded; undefined: nothing was. */
export function readRecorded(): Report | undefined {
  return existsSync(recordedFile) ? (JSON.parse(readFileSync(recordedFile, 'utf8')) as Report) : undefined;
}

function figuresOf({ systems, results }: Report, scenarios: readonly Scenario[]): string {
  const sections = scenarios.flatMap((scenario) =>
    results
      .filter((result) => result.scenario === scenario.name)
      .map((result) => markdownSection(result, scenario)),
  );
  const commands = [...new Set(results.map(({ command }) => `\`${command}\``))];
  const machines = [...new Set(results.map(({ machine }) => machine))];
  return [
    `Measured on ${machines.join('; ')}.`,
    `Measured by ${commands.join(', ')}.`,
    systems.map((line) => `- ${line}`).join('\n'),
    ...sections,
  ].join('\n\n');
}

/** Records a report, in place of older results of the same sizes. @throws Error the page has lost its marks */
export function writeDocuments(report: Report, scenarios: readonly Scenario[]): void {
  const whole = merged(readRecorded(), report);
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`);
  writeFileSync(recordedFile, JSON.stringify(whole, null, 2));
  writeFileSync(chart, drawChart(whole.results, scenarios));
  writeFileSync(
    page,
    `${text.slice(0, from + begin.length)}\n\n${figuresOf(whole, scenarios)}\n\n${text.slice(to)}`,
  );
  const biome = join(root, 'node_modules/.bin/biome');
  execFileSync(biome, ['format', '--write', recordedFile, page], { cwd: root, stdio: 'ignore' });
}
