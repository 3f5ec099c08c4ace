/** `open-fan-out`: how soon the first branch has a result, and what a long stream costs. */
import { builtRuntime, type RuntimeProgram, startFanout } from '../contenders/fanout.ts';
import type { Scenario, Subject } from '../harness/scenario.ts';
import { cpuOf, peaksOf } from '../harness/usage.ts';
import { cpuFigure, peakFigure } from './comparison.ts';

/** A catalogue that is slow to read. */
const slow = { pages: 20, page_size: 100, page_ms: 100 };
const pageSize = 1_000;

interface Times {
  readonly firstMs: number;
  readonly allMs: number;
}

function runtimeOf(part: 'readers' | 'workers'): RuntimeProgram {
  return builtRuntime(part, 'open-fan-out-runtime.js', part);
}

export const openFanOut: Scenario = {
  name: 'open-fan-out',
  summary:
    'the graph of examples/open-fan-out: 20 pages of 100 products, 100 ms each, as an open fan-out and as a list; then so many branches without a pause',
  headline: 'first_ms',
  figures: [
    { name: 'first_ms', meaning: 'until the first branch has a result, milliseconds', better: 'lower' },
    { name: 'all_ms', meaning: 'until the total is there, milliseconds', better: 'lower' },
    {
      name: 'branches_per_second',
      meaning: 'branches in a second, from the trigger to the result',
      better: 'higher',
    },
    cpuFigure('branch'),
    peakFigure,
  ],
  sizes: { usual: [{ branches: 20_000 }], full: [{ branches: 200_000 }] },
  warmUpSizes: { branches: 20_000 },
  ratios: [{ figure: 'first_ms', of: 'open', to: 'list' }],
  async open({ folder }) {
    const runtimes = [runtimeOf('readers'), runtimeOf('workers')];
    const { client, parts } = await startFanout({ folder, runtimes, client: 'open-fan-out-client.js' });
    const slowly = (command: 'open' | 'list'): Subject => ({
      name: command,
      async measure() {
        const { firstMs, allMs } = await client.do<Times>(command, slow);
        return { first_ms: firstMs, all_ms: allMs };
      },
    });
    const stream: Subject = {
      name: 'stream',
      async measure({ branches = 0 }) {
        const pages = Math.ceil(branches / pageSize);
        const units = pages * pageSize;
        let allMs = 0;
        const cpu = await cpuOf(parts, { figure: 'cpu_us', unitUs: units }, async () => {
          ({ allMs } = await client.do<Times>('open', { pages, page_size: pageSize, page_ms: 0 }));
        });
        return { branches_per_second: (units / allMs) * 1_000, ...cpu, ...peaksOf(parts) };
      },
    };
    return [slowly('open'), slowly('list'), stream];
  },
};
