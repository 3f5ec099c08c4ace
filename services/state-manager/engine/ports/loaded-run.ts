import type { Graph } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import type { RunSummary } from '../../domain/model/run.ts';
import type { StateStatus } from '../../domain/model/state.ts';

/** What stays the same during a run. */
export interface RunHeader {
  readonly runId: string;
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly priority: number;
  readonly traceparent: string;
}

/** A run with the graph that it runs. */
export interface LoadedRun extends RunHeader {
  readonly graph: Graph;
  readonly limits: RunLimits;
}

export interface NewRun extends LoadedRun {
  /** Of the inputs: a repeated trigger must come with the same. */
  readonly digest: string;
  readonly inputsJson: string;
  /** The first state waits until then, epoch milliseconds; undefined, or past: not at all. */
  readonly startAt?: number | undefined;
  /** How many ends have led to this run, one starting the next; 0 if absent. */
  readonly chain?: number;
  /** The first values of its store, canonical JSON by key; undefined: none. */
  readonly store?: ReadonlyMap<string, string>;
}

export interface RunView extends RunSummary {
  /** The highest number that a state has. */
  readonly lastState: number;
  /** How many states of a node template, by its index, are in a status. */
  count(node: number, status: StateStatus): number;
}

/** Where an output stands. */
export interface OutputAddress {
  readonly state: number;
  readonly output: number;
  /** Under which lease token it was staged; undefined: it was not. */
  readonly stagedUnder?: string | undefined;
}
