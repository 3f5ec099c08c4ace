/** `calls` and `chains`: many small runs at once, each awaited. */
import type { Sizes } from '../harness/sample.ts';
import type { Scenario } from '../harness/scenario.ts';
import { cpuFigure, measureRate, openContenders } from './comparison.ts';

interface AtOnce {
  readonly command: 'calls' | 'chains';
  readonly unit: string;
  readonly summary: string;
  readonly usual: readonly Sizes[];
}

function atOnce({ command, unit, summary, usual }: AtOnce): Scenario {
  const headline = `${command}_per_second`;
  return {
    name: command,
    summary,
    headline,
    figures: [
      {
        name: headline,
        meaning: `${command} in a second, until the last one has its result`,
        better: 'higher',
      },
      cpuFigure(unit),
    ],
    sizes: { usual },
    open: (opening) =>
      openContenders(opening, (contender, sizes) =>
        measureRate(contender, command, { sizes, units: sizes[command]!, figure: headline }),
      ),
  };
}

export const calls = atOnce({
  command: 'calls',
  unit: 'call',
  summary: 'so many runs of one node are called at once, and each is awaited',
  usual: [{ calls: 1_000 }],
});

export const chains = atOnce({
  command: 'chains',
  unit: 'chain',
  summary: 'so many runs of a chain of 10 nodes are called at once, and each is awaited',
  usual: [{ chains: 100 }, { chains: 1_000 }],
});
