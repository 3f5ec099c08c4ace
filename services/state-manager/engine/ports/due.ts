/** Everything that waits on a shard, whatever run it belongs to. */
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { CancelJob } from './control.ts';
import type { Lease } from './sessions.ts';
import type { RankedPlace } from './settling.ts';

export interface DueState {
  readonly runId: string;
  readonly state: number;
  readonly node: number;
}

/** Kinds of what waits on a shard for an instant: each is looked for by the method of `Due` that has its name, or says so. */
export type DueKind =
  | 'due'
  | 'timedOut'
  | 'dueTimers'
  | 'pastDeadlines'
  | 'retiring'
  | 'expanding'
  | 'cancelling'
  | 'suspects'
  /** Sessions by their deadlines: `SessionStorage.expired`. */
  | 'expired'
  /** Ends of runs that may start others: `TriggerStorage.recordedEnds`. */
  | 'recordedEnds'
  /** Jobs on many runs: `RunJobStorage.take`. */
  | 'runJobs';

/** The first instant of each kind on one shard, undefined if nothing of it waits; by the clock of storage, epoch milliseconds. */
export interface FirstInstants {
  readonly now: number;
  /** Milliseconds for which another state manager looks after the shard, if it does not go on; 0: who has asked does. */
  readonly keptMs: number;
  readonly at: Readonly<Record<DueKind, number | undefined>>;
}

/** Finds what waits for a place, an instant, or another step; and forgets it where its run is gone. */
export interface Due {
  readonly shards: number;
  shardOf(runId: string): number;

  /**
   * First instants on each of these shards; undefined: they cannot be read there. Whoever asks looks after those that
   * nobody else does.
   */
  firstInstants(shards: readonly number[], stateManagerId: string): Promise<(FirstInstants | undefined)[]>;

  /** Places with ready states of the nodes, the ones to serve first in front. */
  readyPlaces(
    shard: number,
    nodes: readonly { namespace: string; nodeName: string }[],
    atMost: number,
  ): Promise<RankedPlace[][]>;
  /** States whose due time has come. */
  due(shard: number, atMost: number): Promise<DueState[]>;
  /** Forgets states that wait for a time, and whose run is gone. */
  dropDue(states: readonly DueState[]): Promise<void>;
  /** Leases that have lasted longer than their node's `timeout_ms`. */
  timedOut(shard: number, atMost: number): Promise<Lease[]>;

  /** Fan-outs that no state manager has moved for a while. */
  expanding(shard: number, idleMs: number, atMost: number): Promise<{ runId: string; state: number }[]>;
  /** Scopes whose time has come: timeouts, and intervals of windows. */
  dueTimers(shard: number, atMost: number): Promise<{ runId: string; scope: ScopeAddress }[]>;
  /** Forgets timers of a run that is gone. */
  dropTimers(runId: string, scopes: readonly ScopeAddress[]): Promise<void>;
  /** Jobs that were not looked at since `idleMs`; they then count as looked at. */
  cancelling(shard: number, idleMs: number, atMost: number): Promise<CancelJob[]>;
  /** Number of those jobs, over all shards. */
  cancellingCount(): Promise<number>;
  /** Forgets a job whose run is gone. */
  dropJob(job: CancelJob): Promise<void>;

  /** Suspects that wait to be executed, those that have waited longest in front. */
  suspects(shard: number, atMost: number): Promise<DueState[]>;
  /** Forgets suspects that wait no more. */
  dropSuspects(states: readonly DueState[]): Promise<void>;

  /** Runs whose deadline has passed, if they were not paused. */
  pastDeadlines(shard: number, atMost: number): Promise<string[]>;
  /** True if a run has used up its time. If not, its deadline is moved. */
  isOverdue(runId: string): Promise<boolean>;
  /** Runs that ended long enough ago to be removed. */
  retiring(shard: number, atMost: number): Promise<string[]>;
}
