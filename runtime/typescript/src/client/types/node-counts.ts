/** Numbers of one place in the graph of a run. */

/** Numbers of states of one place in the graph, by status. Each state is in one of them. */
export interface NodeCounts {
  /** The place. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** Waiting. */
  readonly created: number;
  /** Being executed. */
  readonly queued: number;
  /** Returned, and what follows is being created. */
  readonly executed: number;
  /** Done. */
  readonly success: number;
  /** Failed for good. */
  readonly errored: number;
  /** Failed, and tried again. */
  readonly retryCreated: number;
  /** Ended their branch. */
  readonly pruned: number;
  /** Not wanted any more. */
  readonly cancelled: number;
  /** Superseded by a retry by hand, whatever their status. */
  readonly superseded: number;
  /** Executions that have ended, however: each attempt is one, and those of superseded states are among them. */
  readonly executions: number;
  /** Outputs that these have returned or emitted. */
  readonly outputs: number;
  /** States that have replaced one that had failed or was cancelled, by themselves or by hand. */
  readonly retries: number;
  /** Times for which the states of the executions had waited until they were leased; undefined: nothing was executed. */
  readonly waitingTimes: TimeHistogram | undefined;
  /** Times that the executions took; undefined: nothing was executed. */
  readonly runningTimes: TimeHistogram | undefined;
}

/** Times of a number of executions, in buckets of which each goes to four times as much as the one before. */
export interface TimeHistogram {
  /** Numbers by bucket: the first has what took less than the first bound, the last what took the last bound or longer. */
  readonly counts: readonly number[];
  /** Bounds between the buckets, milliseconds: one less than there are buckets. */
  readonly boundsMs: readonly number[];
  /** The time that half of them took at most, interpolated within its bucket. */
  readonly p50Ms: number;
  /** The time that 95 % of them took at most, likewise. */
  readonly p95Ms: number;
}
