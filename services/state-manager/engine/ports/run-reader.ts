/** Reading runs: nothing here changes one. */
import type { Page } from '../../domain/model/page.ts';
import type { RunFilter, RunSummary } from '../../domain/model/run.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeCounts, ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { MarkTarget } from './control.ts';
import type { LoadedRun, OutputAddress, RunHead, RunHeader, RunView } from './loaded-run.ts';
import type { Lease } from './sessions.ts';

/** Records, branches, routes or windows that one read asks for at most: Redis serves others in between. */
export const itemsPerRead = 500;

/** A uniting state of a windowed scope, and how the branches stood when it was created. */
export interface WindowRecord extends ScopeCounts {
  readonly state: number;
  /** 1, 2, 3 …: its place among the windows that count. One that is superseded leaves its place to the next. */
  readonly window: number;
}

/** A state whose failure counts in a branch. */
export interface CountedFailure {
  readonly branch: number;
  readonly state: number;
}

export type BranchEnd = 'UNFINISHED' | 'SUCCEEDED' | 'FAILED' | 'PRUNED';

/** Use of storage by the runs of a namespace. */
export interface RunUsage {
  /** Runs that have not ended. */
  readonly runs: number;
  /** States of those. */
  readonly states: number;
  /** Bytes of JSON that are kept: inputs, outputs, stores. */
  readonly bytes: number;
}

/** Finds runs. */
export interface RunIndex {
  /** Runs of a namespace that have not ended, their states, and bytes of JSON that are kept for all of its runs. */
  usage(namespace: string): Promise<RunUsage>;
  headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]>;
  list(
    namespace: string,
    filter: RunFilter,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>>;
  /** True of runs that have not ended; of one that is gone, false. */
  goOn(runIds: readonly string[]): Promise<boolean[]>;
}

/** Reads what is kept of one run. */
export interface RunReader {
  view(runId: string): Promise<RunView | undefined>;
  /** Views of several runs, in one round trip. */
  views(runs: readonly LoadedRun[]): Promise<(RunView | undefined)[]>;
  /** The heads of several runs, in one round trip. @param asked.records so many of a run's first records */
  heads(
    asked: readonly { readonly runId: string; readonly records: number }[],
  ): Promise<(RunHead | undefined)[]>;
  triggerInputs(runId: string): Promise<string>;
  /** Objects of inputs that retries by hand have corrected, as JSON, by the numbers of the attempts that they begin with. */
  corrections(runId: string, states: readonly number[]): Promise<string[]>;
  /** Undefined: there is no such run. */
  triggerDigest(runId: string): Promise<string | undefined>;

  records(runId: string, states: readonly number[]): Promise<(StateRecord | undefined)[]>;
  failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]>;
  /** Times at which states are to be handed out, epoch milliseconds; undefined: they do not wait for a time. */
  dueTimes(
    runId: string,
    states: readonly { state: number; node: number }[],
  ): Promise<(number | undefined)[]>;

  outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]>;
  /**
   * The first of these outputs, in one round trip: so many that all but the last few together have no more than `bytes`, and
   * `atLeast` whatever their size.
   */
  outputsUpTo(
    runId: string,
    addresses: readonly OutputAddress[],
    limits: { readonly bytes: number; readonly atLeast: number },
  ): Promise<(string | undefined)[]>;
  /** Outputs of several runs, in one round trip. */
  outputsOf(
    asked: readonly { readonly runId: string; readonly addresses: readonly OutputAddress[] }[],
  ): Promise<(string | undefined)[][]>;
  /** Bytes of outputs, 0 if there is none. */
  outputBytes(runId: string, addresses: readonly OutputAddress[]): Promise<number[]>;
  /** Labels of outputs; undefined: it has none. */
  labels(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]>;
  /** Reads where outputs of a state go, as `1` and `0` for each of its next nodes; undefined: to all. */
  routes(
    runId: string,
    state: number,
    record: StateRecord,
    outputs: readonly number[],
  ): Promise<(string | undefined)[]>;
  /** Numbers of outputs of open fan-outs that were accepted, by the first state of each work. */
  acceptedEmits(runId: string, works: readonly number[]): Promise<number[]>;
  /** Numbers of the first child of each output of an open fan-out. @param width how many children one output has */
  emittedChildren(runId: string, work: number, outputs: readonly number[], width: number): Promise<number[]>;
  /** True if some of the outputs that are staged under a lease have routes. */
  isRouted(lease: Lease): Promise<boolean>;
  /** Ranges of staged outputs that are missing, half-open, at most 1,000. */
  missingEmits(lease: Lease, total: number): Promise<{ first: number; end: number }[]>;

  scopes(runId: string, scopes: readonly ScopeAddress[]): Promise<(ScopeRecord | undefined)[]>;
  /** A scope as it is stored, to tell later whether it has changed; empty: there is none. */
  scopeText(runId: string, scope: ScopeAddress): Promise<string>;
  /** The time at which a scope is decided at the latest, epoch milliseconds; undefined: no time decides it. */
  timerOf(runId: string, scope: ScopeAddress): Promise<number | undefined>;
  /** The ends of branches. @param keepsSuccesses what the scope's policy says */
  branchEnds(
    runId: string,
    scope: ScopeAddress,
    branches: readonly number[],
    keepsSuccesses: boolean,
  ): Promise<BranchEnd[]>;
  /**
   * Failures that count in a scope, by branch; a page after one of them, or the first one. Fewer than `atMost`: there
   * are no more.
   */
  countedFailures(
    runId: string,
    scope: ScopeAddress,
    page: { readonly after: CountedFailure | undefined; readonly atMost: number },
  ): Promise<CountedFailure[]>;
  /** The counts that the uniting states of windows were told, by instance. */
  windows(
    runId: string,
    scope: ScopeAddress,
    instances: readonly number[],
  ): Promise<(WindowRecord | undefined)[]>;
  /** Branches of a window, ascending; a page after `after`. */
  windowBranches(
    runId: string,
    scope: ScopeAddress,
    instance: number,
    page: { readonly after: number; readonly atMost: number },
  ): Promise<number[]>;

  /** All marks of a run, to tell later whether they have changed. */
  marks(runId: string): Promise<string>;
  /** The reason for a cancellation, as its user gave it; empty if none is known. */
  cancelReason(runId: string, target: NonNullable<MarkTarget>): Promise<string>;
  /** The outcome of a run that was marked, and the reason for it. */
  runEnding(runId: string): Promise<{ readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string }>;
}

/** One run, and the reader that reads it. */
export interface ReadRun {
  readonly storage: RunReader;
  readonly run: LoadedRun;
}
