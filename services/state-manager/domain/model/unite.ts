import type { StateStatus } from './state.ts';

export interface UniteQuestion {
  readonly runId: string;
  /** A state of the united execution, or a uniting state; undefined: all executions. */
  readonly stateId?: string;
  /** The uniting node; undefined: all that unite the execution. */
  readonly identifier?: string;
}

export type UniteScopeStatus = 'OPEN' | 'FIRED' | 'GAVE_UP' | 'CANCELLED';

export type UniteStrategy = 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';

/** A failure that a unite has counted. */
export interface UniteFailure {
  /** The node template that failed. */
  readonly identifier: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A reason for which branches have failed: failures of one node template with one code. */
export interface FailureReason {
  readonly identifier: string;
  readonly code: string;
  /** The message of the first of them, cut if it is long. */
  readonly message: string;
  /** The number of failures that it stands for. */
  readonly count: number;
}

/** One scope and its unfinished branches, as people see it. */
export interface UniteScope {
  readonly unitingIdentifier: string;
  /** The newest, if windows have made several; undefined: there is none yet. */
  readonly unitingStateId?: string;
  readonly unitedIdentifier: string;
  /** The state that took the first output of the united execution. */
  readonly unitedStateId: string;
  readonly status: UniteScopeStatus;
  /** 1, and one more each time that a retry by hand opens it again. */
  readonly generation: number;
  readonly policy: UnitePolicyView;
  readonly counts: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly pruned: number;
    readonly unfinished: number;
    readonly leftOut: number;
  };
  /** All branches are known. */
  readonly isSealed: boolean;
  /**
   * The instant at which the strategy decides over what has finished then; undefined: never, or the scope is not open.
   */
  readonly deadlineAt?: number;
  /** The next event of the scope, and its time, in one sentence. */
  readonly next: string;
  /** Unfinished branches, by index, as far as they fit on the page. */
  readonly missing: readonly MissingBranch[];
  /** The first reasons for which branches have failed, if it gave up, the most frequent ones first. */
  readonly reasons: readonly FailureReason[];
}

/** The policy of a scope, with shares as numbers of branches. */
export interface UnitePolicyView {
  /** The policy as it stands in the template, in one sentence. */
  readonly text: string;
  readonly strategy: UniteStrategy;
  /** Number that a QUORUM needs, of the branches known so far. */
  readonly minSuccess?: number;
  /** Number that ALL_SUCCESS tolerates, of the branches known so far. */
  readonly toleratedFailures?: number;
  readonly timeoutMs?: number;
  readonly failFast: boolean;
  readonly window?: { readonly count?: number; readonly intervalMs?: number };
}

/** A branch that a scope waits for. */
export interface MissingBranch {
  /** The index of the output that it grew from. */
  readonly index: number;
  /** The number of its covered states that are unfinished. */
  readonly unfinishedStates: number;
  /** The first few of them, in the order of their creation. */
  readonly states: readonly UnfinishedState[];
  /** Label of the output; undefined: it has none. */
  readonly label?: string;
}

/** A state that keeps a branch unfinished. */
export interface UnfinishedState {
  readonly stateId: string;
  readonly identifier: string;
  readonly status: StateStatus;
  readonly attempt: number;
  readonly dueAt?: number;
  /** The session of the runtime that executes it; undefined: none does. */
  readonly sessionId?: string;
  /** The newest message of that runtime about how far it has come. */
  readonly progress?: string;
}
