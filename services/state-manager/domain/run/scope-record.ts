import type { ScopeAddress } from './scope-address.ts';

/** One branch of one scope. */
export interface ScopeBranch extends ScopeAddress {
  /** The output that the branch grows from. */
  readonly branch: number;
}

/** Numbers of branches of a scope, by how they ended. */
export interface ScopeCounts {
  readonly total: number;
  readonly unfinished: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly pruned: number;
  /** Branches that an earlier generation closed without, and that this one does not wait for. */
  readonly leftOut: number;
}

/** A scope as storage keeps it. */
export interface ScopeRecord extends ScopeAddress, ScopeCounts {
  readonly status: 'OPEN' | 'FIRED' | 'GAVE_UP' | 'CANCELLED';
  /** The total is final. */
  readonly isSealed: boolean;
  /** It has closed before its execution was at its end, so that there might have been more branches. */
  readonly isCutOff: boolean;
  /**
   * Number of a uniting state that a retry by hand has superseded. Until that is swept, and what its closing had cancelled
   * is back, the scope is not decided.
   */
  readonly heldBy?: number;
  /** Number of the newest uniting state, once there is one. */
  readonly result?: number;
  /** The number of uniting states that it has created. */
  readonly instances: number;
  /** The first of them that belongs to the present generation. */
  readonly since: number;
  /** 1, and one more each time that it was opened again. */
  readonly generation: number;
  /** Number of branches that have succeeded since the newest window. */
  readonly fresh: number;
  /** Tokens that each branch has at its start. */
  readonly tokens: number;
}
