/** `scale`: several state managers on one Redis, and its runs on several shards. */
import { join } from 'node:path';
import { startFanout } from '../contenders/fanout.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { cpuFigure, measureRate } from './comparison.ts';

const headline = 'runs_per_second';
const systems = [
  { name: '1-manager', stateManagers: 1, shards: 1 },
  { name: '2-managers', stateManagers: 2, shards: 1 },
  { name: '3-managers', stateManagers: 3, shards: 1 },
  { name: '1-manager-16-shards', stateManagers: 1, shards: 16 },
];

export const scale: Scenario = {
  name: 'scale',
  summary:
    'so many runs of one node are triggered at once and asked for until they have ended; one runtime for each state manager, one client for all',
  headline,
  figures: [
    { name: headline, meaning: 'runs in a second, until the last one has ended', better: 'higher' },
    cpuFigure('run'),
  ],
  sizes: { usual: [{ runs: 5_000 }], full: [{ runs: 20_000 }] },
  ratios: systems.slice(1).map(({ name }) => ({ figure: headline, of: name, to: '1-manager' })),
  async open({ folder }) {
    const subjects: Subject[] = [];
    for (const { name, ...options } of systems) {
      const fanout = await startFanout({ ...options, folder: join(folder, name) });
      const measure: Subject['measure'] = ({ runs = 0 }) =>
        measureRate(fanout, 'polledSingles', { sizes: { runs }, units: runs, figure: headline });
      subjects.push({ name, measure });
    }
    return subjects;
  },
};
