/** A chart of Fanout beside its peers, as SVG: a group for each scenario that has peers, a bar for each system. */
import { type DatedResult, titleOf } from '../harness/report.ts';
import type { Scenario } from '../harness/scenario.ts';

const width = 720;
const labelWidth = 90;
const barWidth = width - labelWidth - 110;
const barHeight = 16;
const gap = 6;
const titleHeight = 34;
const groupGap = 16;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .bar { fill: #8c959f; }
  .fanout { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #6e7681; }
    .fanout { fill: #4493f8; }
  }`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** One group: its lines, and how high it is. */
function groupOf(
  result: DatedResult,
  { headline, figures }: Scenario,
  top: number,
): { lines: string[]; height: number } {
  const bars = Object.entries(result.subjects).map(([name, spreads]) => ({
    name,
    value: spreads[headline]!.median,
  }));
  const most = Math.max(...bars.map(({ value }) => value));
  const isBetter = figures.find(({ name }) => name === headline)?.better ?? 'higher';
  const title = `${titleOf(result)}: ${headline}, ${isBetter} is better`;
  const lines = bars.flatMap(({ name, value }, i) => {
    const y = top + titleHeight + i * (barHeight + gap);
    const length = Math.max(1, (value / most) * barWidth).toFixed(1);
    const kind = name === 'fanout' ? 'bar fanout' : 'bar';
    return [
      `<text x="0" y="${y + 13}">${escaped(name)}</text>`,
      `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
      `<text x="${(labelWidth + Number(length) + 6).toFixed(1)}" y="${y + 13}">${value.toLocaleString('en')}</text>`,
    ];
  });
  return {
    lines: [`<text class="title" x="0" y="${top + 24}">${escaped(title)}</text>`, ...lines],
    height: titleHeight + bars.length * (barHeight + gap) + groupGap,
  };
}

/** Draws what was measured beside peers. */
export function drawChart(results: readonly DatedResult[], scenarios: readonly Scenario[]): string {
  const lines: string[] = [];
  let height = 0;
  for (const result of results) {
    const scenario = scenarios.find(({ name }) => name === result.scenario);
    if (!scenario || !('fanout' in result.subjects) || Object.keys(result.subjects).length < 2) continue;
    const group = groupOf(result, scenario, height);
    lines.push(...group.lines);
    height += group.height;
  }
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Fanout beside its peers">`,
    `<style>${style}\n</style>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
