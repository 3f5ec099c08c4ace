/** Jobs that act on many runs of a namespace, as storage keeps them. */
import type { RunJob, RunJobCounts, RunJobSpec } from '../../domain/model/run-job.ts';

/** The job, by its namespace. */
export interface RunJobAddress {
  readonly namespace: string;
  readonly jobId: string;
}

/** Place that a job is at. */
export interface RunJobProgress extends RunJobCounts {
  /** Token of the next page of runs; empty: the first one. */
  readonly pageToken: string;
  /** True: there is no further page. */
  readonly isLastPage: boolean;
  /** Runs of the pages so far that it has not come to. Written before it acts on one of them. */
  readonly pending: readonly string[];
  /** Times that it was put off by the first of these. */
  readonly tries: number;
}

export interface StoredRunJob extends RunJobAddress {
  readonly job: RunJob;
  readonly progress: RunJobProgress;
  /** Number of times that the progress was written. */
  readonly revision: number;
}

/** Bounds of the jobs of a namespace. */
export interface RunJobLimits {
  /** Jobs that go on. */
  readonly atOnce: number;
  /** Jobs in all: of those that have ended the oldest make room. */
  readonly kept: number;
}

export interface RunJobStorage {
  /** SAME: it is there; OTHER: its id is there, with other instructions; FULL: too many go on. */
  start(
    address: RunJobAddress,
    spec: RunJobSpec,
    limits: RunJobLimits,
  ): Promise<'STARTED' | 'SAME' | 'OTHER' | 'FULL'>;
  read(address: RunJobAddress): Promise<StoredRunJob | undefined>;
  /** The newest first. @param atMost as many as are kept */
  list(namespace: string, atMost: number): Promise<RunJob[]>;
  /** Takes jobs whose next step may be taken; nobody else takes them before `leaseMs` are over, or their step ends. */
  take(shard: number, leaseMs: number, atMost: number): Promise<RunJobAddress[]>;
  /**
   * Writes how far a job is.
   * @param againMs milliseconds until its next step; undefined: it is through with all runs
   * @returns GOES_ON; ENDED: it is through, or was told to stop; MOVED: another state manager has written it since it was
   * read, or it is gone
   */
  move(
    job: StoredRunJob,
    progress: RunJobProgress,
    againMs: number | undefined,
  ): Promise<'GOES_ON' | 'ENDED' | 'MOVED'>;
  /** Forgets that steps are to be taken of a job that is gone. */
  drop(address: RunJobAddress): Promise<void>;
  /** Has it end with the step under way. */
  stop(address: RunJobAddress): Promise<'CHANGED' | 'SAME' | 'GONE'>;
}
