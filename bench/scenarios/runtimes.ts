/** `runtimes`: the fan-out of no-op branches with nodes in each language that is here, each with a system of its own. */
import { join } from 'node:path';
import { buildGo, prepareGo } from '../../scripts/go.ts';
import { root, startProcess } from '../../scripts/processes.ts';
import { preparePython } from '../../scripts/python.ts';
import { concurrency, type RuntimeProgram, startFanout, usualRuntime } from '../contenders/fanout.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { peaksOf } from '../harness/usage.ts';
import { cpuFigure, measureRate, peakFigure } from './comparison.ts';

const headline = 'branches_per_second';

/** A runtime, or the reason why its language cannot be measured here. */
type Prepared = RuntimeProgram | { readonly missing: string };

const languages: Readonly<Record<string, () => Prepared>> = {
  typescript: usualRuntime,
  python() {
    const { python, missing } = preparePython();
    if (python === undefined) return { missing };
    const program = join(root, 'bench/programs/python/runtime.py');
    const env = { PYTHONPATH: join(root, 'runtime/python/src') };
    return {
      name: 'runtime',
      start: (address, name) =>
        startProcess({ name, command: python, arguments: [program, address, String(concurrency)], env }),
    };
  },
  go() {
    const { go, missing } = prepareGo();
    if (go === undefined) return { missing };
    const command = buildGo(go, 'bench/programs/go');
    return {
      name: 'runtime',
      start: (address, name) => startProcess({ name, command, arguments: [address, String(concurrency)] }),
    };
  },
};

export const runtimes: Scenario = {
  name: 'runtimes',
  summary: 'one run fans out to so many no-op branches of 100 bytes, with nodes in each language',
  headline,
  figures: [
    { name: headline, meaning: 'branches in a second, from the trigger to the result', better: 'higher' },
    cpuFigure('branch'),
    peakFigure,
  ],
  sizes: { usual: [{ branches: 10_000 }], full: [{ branches: 100_000 }] },
  warmUpSizes: { branches: 5_000 },
  ratios: [
    { figure: headline, of: 'python', to: 'typescript' },
    { figure: headline, of: 'go', to: 'typescript' },
  ],
  async open({ folder }) {
    const subjects: Subject[] = [];
    for (const [name, prepare] of Object.entries(languages)) {
      const program = prepare();
      if ('missing' in program) {
        console.error(`${name} is left out: ${program.missing}`);
        continue;
      }
      const system = await startFanout({ folder: join(folder, name), runtimes: [program] });
      subjects.push({
        name,
        measure: async (sizes) => ({
          ...(await measureRate(system, 'fanOut', { sizes, units: sizes.branches!, figure: headline })),
          ...peaksOf(system.parts),
        }),
      });
    }
    return subjects;
  },
};
