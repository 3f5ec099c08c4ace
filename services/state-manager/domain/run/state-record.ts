import type { StateStatus } from '../model/state.ts';
import type { ScopeBranch } from './scope-record.ts';

/** A state as storage keeps it. Numbers of states count from 1 within their run. */
export interface StateRecord {
  readonly status: StateStatus;
  /** The token of the lease that it has, or had last; empty: it was never handed out. */
  readonly leaseToken: string;
  /** The instant of the last change of status, epoch milliseconds. */
  readonly changedAt: number;
  /** Milliseconds for which it had waited when it was leased, or ended without that; undefined: it waits. */
  readonly waitedMs?: number;
  /** Milliseconds from its lease to its end; undefined: it is executed, or never was. */
  readonly ranMs?: number;
  /** 1, 2, 3 … of the same work, over retries and lost leases. */
  readonly attempt: number;
  /** Leases that this very state has lost while it was the only suspect: the third one fails it. */
  readonly losses: number;
  /** Replacements before this one. */
  readonly retries: number;
  /** It is a suspect: it was lost beside others more than once. */
  readonly suspicion?: Suspicion;
  /** Number of the first state of the same work: what idempotency keys are made of. */
  readonly work: number;
  /** The output of its parent that it grew from; undefined: it unites, and its parent is the united execution. */
  readonly output: number | undefined;
  /** The instance of a uniting state: 1 for the first that its scope created, 2 for the next window or generation … */
  readonly instance?: number;
  readonly standing: StateStanding;
  /** Outputs and children of an EXECUTED or SUCCESS state. */
  readonly fanOut?: FanOut;
  /** Number of the state that replaces it, if it is RETRY_CREATED. */
  readonly replacement?: number;
  /**
   * Outputs of its work were accepted one by one, while it or an earlier attempt was executed. They, and what grew
   * from them, belong to the first state of the work: only that one has the `fanOut`.
   */
  readonly hasEmitted?: boolean;
  /** Its failure counts nowhere, or does not any more. */
  readonly isUncounted?: boolean;
  /** It has ended, and a retry by hand has opened a unite above it again: it is in no count of a status any more. */
  readonly isSuperseded?: boolean;
  /** It was told to stop emitting before it was at its end, since the unites of what it emits had closed. */
  readonly isCutOff?: boolean;
}

/** Suspicion that a state is the reason for which processes die. */
export interface Suspicion {
  /** The number of suspects that are executed together at most, this one included. */
  readonly group: number;
  /** Leases that it has lost since it is a suspect, the one that made it one included. */
  readonly losses: number;
}

/** The standing of a state: the part of its record that it shares with its siblings. */
export interface StateStanding {
  /** Index of the node template. */
  readonly node: number;
  /** Number of the parent state; 0: this is the root. */
  readonly parent: number;
  /** The scopes that it holds a token of, inner first. */
  readonly scopes: readonly ScopeBranch[];
  /** The outputs that it, or what inherits from it, refers to. */
  readonly refs: readonly OutputRef[];
  /** Number of the attempt from which on its inputs are other ones in part; undefined: they are what the template says. */
  readonly corrected?: number | undefined;
}

interface FanOut {
  /** The number of outputs; of an open fan-out, those that were accepted so far. */
  readonly total: number;
  /**
   * Number of the first child; the others follow, output by output. 0 for an open fan-out: its children are numbered in
   * blocks.
   */
  readonly firstChild: number;
  /** Its outputs were accepted one by one; the state itself took none of them. */
  readonly isOpen: boolean;
  /** Its outputs were staged. */
  readonly isStaged: boolean;
  /** Their routes were staged with them, so that some children may never exist. */
  readonly isRouted: boolean;
}

/** One output of one state of an ancestor. */
export interface OutputRef {
  readonly node: number;
  readonly state: number;
  readonly output: number;
  /** The lease token under which it was staged; undefined: it was not. */
  readonly stagedUnder?: string;
}
