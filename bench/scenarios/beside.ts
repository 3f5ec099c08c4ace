/** `beside`: what a small run waits for while a very wide one goes on. */
import { startFanout } from '../contenders/fanout.ts';
import type { Scenario } from '../harness/scenario.ts';
import { latencyFigures, measureLatencies } from './comparison.ts';

export const beside: Scenario = {
  name: 'beside',
  summary:
    'runs of one node are called one after the other, alone, and while another run works on so many branches, which is then cancelled',
  headline: 'p99_ms',
  figures: latencyFigures,
  sizes: {
    usual: [{ branches: 200_000, calls: 200 }],
    full: [{ branches: 1_000_000, calls: 1_000 }],
  },
  ratios: [
    { figure: 'p50_ms', of: 'beside', to: 'alone' },
    { figure: 'p99_ms', of: 'beside', to: 'alone' },
  ],
  async open({ folder }) {
    const fanout = await startFanout({ folder });
    const measure = ({ calls = 0 }) => measureLatencies(fanout, 'serialCalls', { calls });
    return [
      { name: 'alone', measure },
      {
        name: 'beside',
        measure: async ({ branches = 0, calls = 0 }) => {
          await fanout.client.do('startWide', { branches });
          const sample = await measure({ calls });
          await fanout.client.do('cancelWide', {});
          return sample;
        },
      },
    ];
  },
};
