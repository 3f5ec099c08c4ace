/** Graphs and checks of graphs, as a client is told of them. `…At` are epoch milliseconds. */
import type { Violation } from '../../wire/errors.ts';

/** The outcome of the upload of a graph. */
export interface StoredGraph {
  /** 1, 2, 3 … */
  readonly version: number;
  /** False if the newest version was the same already. */
  readonly created: boolean;
  /** Faults that do not keep it from being stored, such as nodes that no runtime has offered yet. */
  readonly warnings: readonly Violation[];
}

/** A stored version of a graph template. */
export interface GraphVersion {
  /** The name that it is stored under. */
  readonly name: string;
  /** The tenant. */
  readonly namespace: string;
  /** 1, 2, 3 … */
  readonly version: number;
  /** The template as it was uploaded. */
  readonly template: unknown;
  /** The instant at which it was stored. */
  readonly createdAt: number;
}

/** Assumptions about a graph, for the estimate of a run. */
export interface RunAssumptions {
  /** Outputs of each execution of a place, by identifier; 1 if absent. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Bytes of JSON of each output; 1,000 if absent. */
  readonly outputBytes?: number;
}

/** The cost of a run if nothing fails and every output goes to all next nodes. */
export interface RunEstimate {
  /** Number of states over all places, siblings included. */
  readonly states: number;
  /** One for each execution that is united, and each place that unites it. */
  readonly scopes: number;
  /** JSON that the trigger and the nodes put in. */
  readonly payloadBytes: number;
  /** Bytes that Redis needs for all of it, payload included. */
  readonly storageBytes: number;
  /** Estimates in the graph's order. */
  readonly places: readonly PlaceEstimate[];
}

/** The cost of a run at one place in its graph. */
export interface PlaceEstimate {
  /** The place. */
  readonly identifier: string;
  /** The number of times that it is handed out. */
  readonly executions: number;
  /** Executions, and siblings of those with several outputs. */
  readonly states: number;
  /** The number of times that it is united, summed over the places that unite it. */
  readonly scopes: number;
}

/** The outcome of a check of a graph, which is not stored. */
export interface GraphCheck {
  /** All that keeps it from being stored. */
  readonly violations: readonly Violation[];
  /** Also limits that a run like this would exceed. */
  readonly warnings: readonly Violation[];
  /** Undefined if there are violations. */
  readonly estimate: RunEstimate | undefined;
}
