/** `fan-out`: one fan-out of no-op branches and their unite, from trigger to result. */
import type { Scenario } from '../harness/scenario.ts';
import { peaksOf } from '../harness/usage.ts';
import { cpuFigure, measureRate, openContenders, peakFigure } from './comparison.ts';

const headline = 'branches_per_second';

export const fanOut: Scenario = {
  name: 'fan-out',
  summary: 'one run fans out to so many no-op branches of 100 bytes, and one node gets all their results',
  headline,
  figures: [
    { name: headline, meaning: 'branches in a second, from the trigger to the result', better: 'higher' },
    cpuFigure('branch'),
    peakFigure,
  ],
  sizes: {
    usual: [{ branches: 1_000 }, { branches: 10_000 }],
    full: [{ branches: 10_000 }, { branches: 100_000 }, { branches: 1_000_000 }],
  },
  warmUpSizes: { branches: 5_000 },
  open: (opening) =>
    openContenders(opening, async (contender, sizes) => ({
      ...(await measureRate(contender, 'fanOut', { sizes, units: sizes.branches!, figure: headline })),
      ...peaksOf(contender.parts),
    })),
};
