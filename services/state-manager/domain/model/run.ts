import type { Labels } from './labels.ts';
import type { StateStatus } from './state.ts';
import type { TimeHistogram, TimeSummary } from './time-histogram.ts';

export type RunStatus = 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' | 'PAUSED';

/** Kind of what started a run. */
export type TriggerKind = 'API' | 'CALL' | 'CRON' | 'RUN_END';

/** All that ever was of a node template in a run, also what was replaced or superseded since. */
export interface NodeTallies {
  /** Executions that have ended, however: each attempt is one. */
  readonly executions: number;
  /** Outputs that they have returned or emitted. */
  readonly outputs: number;
  /** States that have replaced one that had failed, or was cancelled. */
  readonly retries: number;
  /** Executions by how long their states had waited. */
  readonly waitingTimes: TimeHistogram;
  /** Executions by how long they took. */
  readonly runningTimes: TimeHistogram;
}

export interface NodeCounts extends Pick<NodeTallies, 'executions' | 'outputs' | 'retries'> {
  readonly identifier: string;
  readonly nodeName: string;
  /** Numbers of states, without those that are superseded. */
  readonly byStatus: Readonly<Record<StateStatus, number>>;
  readonly superseded: number;
  /** Undefined: nothing was executed yet. */
  readonly waitingTimes: TimeSummary | undefined;
  readonly runningTimes: TimeSummary | undefined;
}

/** A run without its counts. */
export interface RunSummary {
  readonly runId: string;
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly status: RunStatus;
  readonly priority: number;
  readonly createdAt: number;
  /** The instant for which its first state waits, or waited; undefined: none. */
  readonly startAt?: number;
  readonly endedAt?: number;
  readonly stateCount: number;
  readonly labels: Labels;
  readonly triggerKind: TriggerKind;
}

/** Runs to list; all if nothing is given. */
export interface RunFilter {
  readonly graphName?: string;
  readonly status?: RunStatus;
  /** Triggered at this instant or later, epoch milliseconds. */
  readonly triggeredFrom?: number;
  /** Triggered before this instant. */
  readonly triggeredBefore?: number;
  /** Labels that a run has to have, all of them. */
  readonly labels?: Labels;
  /** Started by one of these. */
  readonly triggerKinds?: readonly TriggerKind[];
  /** Code of a failure: a run has a state that is ERRORED with it, and not superseded. */
  readonly errorCode?: string;
}

export interface Run extends RunSummary {
  readonly counts: readonly NodeCounts[];
}

export interface RunResult {
  readonly identifier: string;
  readonly stateId: string;
  readonly path: string;
  readonly outputJson: string;
}

/** The end of a run, with its results if they are small. */
export interface RunEnd {
  readonly run: RunSummary;
  /** All of them, in path order; empty if they were not asked for, or are left out. */
  readonly results: readonly RunResult[];
  /** True: they are larger than a message of ends should be. */
  readonly isLeftOut: boolean;
}

/** The part of a run that a control acts on: all of it, or what grew from a state. */
export interface ControlTarget {
  readonly runId: string;
  /** Undefined: the whole run. */
  readonly below?: {
    readonly stateId: string;
    /** Acts on what grew from all outputs of the state's execution, and not only from its own. */
    readonly fanOut: boolean;
  };
}

/** The part of a run that is retried by hand: one state, or all that failed in the run or below a state. */
export type RetryTarget =
  | { readonly kind: 'state'; readonly runId: string; readonly stateId: string }
  | ({ readonly kind: 'failed' } & ControlTarget);

/** Inputs that a state gets when it is retried, over those that it was given. */
export interface InputCorrection {
  readonly stateId: string;
  /** JSON object text. */
  readonly inputsJson: string;
}

export interface TriggerRequest {
  readonly namespace: string;
  readonly graphName: string;
  /** JSON object text; empty: `{}`. */
  readonly inputsJson: string;
  /** Values for the run's store, JSON by key, unchecked. */
  readonly storeJson: ReadonlyMap<string, string>;
  /** Empty: none. */
  readonly idempotencyKey: string;
  readonly priority: number;
  readonly traceparent: string;
  /** Not before this instant; undefined: now. */
  readonly startAt?: number;
  /** Labels over those of the graph; absent: none. */
  readonly labels?: Labels;
  /** Absent: `API`. */
  readonly kind?: TriggerKind;
}
