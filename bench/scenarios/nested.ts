/** `nested`: a fan-out in each branch of a fan-out, united twice, beside a flat one with as many branches. */
import { startFanout } from '../contenders/fanout.ts';
import type { Scenario } from '../harness/scenario.ts';
import { cpuFigure, measureRate } from './comparison.ts';

const headline = 'branches_per_second';

export const nested: Scenario = {
  name: 'nested',
  summary:
    'each of so many branches fans out to as many, united twice; beside a flat fan-out of their square',
  headline,
  figures: [
    { name: headline, meaning: 'innermost branches in a second', better: 'higher' },
    cpuFigure('branch'),
  ],
  sizes: { usual: [{ width: 100 }], full: [{ width: 100 }, { width: 300 }] },
  warmUpSizes: { width: 100 },
  ratios: [{ figure: headline, of: 'nested', to: 'flat' }],
  async open({ folder }) {
    const fanout = await startFanout({ folder });
    const figure = headline;
    return [
      {
        name: 'flat',
        measure: ({ width = 0 }) =>
          measureRate(fanout, 'fanOut', { sizes: { branches: width * width }, units: width * width, figure }),
      },
      {
        name: 'nested',
        measure: ({ width = 0 }) =>
          measureRate(fanout, 'nested', { sizes: { width }, units: width * width, figure }),
      },
    ];
  },
};
