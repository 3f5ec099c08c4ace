/** Jobs that act on many runs. `…At` are epoch milliseconds. */
import type { Labels, TriggerKind } from './labels.ts';
import type { RunStatus } from './runs.ts';

/**
 * The runs that a job acts on: all that is given has to hold. One that gives nothing is refused; `{ all: true }` stands for
 * every run of the namespace.
 */
export interface RunJobFilter {
  /** Runs of one graph. */
  readonly graphName?: string | undefined;
  /** Runs in one of these statuses, as they stand when the job comes to them. */
  readonly statuses?: readonly RunStatus[] | undefined;
  /** Runs that were triggered at this instant or later; epoch milliseconds, or a Date. */
  readonly triggeredFrom?: number | Date | undefined;
  /** Runs that were triggered before this instant. */
  readonly triggeredBefore?: number | Date | undefined;
  /** Runs that have all of these labels. */
  readonly labels?: Labels | undefined;
  /** Runs that one of these has started. */
  readonly triggerKinds?: readonly TriggerKind[] | undefined;
  /** Runs with a state that failed with this code and was not retried. */
  readonly errorCode?: string | undefined;
  /** Every run of the namespace; it goes with nothing else. */
  readonly all?: boolean | undefined;
}

/** Options of a call that acts on many runs. */
export interface RunJobOptions {
  /** The same key again gives the same job, at most 256 characters; if there is none, each call is a job of its own. */
  readonly key?: string;
  /** Give the job as soon as it has begun; else the call waits for its end. */
  readonly background?: boolean;
  /** Code to call with the job as it stands, whenever it has got on. */
  readonly onProgress?: (job: RunJob) => void;
  /** Ends the waiting when it aborts; the job goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `cancelRuns`. */
export interface CancelRunsOptions extends RunJobOptions {
  /** Text for people, at most 1,024 characters. */
  readonly reason?: string;
}

/** CANCEL, RETRY, DELETE: what is done to each run. */
export type RunJobAction = 'CANCEL' | 'RETRY' | 'DELETE';

/** RUNNING: it goes on. DONE: it is through with all runs. STOPPED: `stopRunJob` has ended it. */
export type RunJobStatus = 'RUNNING' | 'DONE' | 'STOPPED';

/** A run that a job could do nothing about. */
export interface RunJobFailure {
  /** The run. */
  readonly runId: string;
  /** Code of the failure, such as `STORAGE_UNAVAILABLE`. */
  readonly code: string;
  /** Text for people. */
  readonly message: string;
}

/** An act on many runs, in bounded steps. */
export interface RunJob {
  /** The id that `runJob` and `stopRunJob` take. */
  readonly id: string;
  /** Deed on each run. */
  readonly action: RunJobAction;
  /** The status of the job now. */
  readonly status: RunJobStatus;
  /** True if it goes on, and ends with the step under way. */
  readonly isStopping: boolean;
  /** Number of runs that it has found so far. */
  readonly matched: number;
  /** Number of runs that it has changed. */
  readonly changed: number;
  /** Number of runs for which there was nothing to do. */
  readonly skipped: number;
  /** Number of runs that it could do nothing about. */
  readonly failed: number;
  /** The first 10 of these. */
  readonly failures: readonly RunJobFailure[];
  /** Reason of a cancellation; may be empty. */
  readonly reason: string;
  /** The instant at which it began. */
  readonly createdAt: number;
  /** Undefined while it goes on. */
  readonly endedAt: number | undefined;
}
