/** Lists that steps keep of one run, so that finding a few of its states needs no look at all of them. */
import type { StateStatus } from '../../domain/model/state.ts';

/** Statuses whose states are listed. */
export type FailedStatus = Extract<StateStatus, 'ERRORED' | 'RETRY_CREATED'>;

export interface RunLists {
  /** Numbers of the states that have a status, ascending, from one on. Fewer than `atMost`: there are no more. */
  failedStates(
    runId: string,
    status: FailedStatus,
    page: { readonly from: number; readonly atMost: number },
  ): Promise<number[]>;
}
