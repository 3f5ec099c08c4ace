import type { State } from './state.ts';

/** States of one run that were grouped because they failed for the same. */
export interface FailureGroup<Example> {
  readonly identifier: string;
  readonly nodeName: string;
  readonly code: string;
  /** The messages, without what differs. */
  readonly shape: string;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly example: Example;
}

/** Failures of a run, grouped. */
export interface GroupedFailures {
  readonly groups: readonly FailureGroup<State>[];
  readonly groupsLeftOut: number;
  /** There are more failures than were looked at. */
  readonly isIncomplete: boolean;
}
