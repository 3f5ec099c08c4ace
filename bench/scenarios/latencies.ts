/** `serial-calls`, `hop` and `unite-latency`: how long something takes. */
import type { Sizes } from '../harness/sample.ts';
import type { Scenario } from '../harness/scenario.ts';
import { latencyFigures, measureLatencies, openContenders } from './comparison.ts';

function latency(
  name: string,
  command: string,
  summary: string,
  sizes: { usual: readonly Sizes[]; full?: readonly Sizes[] },
): Scenario {
  return {
    name,
    summary,
    headline: 'p50_ms',
    figures: latencyFigures,
    sizes,
    warmUpSizes: { branches: 5_000 },
    open: (opening) =>
      openContenders(opening, (contender, each) => measureLatencies(contender, command, each)),
  };
}

export const serialCalls = latency(
  'serial-calls',
  'serialCalls',
  'runs of one node are called one after the other, from the call to its result',
  { usual: [{ calls: 200 }] },
);
export const hop = latency(
  'hop',
  'hops',
  'in a chain that runs alone: from the end of one node to the start of the next (BullMQ: from adding a job to its start)',
  { usual: [{ hops: 200 }] },
);
export const uniteLatency = latency(
  'unite-latency',
  'uniteLatency',
  'from the end of the last branch to the start of the node that unites so many',
  { usual: [{ branches: 10_000 }, { branches: 100_000 }] },
);
