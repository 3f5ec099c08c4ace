/** Lists that steps keep of one run, so that finding a few of its states needs no look at all of them. */
import type { StateStatus } from '../../domain/model/state.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';

/** Statuses whose states are listed. */
export type FailedStatus = Extract<StateStatus, 'ERRORED' | 'RETRY_CREATED'>;

export interface FailedFilter {
  readonly status: FailedStatus;
  /** Also those that a retry by hand has superseded. */
  readonly includeSuperseded?: boolean | undefined;
}

export interface RunLists {
  /** Numbers of the states that have a status, ascending, from one on. Fewer than `atMost`: there are no more. */
  failedStates(
    runId: string,
    filter: FailedFilter,
    page: { readonly from: number; readonly atMost: number },
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
}
