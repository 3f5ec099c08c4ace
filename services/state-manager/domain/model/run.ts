import type { StateStatus } from './state.ts';

export type RunStatus = 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' | 'PAUSED';

export interface NodeCounts {
  readonly identifier: string;
  readonly nodeName: string;
  readonly byStatus: Readonly<Record<StateStatus, number>>;
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
  /** What its first state waits, or waited, for; undefined: nothing. */
  readonly startAt?: number;
  readonly endedAt?: number;
  readonly stateCount: number;
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

/** What a control acts on: the whole run, or what grew from a state. */
export interface ControlTarget {
  readonly runId: string;
  /** Undefined: the whole run. */
  readonly below?: {
    readonly stateId: string;
    /** What grew from all outputs of the state's execution, instead of its own. */
    readonly fanOut: boolean;
  };
}

/** What is retried by hand: one state, or all that failed in the run or below a state. */
export type RetryTarget =
  | { readonly kind: 'state'; readonly runId: string; readonly stateId: string }
  | ({ readonly kind: 'failed' } & ControlTarget);

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
}
