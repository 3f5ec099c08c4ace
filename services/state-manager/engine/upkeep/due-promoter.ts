import { getOrAdd } from '../../domain/get-or-add.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due, DueState } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunSteps } from '../ports/settling.ts';

const statesPerRound = 500;

/** Makes states ready whose due time has come. */
export function duePromoter({
  storage,
  runs,
  log,
}: {
  storage: RunSteps & Due;
  runs: LoadedRuns;
  log: Log;
}): Loop {
  const broken = new BrokenRuns('promote_failed', log);
  const promote = async (shard: number) => {
    const due = await storage.due(shard, statesPerRound);
    const unloadable = new Map<string, Error>();
    const loaded = await runs.load(
      due.map(({ runId }) => runId),
      unloadable,
    );
    for (const [runId, error] of unloadable) broken.add(runId, error);
    // A run that is gone would stand in the way of others for ever.
    await storage.dropDue(due.filter(({ runId }) => !loaded.has(runId) && !unloadable.has(runId)));
    for (const { runId, node, states } of byPlace(due)) {
      const run = loaded.get(runId);
      if (run) await broken.past(runId, () => storage.promote(run, node, states));
    }
  };
  return new Loop('due_promoter', onDemand, log, () => broken.round(() => eachShard(storage, promote)));
}

/** The states of each node of each run, which are promoted in one step. */
function byPlace(due: readonly DueState[]): Iterable<{ runId: string; node: number; states: number[] }> {
  const places = new Map<string, { runId: string; node: number; states: number[] }>();
  for (const { runId, node, state } of due)
    getOrAdd(places, `${runId}:${node}`, () => ({ runId, node, states: [] })).states.push(state);
  return places.values();
}
