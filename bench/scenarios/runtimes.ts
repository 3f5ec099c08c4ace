/** `runtimes`: the fan-out of no-op branches with nodes in each language that is here, each with a system of its own. */
import { join } from 'node:path';
import { startProcess } from '../../scripts/processes.ts';
import { type FoundProgram, goProgram, pythonProgram } from '../../scripts/programs.ts';
import { concurrency, type RuntimeProgram, startFanout, usualRuntime } from '../contenders/fanout.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { peaksOf } from '../harness/usage.ts';
import { cpuFigure, measureRate, peakFigure } from './comparison.ts';

const headline = 'branches_per_second';

/** A program that hosts the nodes, called with an address and a concurrency; or the reason why there is none. */
function programmed(program: FoundProgram): RuntimeProgram | { readonly missing: string } {
  if (program.missing !== undefined) return program;
  return {
    name: 'runtime',
    start: (address, name) =>
      startProcess({ ...program, name, arguments: [...program.arguments, address, String(concurrency)] }),
  };
}

const languages = {
  typescript: () => usualRuntime(),
  python: () => programmed(pythonProgram('bench/programs/python/runtime.py')),
  go: () => programmed(goProgram('bench/programs/go')),
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
