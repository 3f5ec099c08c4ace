import type { Bell } from '../../bell.ts';
import { timeoutReason } from '../../domain/plan/limit-failures.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { ControlSteps } from '../ports/control.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';

const runsPerRound = 100;

/** Ends runs that take longer than their `limits.run_ms`: a run always ends, whatever it waits for. */
export function runDeadlines({
  storage,
  runs,
  cancelling,
  log,
}: {
  storage: ControlSteps & Due;
  runs: LoadedRuns;
  cancelling: Bell;
  log: Log;
}): Loop {
  const broken = new BrokenRuns('deadline_failed', log);
  const endOne = async (runId: string) => {
    if (!(await storage.isOverdue(runId))) return;
    const run = await runs.one(runId);
    if (!run) return;
    const end = { outcome: 'FAILED', reason: timeoutReason(run.limits) } as const;
    const result = await storage.markCancelled(run, undefined, end);
    if (result === 'CHANGED') log.info({ event: 'run_timed_out', runId });
    cancelling.ring();
  };
  const endOverdue = async (shard: number) => {
    for (const runId of await storage.pastDeadlines(shard, runsPerRound))
      await broken.past(runId, () => endOne(runId));
  };
  return new Loop('run_deadlines', onDemand, log, () => broken.round(() => eachShard(storage, endOverdue)));
}
