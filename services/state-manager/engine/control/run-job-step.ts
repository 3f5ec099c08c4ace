import type { RunJob } from '../../domain/model/run-job.ts';
import { FanoutError, isPassing } from '../../errors.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { Due } from '../ports/due.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunJobProgress, RunJobStorage, StoredRunJob } from '../ports/run-jobs.ts';
import type { RunIndex } from '../ports/run-reader.ts';
import type { Control } from './control.ts';

/** Time after which a job that was taken is anyone's, milliseconds. */
export const runJobLeaseMs = 10_000;
/** Runs that one step looks at, and that it acts on at the same time. */
const runsPerPage = 200;
const runsAtOnce = 10;
/** Time after which a step goes no further, milliseconds. */
const stepMs = 500;
/** Pause before the next step, milliseconds: as long as the last one took, so that others get half of the time at least. */
const pauseMs = { least: 10, most: 1_000 };
/** Runs whose cancelling is under way, of whomever: with more than that a step cancels `runsAtOnce` only. */
const manyCancelling = 200;
/** Pause of a job that others keep back, milliseconds. */
const putOffMs = 100;
/** Times that a run which cannot be served now puts the job off, before it counts as failed. */
const maxTries = 20;
const failuresKept = 10;

export interface RunJobParts {
  readonly storage: RunIndex & Pick<Due, 'cancellingCount'>;
  readonly jobs: RunJobStorage;
  readonly runs: LoadedRuns;
  readonly control: Control;
  readonly quotas: Quotas;
}

/** Effect of a job on one run. LATER: it cannot be served now. */
type Outcome =
  | { readonly kind: 'changed' | 'skipped' }
  | { readonly kind: 'failed' | 'later'; readonly error: FanoutError };

/**
 * Takes the next step of a job. The runs that it is to act on are written down before, so that whoever goes on with it
 * comes to each of them: acting twice is acting once, since a run that is cancelled or gone is left alone, and a retry
 * takes only states that had failed when the job began.
 *
 * @returns milliseconds until the next step; undefined: it has ended, or another state manager goes on with it
 */
export async function runJobStep(parts: RunJobParts, stored: StoredRunJob): Promise<number | undefined> {
  const { job } = stored;
  let { progress, revision } = stored;
  const startedAt = performance.now();
  if (progress.pending.length === 0) {
    progress = await withNextPage(parts, stored);
    const isOver = progress.isLastPage && progress.pending.length === 0;
    const againMs = isOver ? undefined : progress.pending.length > 0 ? runJobLeaseMs : pauseMs.least;
    const moved = await parts.jobs.move(stored, progress, againMs);
    if (moved !== 'GOES_ON') return undefined;
    revision++;
    if (progress.pending.length === 0) return pauseMs.least;
  }
  const room = await roomFor(parts, stored);
  progress = await actOn(parts, job, stored.namespace, progress, room);
  const isOver = progress.isLastPage && progress.pending.length === 0;
  const tookMs = Math.round(performance.now() - startedAt);
  const restMs = Math.min(pauseMs.most, Math.max(pauseMs.least, tookMs));
  const isKeptBack = progress.tries > 0 || (Number.isFinite(room) && progress.pending.length > 0);
  const againMs = isKeptBack ? Math.max(restMs, putOffMs) : restMs;
  const moved = await parts.jobs.move({ ...stored, revision }, progress, isOver ? undefined : againMs);
  return moved === 'GOES_ON' ? againMs : undefined;
}

/** Adds the runs of the next page that the filter picks. Those of later triggers are not among them. */
async function withNextPage(
  { storage }: RunJobParts,
  { namespace, job, progress }: StoredRunJob,
): Promise<RunJobProgress> {
  const { statuses, triggeredBefore = Number.POSITIVE_INFINITY, ...filter } = job.filter;
  const before = Math.min(triggeredBefore, job.createdAt + 1);
  const page = await storage.list(
    namespace,
    { ...filter, triggeredBefore: before },
    { pageSize: runsPerPage, pageToken: progress.pageToken },
  );
  const found = page.items.filter(({ status }) => statuses.length === 0 || statuses.includes(status));
  return {
    ...progress,
    matched: progress.matched + found.length,
    pageToken: page.nextPageToken ?? '',
    isLastPage: page.nextPageToken === undefined,
    pending: found.map(({ runId }) => runId),
  };
}

/** The number of runs that a step may act on: others need what it takes. */
async function roomFor({ storage, quotas }: RunJobParts, { namespace, job }: StoredRunJob): Promise<number> {
  switch (job.action) {
    case 'CANCEL':
      return Math.max(runsAtOnce, manyCancelling - (await storage.cancellingCount()));
    case 'RETRY':
      return (await quotas.hasRoomForRuns(namespace)) ? Number.POSITIVE_INFINITY : 0;
    case 'DELETE':
      return Number.POSITIVE_INFINITY;
  }
}

async function actOn(
  parts: RunJobParts,
  job: RunJob,
  namespace: string,
  progress: RunJobProgress,
  room: number,
): Promise<RunJobProgress> {
  const until = performance.now() + stepMs;
  let now = progress;
  let left = room;
  while (left > 0 && now.pending.length > 0 && performance.now() < until) {
    const runIds = now.pending.slice(0, Math.min(runsAtOnce, left));
    const outcomes = await Promise.all(runIds.map((runId) => actOnOne(parts, job, namespace, runId)));
    now = withOutcomes(now, runIds, outcomes);
    left = now.tries > 0 ? 0 : left - runIds.length;
  }
  return now;
}

async function actOnOne(parts: RunJobParts, job: RunJob, namespace: string, runId: string): Promise<Outcome> {
  try {
    const run = await parts.runs.one(runId);
    if (run?.namespace !== namespace) throw runNotFound(namespace, runId);
    return { kind: (await act(parts, job, run)) ? 'changed' : 'skipped' };
  } catch (given) {
    const error = FanoutError.from(given);
    if (error.reason === 'RUN_NOT_FOUND' || error.reason === 'RUN_NOT_ENDED') return { kind: 'skipped' };
    return { kind: isPassing(error) ? 'later' : 'failed', error };
  }
}

/** True: it has changed something. */
async function act({ control, runs }: RunJobParts, job: RunJob, run: LoadedRun): Promise<boolean> {
  const target = { runId: run.runId };
  switch (job.action) {
    case 'CANCEL':
      return (await control.cancel(run, target, job.reason)).changed;
    case 'RETRY': {
      const failed = { kind: 'failed', ...target } as const;
      return (await control.retry(run, failed, { endedBy: job.createdAt })).retried > 0;
    }
    case 'DELETE':
      await control.delete(run);
      runs.forget(run.runId);
      return true;
  }
}

/** The progress behind some of the runs. Those that cannot be served now come again, until they have had their tries. */
function withOutcomes(
  progress: RunJobProgress,
  runIds: readonly string[],
  outcomes: readonly Outcome[],
): RunJobProgress {
  const isGivenUp = progress.tries >= maxTries;
  const later = isGivenUp ? [] : runIds.filter((_, i) => outcomes[i]!.kind === 'later');
  const failures = outcomes.flatMap((outcome, i) =>
    outcome.kind === 'failed' || (isGivenUp && outcome.kind === 'later')
      ? [{ runId: runIds[i]!, code: outcome.error.reason, message: outcome.error.message }]
      : [],
  );
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
  return {
    ...progress,
    changed: progress.changed + count('changed'),
    skipped: progress.skipped + count('skipped'),
    failed: progress.failed + failures.length,
    failures: [...progress.failures, ...failures].slice(0, failuresKept),
    pending: [...later, ...progress.pending.slice(runIds.length)],
    tries: later.length > 0 ? progress.tries + 1 : 0,
  };
}
