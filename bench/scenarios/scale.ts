/** `scale`: several state managers on one Redis, and its runs on several shards. */
import { join } from 'node:path';
import { startFanout } from '../contenders/fanout.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { cpuFigure, measureRate } from './comparison.ts';

const headline = 'calls_per_second';
const systems = [
  { name: '1-manager', stateManagers: 1, shards: 1 },
  { name: '2-managers', stateManagers: 2, shards: 1 },
  { name: '3-managers', stateManagers: 3, shards: 1 },
  { name: '1-manager-16-shards', stateManagers: 1, shards: 16 },
];

export const scale: Scenario = {
  name: 'scale',
  summary:
    'so many runs of one node are called at once, and each is awaited; one runtime and one client for each state manager',
  headline,
  figures: [
    { name: headline, meaning: 'calls in a second, until the last one has its result', better: 'higher' },
    cpuFigure('call'),
  ],
  sizes: { usual: [{ calls: 5_000 }], full: [{ calls: 20_000 }] },
  ratios: systems.slice(1).map(({ name }) => ({ figure: headline, of: name, to: '1-manager' })),
  async open({ folder }) {
    const subjects: Subject[] = [];
    for (const { name, ...options } of systems) {
      const fanout = await startFanout({ ...options, folder: join(folder, name) });
      const measure: Subject['measure'] = ({ calls = 0 }) =>
        measureRate(fanout, 'calls', { sizes: { calls }, units: calls, figure: headline });
      subjects.push({ name, measure });
    }
    return subjects;
  },
};
