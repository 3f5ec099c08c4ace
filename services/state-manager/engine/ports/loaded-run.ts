import type { Graph } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import type { Labels } from '../../domain/model/labels.ts';
import type { NodeTallies, RunSummary, TriggerKind } from '../../domain/model/run.ts';
import type { StateStatus } from '../../domain/model/state.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';

/** The facts that stay the same during a run. */
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
  /** The id was made for it, so that there is no run of that id. */
  readonly hasOwnId?: boolean;
  /** Digest of the inputs: a repeated trigger must come with the same. */
  readonly digest: string;
  readonly inputsJson: string;
  /** The first state waits until then, epoch milliseconds; undefined, or past: not at all. */
  readonly startAt?: number | undefined;
  /** The number of ends that have led to this run, one starting the next; 0 if absent. */
  readonly chain?: number;
  /** The run from which those ends descend; this one if absent. */
  readonly origin?: string;
  /** The first values of its store, canonical JSON by key; undefined: none. */
  readonly store?: ReadonlyMap<string, string>;
  /** Labels that it is found by; none if absent. */
  readonly labels?: Labels;
  /** Kind of what starts it; `API` if absent. */
  readonly triggerKind?: TriggerKind;
}

export interface RunView extends RunSummary {
  /** The highest number that a state has. */
  readonly lastState: number;
  /** The number of states of a node template, by its index, that are in a status, without those that are superseded. */
  count(node: number, status: StateStatus): number;
  /** The number of those that a retry by hand has superseded, whatever their status. */
  superseded(node: number): number;
  tallies(node: number): NodeTallies;
}

/** A run without its counts, and its first states. */
export interface RunHead {
  readonly summary: RunSummary;
  /** The highest number that a state has. */
  readonly lastState: number;
  /** Bytes of JSON that the run has been given, outputs included. */
  readonly bytes: number;
  /** Records of the states 1, 2, 3 …; undefined: there is no such state. */
  readonly records: readonly (StateRecord | undefined)[];
}

/** A run's end, as the step tells of it that brought it. */
export interface ToldEnd {
  readonly run: LoadedRun;
  readonly head: RunHead;
  /** The JSON of outputs that came with the step, by `<state>.<output>`. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** A run with no more states than these is read whole: that costs less than a walk. */
export const fewStates = 64;

/** Number of records that are read along with a run's head: if nothing was retried and nothing fans out, those are all. */
export function recordsAlong({ graph }: LoadedRun): number {
  return Math.min(graph.nodes.length, fewStates);
}

/** The place of an output. */
export interface OutputAddress {
  readonly state: number;
  readonly output: number;
  /** The lease token under which it was staged; undefined: it was not. */
  readonly stagedUnder?: string | undefined;
}
