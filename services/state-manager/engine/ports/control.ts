/** Steps of users on runs, and of what is swept afterwards. */
import type { RetriedScope } from '../../domain/plan/retry-by-hand.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from './loaded-run.ts';

/** FULL: as many parts of the run are marked as may be. */
export type MarkResult = 'GONE' | 'SAME' | 'CHANGED' | 'FULL';

/** Something marked, whose unfinished states are cancelled in steps. */
export type CancelJob = {
  readonly runId: string;
  /** The time at which this look at it began, epoch milliseconds. */
  readonly takenAt: number;
} & (
  | { readonly kind: 'run' }
  /** A scope that closed early. */
  | { readonly kind: 'scope'; readonly scope: ScopeAddress }
  /** Everything that grew from a state: from one of its outputs, or from all. */
  | { readonly kind: 'below'; readonly state: number; readonly output?: number }
  /** A uniting state that a retry by hand has made obsolete, and what grew from it. */
  | { readonly kind: 'superseded'; readonly state: number }
);

/** The mark that has to stand as long as a job cancels what it found. */
export type StandingMark =
  | 'RUN'
  | { readonly state: number; readonly output?: number }
  | { readonly superseded: number }
  /** A scope that has closed: it may be opened again. */
  | { readonly closed: ScopeAddress };

/** The state, or the output of one, that a mark stands on; undefined: the whole run. */
export type MarkTarget = { readonly state: number; readonly output?: number } | undefined;

/** One scope that the end of a state that is retried meant something to. */
export interface RetryScope extends RetriedScope {
  /** The end of its branch, where storage cannot tell; it holds as long as the scope is as seen. */
  readonly finished?: { readonly isFinished: boolean; readonly seen: string };
}

export type RetryResult =
  | { readonly kind: 'OK'; readonly replacement: number }
  /**
   * CHANGED: read again; BUSY: it, or a unite above it, is still being cancelled; UNSURE: say which branches are
   * finished; SUPERSEDED: a unite above it was opened again, so that it counts nowhere.
   */
  | { readonly kind: 'CHANGED' | 'BUSY' | 'UNSURE' | 'SUPERSEDED' };

/** A state that a retry by hand has made obsolete. If it has failed, its failure counts somewhere that is not. */
export interface SupersededState {
  readonly state: number;
  /** Branches around that count its failure, and are not superseded with it. */
  readonly countsIn: readonly ScopeBranch[];
  /** No scope answers for its failure: the run counts it. */
  readonly isUncounted: boolean;
}

/** Steps by which users cancel, pause and retry parts of runs, and what is swept after them. */
export interface ControlSteps {
  /** Marks a run, or what grew from a state, as to be cancelled. GONE: there is no such run. */
  markCancelled(
    run: LoadedRun,
    target: MarkTarget,
    end: { readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string },
  ): Promise<MarkResult>;
  pause(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  resume(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  /**
   * All of a job is cancelled. Does nothing if another look at it is wanted.
   * @param release.held scopes that were not decided before this, of a superseded state; `seen`: as `marks` gave it
   * before the look for what else has delivered there; nothing is done if it is another now
   */
  cancelled(
    run: LoadedRun,
    job: CancelJob,
    release: {
      readonly held: readonly (ScopeBranch & { readonly delivered: boolean })[];
      readonly seen: string;
    },
  ): Promise<void>;
  /** Retries a failed or cancelled state by hand. @param delayMs until the replacement is ready */
  retry(
    run: LoadedRun,
    state: number,
    record: StateRecord,
    scopes: readonly RetryScope[],
    delayMs: number,
  ): Promise<RetryResult>;
  /** States that wait for a time are due now. */
  hasten(runId: string, states: readonly { readonly state: number; readonly node: number }[]): Promise<void>;
  /**
   * Takes states that have ended out of the counts of their statuses, and takes back what their failures meant. Those
   * that have not ended, or were taken before, stay as they are. @param states 1 to 250
   */
  supersede(runId: string, states: readonly SupersededState[]): Promise<void>;
}
