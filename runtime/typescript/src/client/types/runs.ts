/** Runs, as a client is told of them. `…At` are epoch milliseconds. */
import type { Labels, TriggerKind } from './labels.ts';
import type { NodeCounts } from './node-counts.ts';

/** RUNNING and PAUSED runs go on; those of any other status have ended. */
export type RunStatus = 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' | 'PAUSED';

/** A run as it stands. */
export interface Run {
  /** The id that `get`, `watch`, `result` and the other methods take. */
  readonly id: string;
  /** The tenant. */
  readonly namespace: string;
  /** The graph that it executes. */
  readonly graphName: string;
  /** The version of the graph that the run began with. */
  readonly graphVersion: number;
  /** The status of the run now. */
  readonly status: RunStatus;
  /** The instant of its trigger. */
  readonly createdAt: number;
  /** The instant from which its first state may be handed out; undefined: at once. */
  readonly startAt: number | undefined;
  /** Undefined while the run goes on. */
  readonly endedAt: number | undefined;
  /** One entry for each place in the graph, in the graph's order; empty in lists of runs. */
  readonly counts: readonly NodeCounts[];
  /** Number of states over all places, siblings included. */
  readonly stateCount: number;
  /** Higher runs first, -100 to 100. */
  readonly priority: number;
  /** Labels of the graph, overlaid by those of the trigger. */
  readonly labels: Labels;
  /** Kind of what has started it. */
  readonly triggerKind: TriggerKind;
}

/** The runs to list; all if nothing is given. */
export interface RunFilter {
  /** Runs of one graph. */
  readonly graphName?: string | undefined;
  /** Runs of one status. */
  readonly status?: RunStatus | undefined;
  /** Runs that were triggered at this instant or later; epoch milliseconds, or a Date. */
  readonly triggeredFrom?: number | Date | undefined;
  /** Runs that were triggered before this instant. */
  readonly triggeredBefore?: number | Date | undefined;
  /** Runs that have all of these labels. */
  readonly labels?: Labels | undefined;
  /** Runs that one of these has started. */
  readonly triggerKinds?: readonly TriggerKind[] | undefined;
  /** Runs with a state that failed with this code and was not retried; without `status`, those that are FAILED. */
  readonly errorCode?: string | undefined;
}

/** One output at one of the ends of a run. */
export interface RunResult<Output = unknown> {
  /** The end that it is: a place in the graph. */
  readonly identifier: string;
  /** The state that it is the output of. */
  readonly stateId: string;
  /** The place of the state in the run; results are ordered by it. */
  readonly path: string;
  /** The value that the node returned. */
  readonly output: Output;
}
