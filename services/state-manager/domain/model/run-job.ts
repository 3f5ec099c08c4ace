import type { RunFilter, RunStatus } from './run.ts';

/** Deed of a job on each run: what the call on one run does. */
export type RunJobAction = 'CANCEL' | 'RETRY' | 'DELETE';

export type RunJobStatus = 'RUNNING' | 'DONE' | 'STOPPED';

/** Runs that a job acts on; all of the namespace if nothing is given. */
export interface RunJobFilter extends Omit<RunFilter, 'status'> {
  /** Statuses as they stand when the job comes to them; empty: any. */
  readonly statuses: readonly RunStatus[];
}

/** Instructions of a job. */
export interface RunJobSpec {
  readonly action: RunJobAction;
  readonly filter: RunJobFilter;
  /** Reason of a cancellation, for people; may be empty. */
  readonly reason: string;
}

export interface RunJobRequest extends RunJobSpec {
  readonly namespace: string;
  /** Empty: none. */
  readonly idempotencyKey: string;
}

/** A run that a job could do nothing about. */
interface RunJobFailure {
  readonly runId: string;
  readonly code: string;
  readonly message: string;
}

/** Numbers of runs. */
export interface RunJobCounts {
  /** Found so far. */
  readonly matched: number;
  readonly changed: number;
  /** There was nothing to do. */
  readonly skipped: number;
  readonly failed: number;
  /** The first of those that failed. */
  readonly failures: readonly RunJobFailure[];
}

/** An act on many runs, in bounded steps. */
export interface RunJob extends RunJobSpec, RunJobCounts {
  readonly jobId: string;
  readonly status: RunJobStatus;
  /** It goes on, and ends with the step under way. */
  readonly isStopping: boolean;
  readonly createdAt: number;
  readonly endedAt?: number;
}
