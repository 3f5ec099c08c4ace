import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunSteps } from '../ports/settling.ts';

const runsPerRound = 50;

/** Removes runs whose time is over, with every key they had. */
export function retention({
  storage,
  runs,
  log,
}: {
  storage: RunSteps & Due;
  runs: LoadedRuns;
  log: Log;
}): Loop {
  const retire = async (shard: number) => {
    for (const runId of await storage.retiring(shard, runsPerRound)) {
      await storage.retire(runId, await runs.one(runId));
      runs.forget(runId);
    }
  };
  return new Loop('retention', onDemand, log, () => eachShard(storage, retire));
}
