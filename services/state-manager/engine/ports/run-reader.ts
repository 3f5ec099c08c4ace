import type { Page } from '../../domain/model/page.ts';
import type { RunStatus, RunSummary } from '../../domain/model/run.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { ControlStorage } from './control.ts';
import type { ExpandStorage } from './expanding.ts';
import type { LoadedRun, NewRun, OutputAddress, RunHeader, RunView } from './loaded-run.ts';
import type { ScopeStorage } from './scopes.ts';
import type { CommitStorage } from './settling.ts';

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
