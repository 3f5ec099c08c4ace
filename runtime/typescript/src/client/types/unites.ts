/** Unites and their branches, as a client is told of them. `…At` are epoch milliseconds. */
import type { FailureReason } from './failures.ts';
import type { StateStatus } from './states.ts';

/** All branches of one execution of the united node, as a uniting node waits for them. */
export interface UniteScope {
  /** The place of the node that waits. */
  readonly unitingIdentifier: string;
  /** The uniting state: the newest, if windows have made several; undefined: there is none yet. */
  readonly unitingStateId: string | undefined;
  /** The place whose execution it unites. */
  readonly unitedIdentifier: string;
  /** The united execution, by the state that took its first output. */
  readonly unitedStateId: string;
  /** It waits, has fired, cannot be met any more, or was ended before. */
  readonly status: 'OPEN' | 'FIRED' | 'GAVE_UP' | 'CANCELLED';
  /** 1, and one more each time that a retry by hand opens it again. */
  readonly generation: number;
  /** The condition under which it fires. */
  readonly policy: {
    /** The policy as it stands in the template, in one sentence. */
    readonly text: string;
    readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';
    /** QUORUM: so many have to succeed; 0 otherwise. A percentage is that of the branches known so far. */
    readonly minSuccess: number;
    /** ALL_SUCCESS: so many may fail. A percentage is that of the branches known so far. */
    readonly toleratedFailures: number;
    /** Undefined: it waits without a limit. */
    readonly timeoutMs: number | undefined;
    readonly failFast: boolean;
    readonly window:
      | { readonly count: number | undefined; readonly intervalMs: number | undefined }
      | undefined;
  };
  /** Branches, by how they ended. */
  readonly counts: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly pruned: number;
    readonly unfinished: number;
    /** Left out when the unite closed early, before a retry by hand opened it again. */
    readonly leftOut: number;
  };
  /** All branches are known: the united node has returned. */
  readonly isSealed: boolean;
  /**
   * The instant at which the strategy decides over what has finished then; undefined: never, or it does not wait any
   * more.
   */
  readonly deadlineAt: number | undefined;
  /** The next event of the unite, and its time, in one sentence. */
  readonly next: string;
  /** Branches that are unfinished, by index. */
  readonly missing: readonly MissingBranch[];
  /** The first reasons for which branches have failed, if it gave up, the most frequent ones first. */
  readonly reasons: readonly FailureReason[];
}

/** A branch that a unite waits for. */
export interface MissingBranch {
  /** The index of the output that it grew from. */
  readonly index: number;
  /** The label of that output; undefined: it has none. */
  readonly label: string | undefined;
  /** The number of its states that are unfinished. */
  readonly unfinishedStates: number;
  /** The first few of them. */
  readonly states: readonly {
    readonly id: string;
    readonly identifier: string;
    readonly status: StateStatus;
    /** 1, 2, 3 … of the same work. */
    readonly attempt: number;
    readonly dueAt: number | undefined;
    /** The session of the runtime that executes it; undefined: none does. */
    readonly sessionId: string | undefined;
    /** The newest message of its node's `heartbeat`. */
    readonly progress: string | undefined;
  }[];
}
