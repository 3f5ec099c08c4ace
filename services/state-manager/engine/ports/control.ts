/** Steps of users on runs, and of what is swept afterwards. */
import type { RetriedScope } from '../../domain/plan/retry-by-hand.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from './loaded-run.ts';

/** FULL: as many parts of the run are marked as may be. */
export type MarkResult = 'GONE' | 'SAME' | 'CHANGED' | 'FULL';

/** Something marked, whose unfinished states are cancelled in steps; or parked ones that are let go in steps. */
export type CancelJob = {
  readonly runId: string;
  /** The time at which this look at it began, epoch milliseconds. */
  readonly takenAt: number;
} & (
  | { readonly kind: 'run' }
  /** A scope that closed early. */
  | { readonly kind: 'scope'; readonly scope: ScopeAddress }
  /** Everything that grew from a work, as a `MarkTarget` names it. */
  | { readonly kind: 'below'; readonly state: number; readonly output?: number }
  /** States that a pause had held. */
  | { readonly kind: 'parked' }
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

/**
 * The work that a mark stands below, by the number of its first attempt, and which sibling of it, as users count them:
 * 0 is the state itself, and of work that emits stands for no output. Absent: all outputs. Undefined: the whole run.
 */
export type MarkTarget = { readonly state: number; readonly output?: number } | undefined;

/** One scope that the end of a state that is retried meant something to. */
export interface RetryScope extends RetriedScope {
  /** The end of its branch, where storage cannot tell; it holds as long as the scope is as seen. */
  readonly finished?: { readonly isFinished: boolean; readonly seen: string };
}

/** A scope that was opened again, and is not decided until it has back what its closing had cancelled. */
export interface HeldScope extends ScopeAddress {
  /** Number of the superseded uniting state that it is held by. */
  readonly heldBy: number;
}

export type RetryResult =
  | { readonly kind: 'OK'; readonly replacement: number }
  /**
   * CHANGED: read again; BUSY: it, or a unite above it, is still being cancelled; UNSURE: say which branches are
   * finished; SUPERSEDED: a unite above it was opened again, so that it counts nowhere; LEFT: it is not taken back,
   * since another unite leaves it out, or the scope is not held any more.
   */
  | { readonly kind: 'CHANGED' | 'BUSY' | 'UNSURE' | 'SUPERSEDED' | 'LEFT' };

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
  /** Marks a run, or what grew from a work, as to be cancelled. GONE: there is no such run. */
  markCancelled(
    run: LoadedRun,
    target: MarkTarget,
    end: { readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string },
  ): Promise<MarkResult>;
  pause(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  /** Takes a pause away, also of a run that has ended, and lets go what it held. */
  resume(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  /** Goes on letting go what pauses held that are over. */
  unpark(run: LoadedRun): Promise<void>;
  /**
   * All of a job is cancelled. Does nothing if another look at it is wanted. The mark stays if more may grow there:
   * the job comes back when it does, or when its work has ended.
   * @param release.held scopes that were not decided before this, of a superseded state; `seen`: as `marks` gave it
   * before the look for what else has delivered there; nothing is done if it is another now; `attempt`: the newest
   * one of the marked work that was seen; `reopened`: the scope that a superseded state had united, which may be
   * decided now
   */
  cancelled(
    run: LoadedRun,
    job: CancelJob,
    release: {
      readonly held: readonly (ScopeBranch & { readonly delivered: boolean })[];
      readonly seen: string;
      readonly attempt?: number;
      readonly reopened?: ScopeAddress;
    },
  ): Promise<void>;
  /**
   * Retries a failed or cancelled state by hand.
   * @param delayMs until the replacement is ready
   * @param takenBackBy the scope whose closing had cancelled it; absent: a user retries it
   * @param correctionJson an object of inputs that it gets instead of those that its template says; absent: as before
   */
  retry(
    run: LoadedRun,
    state: number,
    record: StateRecord,
    scopes: readonly RetryScope[],
    delayMs: number,
    takenBackBy?: HeldScope,
    correctionJson?: string,
  ): Promise<RetryResult>;
  /**
   * The next branches of a held scope, of those that it had given up without, count again as they stand. With the last
   * ones it learns whether its execution still emits.
   * @param branches half-open
   * @param newest number of the execution's newest attempt
   * @returns true if there are more
   */
  takeBack(
    run: LoadedRun,
    scope: HeldScope,
    branches: { readonly from: number; readonly past: number },
    newest: number,
  ): Promise<boolean>;
  /** States that wait for a time are due now. */
  hasten(runId: string, states: readonly { readonly state: number; readonly node: number }[]): Promise<void>;
  /**
   * Takes states that have ended out of the counts of their statuses, and takes back what their failures meant. Those
   * that have not ended, or were taken before, stay as they are. @param states 1 to 250
   */
  supersede(runId: string, states: readonly SupersededState[]): Promise<void>;
}
