/** `calls` and `chains`: many small runs at once, each awaited. */
import type { Scenario } from '../harness/scenario.ts';
import { cpuFigure, measureRate, openContenders } from './comparison.ts';

function atOnce(command: 'calls' | 'chains', unit: 'call' | 'chain', summary: string): Scenario {
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
    sizes: { usual: [{ count: 1_000 }] },
    open: (opening) =>
      openContenders(opening, (contender, sizes) =>
        measureRate(contender, command, { sizes, units: sizes.count!, figure: headline }),
      ),
  };
}

export const calls = atOnce(
  'calls',
  'call',
  'so many runs of one node are called at once, and each is awaited',
);
export const chains = atOnce(
  'chains',
  'chain',
  'so many runs of a chain of 10 nodes are called at once, and each is awaited',
);
