/** Lists that steps keep of one run, so that finding a few of its states needs no look at all of them. */
import type { StateStatus } from '../../domain/model/state.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';

/** Branches that a scope has at least for those to be listed that have finished. */
export const wideScope = 256;

/** Statuses whose states are listed. */
export type FailedStatus = Extract<StateStatus, 'ERRORED' | 'RETRY_CREATED'>;

export interface FailedFilter {
  readonly status: FailedStatus;
  /** Also those that a retry by hand has superseded. */
  readonly includeSuperseded?: boolean | undefined;
}

/** States of one node template that are in a list. */
export interface ListedStates {
  /** Number in the list of those to be handed out. That one may have some that have gone, or one twice. */
  readonly ready: number;
  /** Number that a pause below a state holds. */
  readonly parked: number;
}

/** States of one run that wait for an instant. */
export interface DueStates {
  /** Numbers and first instants by index of their node. */
  readonly byNode: ReadonlyMap<number, { readonly count: number; readonly firstAt: number }>;
  /** False: so much of other runs waits for earlier instants that there may be more. */
  readonly isComplete: boolean;
}

/** Lists of branches of a scope: those that have finished, and which of these have failed or were pruned. */
export type BranchList = 'FINISHED' | 'FAILED' | 'PRUNED';

/** A state that is among the slowest of its node template. */
export interface SlowState {
  readonly state: number;
  /** Time for which it was executed. */
  readonly ranMs: number;
}

export interface RunLists {
  /** Numbers of the states that are listed of nodes, each by its index. */
  listedStates(runId: string, nodes: readonly number[]): Promise<ListedStates[]>;
  /** States that wait for an instant, as far as they are among the first thousand of their shard. */
  firstDueStates(runId: string): Promise<DueStates>;
  /**
   * Numbers of the states that have a status, from one on: ascending, or descending if the newest come first. Fewer than
   * `atMost`: there are no more.
   */
  failedStates(
    runId: string,
    filter: FailedFilter,
    page: { readonly from: number; readonly atMost: number; readonly isNewestFirst?: boolean },
  ): Promise<number[]>;
  /**
   * Numbers of the states that have opened scopes, ascending, from one on, and a few that may not have. `next`: go on
   * from there; undefined: there are no more.
   */
  unitedExecutions(
    runId: string,
    page: { readonly from: number; readonly atMost: number },
  ): Promise<{ readonly executions: number[]; readonly next?: number }>;
  /** Branches `from` to `to`, half-open, without those of which it is known that they have finished. */
  maybeUnfinished(
    runId: string,
    scope: ScopeRecord,
    range: { readonly from: number; readonly to: number },
  ): Promise<number[]>;
  /**
   * Numbers of branches in a list, between bounds: the i-th is that of the branches `bounds[i]` to `bounds[i + 1]`, half-open.
   * What has finished while its scope was narrow is in no list.
   * @param bounds ascending, two at least
   */
  countBranches(
    runId: string,
    scope: ScopeRecord,
    list: BranchList,
    bounds: readonly number[],
  ): Promise<number[]>;
  /** States of nodes that were executed for longest, those first; at most 100 of each node are kept. */
  slowestStates(runId: string, nodes: readonly number[], atMost: number): Promise<SlowState[]>;
}
