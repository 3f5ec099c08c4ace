import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunSteps } from '../ports/settling.ts';

/** Runs that are removed at the same time, and how often that is done in one round: whoever stops waits for its end. */
const runsAtOnce = 50;
const stepsPerRound = 20;

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
  const broken = new BrokenRuns('retire_failed', log);
  const retireOne = async (runId: string) => {
    await storage.retire(runId, await runs.one(runId));
    runs.forget(runId);
  };
  const retire = async (shard: number) => {
    // As fast as runs end they have to be able to go.
    for (let step = 0; step < stepsPerRound; step++) {
      const due = await storage.retiring(shard, runsAtOnce + broken.size);
      const runIds = due.filter((runId) => !broken.has(runId));
      await Promise.all(runIds.map((runId) => broken.past(runId, () => retireOne(runId))));
      if (runIds.length < runsAtOnce) return;
    }
  };
  return new Loop('retention', onDemand, log, () => broken.round(() => eachShard(storage, retire)));
}
