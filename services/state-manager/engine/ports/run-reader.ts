/** Runs as storage keeps them. */
import type { Graph } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import type { Failure, Page, RunStatus, RunSummary, StateStatus } from '../../domain/model/model.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { ControlStorage } from './control.ts';
import type { ExpandStorage } from './expanding.ts';
import type { ScopeStorage } from './scopes.ts';
import type { CommitStorage } from './settling.ts';

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

/** Runs: what is kept of them, and every step that they take. */
export interface RunStorage extends CommitStorage, ExpandStorage, ScopeStorage, ControlStorage {
  readonly shards: number;
  shardOf(runId: string): number;
  /** Creates a run, or finds it there. */
  trigger(run: NewRun): Promise<{ created: true } | { created: false; digest: string }>;
  headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]>;
  view(runId: string): Promise<RunView | undefined>;
  list(
    namespace: string,
    filter: { graphName?: string; status?: RunStatus },
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>>;
  records(runId: string, states: readonly number[]): Promise<(StateRecord | undefined)[]>;
  outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]>;
  /** How many outputs of open fan-outs were accepted, by the first state of each work. */
  acceptedEmits(runId: string, works: readonly number[]): Promise<number[]>;
  /** Numbers of the first child of each output of an open fan-out. @param width how many children one output has */
  emittedChildren(runId: string, work: number, outputs: readonly number[], width: number): Promise<number[]>;
  /** For outputs of a state which of its next nodes they go to, as `1` and `0`; undefined: to all. */
  routes(
    runId: string,
    state: number,
    record: StateRecord,
    outputs: readonly number[],
  ): Promise<(string | undefined)[]>;
  triggerInputs(runId: string): Promise<string>;
  /** Undefined: there is no such run. */
  triggerDigest(runId: string): Promise<string | undefined>;
  failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]>;
  /** Runs whose deadline has passed, if they were not paused. */
  pastDeadlines(shard: number, atMost: number): Promise<string[]>;
  /** Whether a run has used up its time. If not, its deadline is moved. */
  isOverdue(runId: string): Promise<boolean>;
  /** Runs that ended long enough ago to be removed. */
  retiring(shard: number, atMost: number): Promise<string[]>;
  /** Removes such a run with everything it has. @param run undefined: a removal was broken off before */
  retire(runId: string, run: LoadedRun | undefined): Promise<void>;
  /** The ids of runs that have not ended, in pages. */
  unended(): AsyncIterable<readonly string[]>;
}
