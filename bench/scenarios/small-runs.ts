/** `small-runs`: runs of one node and of a chain, as a share of what one wide run does, and what watching them costs. */
import { startFanout } from '../contenders/fanout.ts';
import type { Sizes } from '../harness/sample.ts';
import type { Scenario } from '../harness/scenario.ts';
import { cpuFigure, measureRate } from './comparison.ts';

const headline = 'states_per_second';
const chainLength = 10;

/** Commands of the subjects, their sizes, and how many states come of them. */
const ways: readonly { name: string; command: string; of(sizes: Sizes): { sizes: Sizes; states: number } }[] =
  [
    {
      name: 'wide',
      command: 'fanOut',
      of: ({ branches = 0 }) => ({ sizes: { branches }, states: branches + 2 }),
    },
    {
      name: 'polled-singles',
      command: 'polledSingles',
      of: ({ singles = 0 }) => ({ sizes: { runs: singles }, states: singles }),
    },
    {
      name: 'watched-singles',
      command: 'calls',
      of: ({ singles = 0 }) => ({ sizes: { calls: singles }, states: singles }),
    },
    {
      name: 'polled-chains',
      command: 'polledChains',
      of: ({ chains = 0 }) => ({ sizes: { chains }, states: chains * chainLength }),
    },
    {
      name: 'watched-chains',
      command: 'chains',
      of: ({ chains = 0 }) => ({ sizes: { chains }, states: chains * chainLength }),
    },
  ];

export const smallRuns: Scenario = {
  name: 'small-runs',
  summary:
    'so many runs of one node, and of a chain of 10, asked for until they have ended, or watched; beside one run that is as wide',
  headline,
  figures: [
    { name: headline, meaning: 'states in a second, until the last run has ended', better: 'higher' },
    cpuFigure('state'),
  ],
  sizes: { usual: [{ singles: 2_000, chains: 1_000, branches: 10_000 }] },
  ratios: [
    ...ways.slice(1).map(({ name }) => ({ figure: headline, of: name, to: 'wide' })),
    { figure: headline, of: 'watched-singles', to: 'polled-singles' },
    { figure: headline, of: 'watched-chains', to: 'polled-chains' },
  ],
  async open({ folder }) {
    const fanout = await startFanout({ folder });
    return ways.map(({ name, command, of }) => ({
      name,
      measure: (all: Sizes) => {
        const { sizes, states } = of(all);
        return measureRate(fanout, command, { sizes, units: states, figure: headline });
      },
    }));
  },
};
