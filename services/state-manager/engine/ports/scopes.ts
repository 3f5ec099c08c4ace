/** Scopes as storage keeps them, and what decides them. */
import type { Page } from '../../domain/model/page.ts';
import type { ScopeCounts, ScopeRecord } from '../../domain/run/scope-record.ts';
import type { LoadedRun } from './loaded-run.ts';

/** A uniting state of a windowed scope, and how the branches stood when it was created. */
export interface WindowRecord extends ScopeCounts {
  readonly state: number;
  /** 1, 2, 3 …: its place among the windows that count. One that is superseded leaves its place to the next. */
  readonly window: number;
}

export type BranchEnd = 'UNFINISHED' | 'SUCCEEDED' | 'FAILED' | 'PRUNED';

export interface ScopeAddress {
  readonly unite: number;
  readonly execution: number;
}

/** Reads and decides scopes. */
export interface ScopeStorage {
  scopes(runId: string, scopes: readonly ScopeAddress[]): Promise<(ScopeRecord | undefined)[]>;
  /** How branches ended. @param keepsSuccesses what the scope's policy says */
  branchEnds(
    runId: string,
    scope: ScopeAddress,
    branches: readonly number[],
    keepsSuccesses: boolean,
  ): Promise<BranchEnd[]>;
  /** States whose failures count in a scope, by branch; a page after `after`. */
  countedFailures(
    runId: string,
    scope: ScopeAddress,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<{ branch: number; state: number }>>;
  /** Scopes whose time has come: timeouts, and intervals of windows. */
  dueTimers(shard: number, atMost: number): Promise<{ runId: string; scope: ScopeAddress }[]>;
  /** Forgets timers of a run that is gone. */
  dropTimers(runId: string, scopes: readonly ScopeAddress[]): Promise<void>;
  /** Decides scopes whose time has come. */
  decide(
    run: LoadedRun,
    scopes: readonly ScopeAddress[],
  ): Promise<{ readonly isCancelling: boolean; readonly readyNodes: readonly number[] }>;
  /** When a scope is decided at the latest, epoch milliseconds; undefined: no time decides it. */
  timerOf(runId: string, scope: ScopeAddress): Promise<number | undefined>;
  /** A scope as it is stored, to tell later whether it has changed; empty: there is none. */
  scopeText(runId: string, scope: ScopeAddress): Promise<string>;
  /** Branches of a window, ascending; a page after `after`. */
  windowBranches(
    runId: string,
    scope: ScopeAddress,
    instance: number,
    page: { readonly after: number; readonly atMost: number },
  ): Promise<number[]>;
  /** What the uniting states of windows were told, by instance. */
  windows(
    runId: string,
    scope: ScopeAddress,
    instances: readonly number[],
  ): Promise<(WindowRecord | undefined)[]>;
}
