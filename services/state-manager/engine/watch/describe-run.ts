import type { Run } from '../../domain/model/run.ts';
import { type StateStatus, stateStatuses } from '../../domain/model/state.ts';
import { summarizeTimes } from '../../domain/model/time-histogram.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';

/** A run as clients see it. */
export function describeRun(
  run: LoadedRun,
  { count, superseded, tallies, lastState: _, ...summary }: RunView,
): Run {
  return {
    ...summary,
    counts: run.graph.nodes.map(({ index, identifier, nodeName }) => {
      const { waitingTimes, runningTimes, ...numbers } = tallies(index);
      return {
        identifier,
        nodeName,
        byStatus: Object.fromEntries(stateStatuses.map((status) => [status, count(index, status)])) as Record<
          StateStatus,
          number
        >,
        superseded: superseded(index),
        ...numbers,
        waitingTimes: summarizeTimes(waitingTimes),
        runningTimes: summarizeTimes(runningTimes),
      };
    }),
  };
}
