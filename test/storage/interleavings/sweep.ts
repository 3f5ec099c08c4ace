/** Cancels in steps what was marked, as a state manager does in the background. */
import { Bell } from '../../../services/state-manager/bell.ts';
import { cancelJob } from '../../../services/state-manager/engine/control/cancel-job.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { CancelJob } from '../../../services/state-manager/engine/ports/control.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { Notices, RunStorage, Storage } from '../../../services/state-manager/engine/ports/storage.ts';
import { Committer } from '../../../services/state-manager/engine/turn/committer.ts';
import { Expander } from '../../../services/state-manager/engine/turn/expander.ts';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';
import { quietLog } from '../fixture.ts';

/** Cancellations that are due in a run on the first shard. */
export async function jobsOf({ runs }: Storage, { runId }: LoadedRun): Promise<CancelJob[]> {
  return (await runs.cancelling(0, 0, 1_000)).filter((job) => job.runId === runId);
}

/**
 * Takes one look at a job. True: it is done.
 * @param runs where it reads and writes
 * @param told called with the state id of each execution that its runtime is told to give up
 */
export function lookAt(
  storage: Storage,
  run: LoadedRun,
  job: CancelJob,
  runs: RunStorage = storage.runs,
  told: (stateId: string) => void = () => undefined,
) {
  const bell = new Bell();
  const loaded = new LoadedRuns(runs, storage.catalog, run.limits);
  const expander = new Expander(runs, loaded, bell, quietLog);
  const readyPlaces = new ReadyPlaces();
  const committer = new Committer({ storage: runs, readyPlaces, expander, cancelling: bell, log: quietLog });
  const cancel: Notices['cancel'] = (_, { stateId }) => told(stateId);
  const notices = { cancel } as Pick<Notices, 'cancel'> as Notices;
  return cancelJob({ storage: runs, committer, notices }, run, job);
}

/** Looks at all that is to be cancelled until nothing is left. */
export async function sweep(storage: Storage, run: LoadedRun): Promise<void> {
  for (let looks = 0; looks < 100; looks++) {
    const jobs = await jobsOf(storage, run);
    if (jobs.length === 0) return;
    for (const job of jobs) await lookAt(storage, run, job);
  }
  throw new Error('what is to be cancelled does not come to an end');
}
