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

/** How one scope stands, for people. */
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
  };
  /** All branches are known. */
  readonly isSealed: boolean;
  /** When the strategy decides over what has finished then; undefined: never, or the scope is not open. */
  readonly deadlineAt?: number;
  /** What happens next, and when, in one sentence. */
  readonly next: string;
  /** Unfinished branches, by index, as far as they fit on the page. */
  readonly missing: readonly MissingBranch[];
}

/** When a scope fires, with shares as numbers. */
export interface UnitePolicyView {
  /** As it stands in the template, in one sentence. */
  readonly text: string;
  readonly strategy: UniteStrategy;
  /** For QUORUM; of the branches known so far. */
  readonly minSuccess?: number;
  /** For ALL_SUCCESS; of the branches known so far. */
  readonly toleratedFailures?: number;
  readonly timeoutMs?: number;
  readonly failFast: boolean;
  readonly window?: { readonly count?: number; readonly intervalMs?: number };
}

/** A branch that a scope waits for. */
export interface MissingBranch {
  /** Of the output that it grew from. */
  readonly index: number;
  /** How many of its covered states are unfinished. */
  readonly unfinishedStates: number;
  /** The first few of them, in the order of their creation. */
  readonly states: readonly UnfinishedState[];
}

/** A state that keeps a branch unfinished. */
export interface UnfinishedState {
  readonly stateId: string;
  readonly identifier: string;
  readonly status: StateStatus;
  readonly attempt: number;
  readonly dueAt?: number;
  /** Of the runtime that executes it; undefined: none does. */
  readonly sessionId?: string;
  /** What that runtime said last of how far it has come. */
  readonly progress?: string;
}
