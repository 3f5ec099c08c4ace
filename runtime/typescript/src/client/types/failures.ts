/** Failures in groups, as a client is told of them. `…At` are epoch milliseconds. */
import type { State } from './states.ts';

/** Failures of one place with one code, whose messages differ in nothing but numbers, ids and quoted texts. */
export interface FailureGroup {
  /** The place in the graph. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** Code of the failures. */
  readonly code: string;
  /** Their messages, with `…` for what differs. */
  readonly shape: string;
  /** Number of states that have failed so. */
  readonly count: number;
  /** Instant of the first one, epoch milliseconds. */
  readonly firstAt: number;
  /** Instant of the last one. */
  readonly lastAt: number;
  /** One of them. */
  readonly example: State;
}

/** Failures of a run that nobody has retried. */
export interface GroupedFailures {
  /** The largest groups first, at most 100. */
  readonly groups: readonly FailureGroup[];
  /** Number of groups beside these. */
  readonly groupsLeftOut: number;
  /** There are more failures than the 20,000 that were looked at. */
  readonly isIncomplete: boolean;
}

/** A reason for which branches of a unite have failed: failures of one place with one code. */
export interface FailureReason {
  /** The place. */
  readonly identifier: string;
  /** Code in UPPER_SNAKE_CASE. */
  readonly code: string;
  /** The message of the first of them, cut if it is long. */
  readonly message: string;
  /** The number of failures that it stands for. */
  readonly count: number;
}
