/** Steps that commit what was reported, lease what is ready, and let runs go on. */
import type { Failure } from '../../domain/model/state.ts';
import type { Excess } from '../../domain/plan/limit-failures.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { StoreRefusal, StoreStep } from '../../domain/run/store.ts';
import type { StandingMark } from './control.ts';
import type { LoadedRun, NewRun, RunHead } from './loaded-run.ts';
import type { Lease } from './sessions.ts';

/** One report, planned. */
export interface PlannedReport {
  readonly state: number;
  /** Session that holds the lease. */
  readonly sessionId: string;
  readonly leaseToken: string;
  readonly record: StateRecord;
  readonly plan: Plan;
  /** Outputs that came with the report; empty if they were staged. */
  readonly outputsJson: readonly string[];
  /** Labels of those that have one, by their place among them; undefined: none has. */
  readonly labels?: ReadonlyMap<number, string> | undefined;
  /** Changes to the store that are made with it. */
  readonly store?: StoreStep;
  /** Scopes that cancel the state once they have closed: nothing is committed then. */
  readonly guards: readonly ScopeAddress[];
}

/** The number of children that a report creates in its step; 1 for a replacement, and for none. */
export function childrenOf({ plan: { step } }: PlannedReport): number {
  if (step.kind === 'emit') return step.total * Math.max(1, step.children.length);
  return step.kind === 'succeed' && !step.isWide ? step.total * step.children.length : 1;
}

/** Calls `each` with every output that came with a report: whose it is, which of them, and its JSON. */
export function eachOutput(
  { state, plan: { step }, outputsJson }: PlannedReport,
  each: (owner: number, output: number, json: string) => void,
): void {
  const [owner, first] = step.kind === 'emit' ? [step.work, step.first] : [state, 0];
  for (const [i, json] of outputsJson.entries()) each(owner, first + i, json);
}

/** A session that takes what becomes ready, at once: without a claim. */
export interface Taker {
  readonly sessionId: string;
  readonly streamId: string;
  /** Lease token of everything that it is given in this step. */
  readonly leaseToken: string;
  /** The session holds no more than this of each shard. */
  readonly capacities: readonly number[];
  readonly namespace: string;
  /** Names of the nodes that it takes. */
  readonly nodeNames: readonly string[];
}

/** Reports on states of one run, to be committed in one step. */
export interface Settlement {
  readonly run: LoadedRun;
  readonly reports: readonly PlannedReport[];
  /** The run was broken in storage when it was tried last: nothing of it is handed off. */
  readonly wasBroken?: boolean;
  /** Commit only if the deadline of this session has passed. */
  readonly expiredSession?: string;
  /** Commit only while the mark stands that this cancels for. */
  readonly onlyBelow?: StandingMark;
  /** Scopes whose uniting state is cancelled, too, as soon as all their branches are finished. */
  readonly dying?: readonly ScopeAddress[];
  /** If it ends the run, tell of that with so many of its first records; undefined: nobody asks at once. */
  readonly recordsAtEnd?: number | undefined;
}

/**
 * Reason that a report was refused for: its lease, a limit of the run, its changes to the store, or its emits. MISSING: emits
 * before or beyond what was accepted. UNNEEDED: emits that no way on is left for. CHANGED: the work has emitted since
 * it was planned.
 */
export type RefusalReason = 'STALE' | 'SETTLED' | 'MISSING' | 'UNNEEDED' | 'CHANGED' | Excess | StoreRefusal;

export type StageResult = 'OK' | 'STALE' | 'SETTLED' | Excess;

export type SettleResult =
  | {
      readonly kind: 'committed';
      readonly hasEnded: boolean;
      /** The run at its end, if it has ended and the settlement asked for it. */
      readonly end?: RunHead;
      /** Something is left to be cancelled in steps. */
      readonly isCancelling: boolean;
      readonly readyNodes: readonly number[];
      /** States that became ready and went to a taker. */
      readonly handedOff: readonly HandedOff[];
    }
  /** Nothing was written; without these reports it can be tried again. */
  | {
      readonly kind: 'refused';
      readonly reasons: ReadonlyMap<number, RefusalReason>;
    }
  /** Nothing was written: the session has come back. */
  | { readonly kind: 'alive' }
  /** Something is wrong: with the run if `isOfRun`, else with storage, which takes nothing now. */
  | { readonly kind: 'failed'; readonly error: Error; readonly isOfRun: boolean };

export interface StagedOutput {
  readonly outputJson: string;
  /** The next nodes it goes to, as `1` and `0`; empty: all. */
  readonly chosen: string;
  /** Undefined: it has none. */
  readonly label?: string | undefined;
}

/** A node template of a run that has, or may have, ready states. */
export interface ReadyPlace {
  readonly runId: string;
  readonly node: number;
}

/** A place with the priority of its run. */
export interface RankedPlace extends ReadyPlace {
  readonly priority: number;
}

export interface ClaimPlace {
  readonly run: LoadedRun;
  readonly node: number;
  readonly atMost: number;
  /** The name that its room has in `roomOf`. Absent: that of its node. */
  readonly room?: string;
  /** Suspects to lease, and nothing else, by number. Absent: what is ready, and no suspect. */
  readonly suspects?: readonly number[];
}

/** Asks to lease ready states to a session. */
export interface Claim {
  readonly sessionId: string;
  readonly streamId: string;
  readonly leaseToken: string;
  /** The session holds no more than this, in all. */
  readonly capacity: number;
  /** The claim takes no more than this, in all. */
  readonly atMost: number;
  /** The room that the session has for nodes, by name, that have a capacity of their own; and what rates let through. */
  readonly roomOf: ReadonlyMap<string, number>;
  /**
   * All on one shard, those of a run one after the other: served in this order, but runs of one priority get
   * even parts of what is left.
   */
  readonly places: readonly ClaimPlace[];
}

export interface ClaimedState {
  readonly run: LoadedRun;
  readonly state: number;
  readonly record: StateRecord;
}

/** A state that was leased in the step that made it ready. */
export interface HandedOff extends ClaimedState {
  readonly taker: Taker;
}

export type ClaimResult =
  | {
      readonly kind: 'claimed';
      readonly states: readonly ClaimedState[];
      /** Numbers of ready states that could be claimed at once, by place. */
      readonly left: readonly number[];
      /** Entries of ready lists that were late. */
      readonly passed: number;
    }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Children that a cancelled fan-out still lacks: created CANCELLED, or not at all. */
export type ExpandCut = { readonly onlyBelow: StandingMark } & (
  | { readonly kind: 'cancel'; readonly failure: Failure }
  | { readonly kind: 'drop' }
);

export type ExpandResult =
  | {
      readonly kind: 'more' | 'done';
      readonly expanded: number;
      readonly maxReady: number;
      readonly isCancelling: boolean;
    }
  | { readonly kind: 'gone' };

/** Steps that are taken together. */
export interface Turn {
  /** Runs that begin, or are found there. */
  readonly newRuns: readonly NewRun[];
  readonly settlements: readonly Settlement[];
  readonly claims: readonly Claim[];
  /** Sessions that get what becomes ready, at once, unless something waits before it. */
  readonly takers: readonly Taker[];
}

/** Results of a turn: each list has one entry for each step, in their order. */
export interface TurnResult {
  readonly triggered: readonly TriggerResult[];
  readonly settled: readonly SettleResult[];
  readonly claimed: readonly ClaimResult[];
  /** Something went wrong on the way, whatever came of it: takers may have been given what no result tells of. */
  readonly isInDoubt: boolean;
}

export type TriggerResult =
  /** The root went to a taker, or waits. */
  | { readonly kind: 'created'; readonly handedOff?: HandedOff }
  | { readonly kind: 'exists'; readonly digest: string }
  /** No run begins with this version of its graph any more: it is about to be removed. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Result of a trigger: a new run, or the one that has the id already, and the digest of its inputs. */
export type Begun = { readonly created: true } | { readonly created: false; readonly digest: string };

/** Has runs begin. */
export interface RunStarter {
  /** Creates a run, or finds it there. @throws FanoutError STORAGE_FULL, STORAGE_UNAVAILABLE, SHUTTING_DOWN */
  begin(run: NewRun): Promise<Begun>;
}

/** Steps that runs take by themselves, from the trigger to the end of their retention. */
export interface RunSteps {
  /** Takes all of these steps in one round trip: runs begin, reports are settled, ready states are claimed. */
  commit(turn: Partial<Turn>): Promise<TurnResult>;
  /** @param maxBytes of JSON that the run may come to */
  stage(
    lease: Lease,
    firstIndex: number,
    outputs: readonly StagedOutput[],
    maxBytes: number,
  ): Promise<StageResult>;
  /** Creates children of a fan-out. */
  expand(
    run: LoadedRun,
    state: number,
    plan: Plan,
    options: { readonly atMost: number; readonly cut?: ExpandCut },
  ): Promise<ExpandResult>;
  /** Decides scopes whose time has come. */
  decide(
    run: LoadedRun,
    scopes: readonly ScopeAddress[],
  ): Promise<{ readonly isCancelling: boolean; readonly readyNodes: readonly number[] }>;
  /** Makes states ready whose due time has come. */
  promote(run: LoadedRun, node: number, states: readonly number[]): Promise<void>;
  /**
   * Removes a run that ended long enough ago, with everything it has.
   * @param run undefined: a removal was broken off before
   * @param options.isUnwanted it need not be long ago
   * @returns false: it is kept
   */
  retire(
    runId: string,
    run: LoadedRun | undefined,
    options?: { readonly isUnwanted?: boolean },
  ): Promise<boolean>;
}
