/** What the engine needs from outside, without saying who gives it. */
import type { Graph } from '../domain/graph.ts';
import type {
  Cancellation,
  ConnectedRuntime,
  Failure,
  NodeDefinition,
  Page,
  RegisteredNode,
  Role,
  RunStatus,
  RunSummary,
  SealedSecret,
  StateStatus,
  StoreChangeAnswer,
  StoreChangeRequest,
  StoredGraph,
  StoreEntry,
} from '../domain/model.ts';
import type { Plan } from '../domain/plan.ts';
import type { RetriedScope } from '../domain/plan-retry.ts';
import type { ScopeBranch, ScopeCounts, ScopeRecord, StateRecord } from '../domain/record.ts';
import type { Excess, RunLimits } from '../domain/run-limits.ts';
import type { StoreLimits, StoreRefusal, StoreStep } from '../domain/store.ts';
import type { NewTriggers, TriggerStorage } from './trigger-ports.ts';

/** What stays the same during a run. */
export interface RunHeader {
  readonly runId: string;
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly priority: number;
  readonly traceparent: string;
}

/** A run with the graph that it runs. */
export interface LoadedRun extends RunHeader {
  readonly graph: Graph;
  readonly limits: RunLimits;
}

export interface NewRun extends LoadedRun {
  /** Of the inputs: a repeated trigger must come with the same. */
  readonly digest: string;
  readonly inputsJson: string;
  /** The first state waits until then, epoch milliseconds; undefined, or past: not at all. */
  readonly startAt?: number | undefined;
  /** How many ends have led to this run, one starting the next; 0 if absent. */
  readonly chain?: number;
  /** The first values of its store, canonical JSON by key; undefined: none. */
  readonly store?: ReadonlyMap<string, string>;
}

export interface RunView extends RunSummary {
  /** The highest number that a state has. */
  readonly lastState: number;
  /** How many states of a node template, by its index, are in a status. */
  count(node: number, status: StateStatus): number;
}

/** One report, planned. */
export interface PlannedReport {
  readonly state: number;
  /** That holds the lease. */
  readonly sessionId: string;
  readonly leaseToken: string;
  readonly record: StateRecord;
  readonly plan: Plan;
  /** Outputs that came with the report; empty if they were staged. */
  readonly outputsJson: readonly string[];
  /** Changes to the store that are made with it. */
  readonly store?: StoreStep;
  /** Scopes that cancel the state once they have closed: nothing is committed then. */
  readonly guards: readonly ScopeAddress[];
}

/** Reports on states of one run, to be committed in one step. */
export interface Settlement {
  readonly run: LoadedRun;
  readonly reports: readonly PlannedReport[];
  /** Commit only if the deadline of this session has passed. */
  readonly expiredSession?: string;
  /** Commit only while the mark stands that this cancels for. */
  readonly onlyBelow?: StandingMark;
  /** Scopes whose uniting state is cancelled, too, as soon as all their branches are finished. */
  readonly dying?: readonly ScopeAddress[];
}

/**
 * What a report was refused for: its lease, a limit of the run, its changes to the store, or its emits. MISSING: emits
 * before or beyond what was accepted. UNNEEDED: emits that no way on is left for. CHANGED: the work has emitted since
 * it was planned.
 */
export type RefusalReason = 'STALE' | 'SETTLED' | 'MISSING' | 'UNNEEDED' | 'CHANGED' | Excess | StoreRefusal;

export type StageResult = 'OK' | 'STALE' | 'SETTLED' | Excess;

export type SettleResult =
  | {
      readonly kind: 'committed';
      readonly hasEnded: boolean;
      /** Something is left to be cancelled in steps. */
      readonly isCancelling: boolean;
      readonly readyNodes: readonly number[];
    }
  /** Nothing was written; without these reports it can be tried again. */
  | {
      readonly kind: 'refused';
      readonly reasons: ReadonlyMap<number, RefusalReason>;
    }
  /** Nothing was written: the session has come back. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly error: Error };

/** A node template of a run that has, or may have, ready states. */
export interface Place {
  readonly runId: string;
  readonly node: number;
}

/** A place with the priority of its run. */
export interface PrioritizedPlace extends Place {
  readonly priority: number;
}

export interface ClaimPlace {
  readonly run: LoadedRun;
  readonly node: number;
  readonly atMost: number;
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
  /** How much more the session takes of nodes, by name, that have a capacity of their own. */
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

export type ClaimResult =
  /** @property left by place: ready states that could be claimed at once */
  | {
      readonly kind: 'claimed';
      readonly states: readonly ClaimedState[];
      readonly left: readonly number[];
      /** Entries of ready lists that were late. */
      readonly passed: number;
    }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Where an output stands. */
export interface OutputAddress {
  readonly state: number;
  readonly output: number;
  /** Under which lease token it was staged; undefined: it was not. */
  readonly stagedUnder?: string | undefined;
}

export interface Lease {
  readonly runId: string;
  readonly state: number;
  readonly leaseToken: string;
}

export interface DueState {
  readonly runId: string;
  readonly state: number;
  readonly node: number;
}

export type MarkResult = 'GONE' | 'SAME' | 'CHANGED';

/** Children that a cancelled fan-out still lacks: created CANCELLED, or not at all. */
export type ExpandCut = { readonly onlyBelow: StandingMark } & (
  | { readonly kind: 'cancel'; readonly failure: Failure }
  | { readonly kind: 'drop' }
);

export type ExpandResult =
  | {
      readonly kind: 'more' | 'done';
      readonly expanded: number;
      readonly longestReady: number;
      readonly isCancelling: boolean;
    }
  | { readonly kind: 'gone' };

export interface StagedOutput {
  readonly outputJson: string;
  /** Which next nodes it goes to, as `1` and `0`; empty: all. */
  readonly chosen: string;
}

/** Something marked, whose unfinished states are cancelled in steps. @property takenAt when this look at it began */
export type CancelJob = { readonly runId: string; readonly takenAt: number } & (
  | { readonly kind: 'run' }
  /** A scope that closed early. */
  | { readonly kind: 'scope'; readonly scope: ScopeAddress }
  /** What grew from a state: from one of its outputs, or from all. */
  | { readonly kind: 'below'; readonly state: number; readonly output?: number }
  /** A uniting state that a retry by hand has made obsolete, and what grew from it. */
  | { readonly kind: 'superseded'; readonly state: number }
);

/** What has to stand as long as a job cancels what it found. */
export type StandingMark =
  | 'RUN'
  | { readonly state: number; readonly output?: number }
  | { readonly superseded: number }
  /** A scope that has closed: it may be opened again. */
  | { readonly closed: ScopeAddress };

/** What a mark stands on; undefined: the whole run. */
export type MarkTarget = { readonly state: number; readonly output?: number } | undefined;

/** One scope that the end of a state that is retried meant something to. */
export interface RetryScope extends RetriedScope {
  /** Whether its branch is finished, where storage cannot tell; true as long as the scope is as seen. */
  readonly finished?: { readonly isFinished: boolean; readonly seen: string };
}

export type RetryResult =
  | { readonly kind: 'OK'; readonly replacement: number }
  /** CHANGED: read again; BUSY: it is still being cancelled; UNSURE: say which branches are finished. */
  | { readonly kind: 'CHANGED' | 'BUSY' | 'UNSURE' };

/** A uniting state of a windowed scope, and how the branches stood when it was created. */
export interface WindowRecord extends ScopeCounts {
  readonly state: number;
}

export type BranchEnd = 'UNFINISHED' | 'SUCCEEDED' | 'FAILED' | 'PRUNED';

export interface ScopeAddress {
  readonly unite: number;
  readonly execution: number;
}

export interface RunStorage {
  readonly shards: number;
  shardOf(runId: string): number;

  /** Creates a run, or finds it there. */
  trigger(run: NewRun): Promise<{ created: true } | { created: false; digest: string }>;
  headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]>;
  view(runId: string): Promise<RunView | undefined>;
  list(
    namespace: string,
    filter: { graphName?: string; status?: RunStatus },
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>>;

  records(runId: string, states: readonly number[]): Promise<(StateRecord | undefined)[]>;
  outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]>;
  /** How many outputs of open fan-outs were accepted, by the first state of each work. */
  acceptedEmits(runId: string, works: readonly number[]): Promise<number[]>;
  /** Numbers of the first child of each output of an open fan-out. @param width how many children one output has */
  emittedChildren(runId: string, work: number, outputs: readonly number[], width: number): Promise<number[]>;
  triggerInputs(runId: string): Promise<string>;
  /** Undefined: there is no such run. */
  triggerDigest(runId: string): Promise<string | undefined>;
  failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]>;
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

  /** Settles, then claims, in one round trip. */
  commit(
    settlements: readonly Settlement[],
    claims: readonly Claim[],
  ): Promise<{ settled: SettleResult[]; claimed: ClaimResult[] }>;
  /** @param mostBytes of JSON that the run may come to */
  stage(
    lease: Lease,
    firstIndex: number,
    outputs: readonly StagedOutput[],
    mostBytes: number,
  ): Promise<StageResult>;
  /** Whether some of the outputs that are staged under a lease have routes. */
  isRouted(lease: Lease): Promise<boolean>;
  /** Ranges of staged outputs that are missing, half-open, at most 1,000. */
  missingEmits(lease: Lease, total: number): Promise<{ first: number; end: number }[]>;

  /** Places with ready states of the nodes, the ones to serve first in front. */
  work(
    shard: number,
    nodes: readonly { namespace: string; nodeName: string }[],
    atMost: number,
  ): Promise<PrioritizedPlace[][]>;
  /** Fan-outs that no state manager has moved for a while. */
  expanding(shard: number, idleMs: number, atMost: number): Promise<{ runId: string; state: number }[]>;
  /** Creates children of a fan-out. */
  expand(
    run: LoadedRun,
    state: number,
    plan: Plan,
    options: { readonly atMost: number; readonly cut?: ExpandCut },
  ): Promise<ExpandResult>;
  /** Scopes whose time has come: timeouts, and intervals of windows. */
  dueTimers(shard: number, atMost: number): Promise<{ runId: string; scope: ScopeAddress }[]>;
  /** Forgets timers of a run that is gone. */
  dropTimers(runId: string, scopes: readonly ScopeAddress[]): Promise<void>;
  /** Decides scopes whose time has come. */
  decide(
    run: LoadedRun,
    scopes: readonly ScopeAddress[],
  ): Promise<{ readonly isCancelling: boolean; readonly readyNodes: readonly number[] }>;
  /** What is to be cancelled in steps and was not looked at since `idleMs`; it then counts as looked at. */
  cancelling(shard: number, idleMs: number, atMost: number): Promise<CancelJob[]>;
  /** All of a job is cancelled. @param held scopes that were not decided before this, of a superseded state */
  cancelled(run: LoadedRun, job: CancelJob, held: readonly ScopeBranch[]): Promise<void>;
  /** Forgets a job whose run is gone. */
  dropJob(job: CancelJob): Promise<void>;
  /** Marks a run, or what grew from a state, as to be cancelled. GONE: there is no such run. */
  markCancelled(
    run: LoadedRun,
    target: MarkTarget,
    end: { readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string },
  ): Promise<MarkResult>;
  pause(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  resume(run: LoadedRun, target: MarkTarget): Promise<MarkResult>;
  /** Why something was cancelled, as its user said; empty if nothing is known. */
  cancelReason(runId: string, target: NonNullable<MarkTarget>): Promise<string>;
  /** How and why a run that was marked is ended. */
  runEnding(runId: string): Promise<{ readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string }>;
  /** Runs whose deadline has passed, if they were not paused. */
  pastDeadlines(shard: number, atMost: number): Promise<string[]>;
  /** Whether a run has used up its time. If not, its deadline is moved. */
  isOverdue(runId: string): Promise<boolean>;
  /** Retries a failed or cancelled state by hand. @param delayMs until the replacement is ready */
  retry(
    run: LoadedRun,
    state: number,
    record: StateRecord,
    scopes: readonly RetryScope[],
    delayMs: number,
  ): Promise<RetryResult>;
  /** Runs that ended long enough ago to be removed. */
  retiring(shard: number, atMost: number): Promise<string[]>;
  /** Removes such a run with everything it has. @param run undefined: a removal was broken off before */
  retire(runId: string, run: LoadedRun | undefined): Promise<void>;
  /** Forgets states that wait for a time, and whose run is gone. */
  dropDue(states: readonly DueState[]): Promise<void>;
  /** The ids of runs that have not ended, in pages. */
  unended(): AsyncIterable<readonly string[]>;
  /** States that wait for a time are due now. */
  hasten(runId: string, states: readonly { readonly state: number; readonly node: number }[]): Promise<void>;
  /** When a scope is decided at the latest, epoch milliseconds; undefined: no time decides it. */
  timerOf(runId: string, scope: ScopeAddress): Promise<number | undefined>;
  /** A scope as it is stored, to tell later whether it has changed; empty: there is none. */
  scopeText(runId: string, scope: ScopeAddress): Promise<string>;
  /** Takes back what failures of superseded states meant. */
  uncount(
    runId: string,
    states: readonly { readonly state: number; readonly countsIn: readonly ScopeBranch[] }[],
  ): Promise<void>;
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
  due(shard: number, atMost: number): Promise<DueState[]>;
  /** When states are to be handed out, epoch milliseconds; undefined: they do not wait for a time. */
  dueTimes(
    runId: string,
    states: readonly { state: number; node: number }[],
  ): Promise<(number | undefined)[]>;
  promote(run: LoadedRun, node: number, states: readonly number[]): Promise<void>;
  timedOut(shard: number, atMost: number): Promise<Lease[]>;
}

/** The run's key-value data, for users. */
export interface StoreStorage {
  /** Values that are there, by key, for the holder of a lease; the first `lookedUp` of the keys have been read. */
  read(
    lease: Lease,
    keys: readonly string[],
    mostBytes: number,
  ): Promise<{ kind: 'read'; lookedUp: number; entries: readonly StoreEntry[] } | { kind: 'stale' }>;
  /** Makes one change, for the holder of a lease. */
  change(
    lease: Lease,
    request: StoreChangeRequest,
    limits: StoreLimits,
  ): Promise<
    | { kind: 'answered'; answer: StoreChangeAnswer }
    | { kind: 'refused'; refusal: StoreRefusal }
    /** The lease has ended; or a later change was made under it. */
    | { kind: 'stale' }
    | { kind: 'late' }
  >;
  /** For expressions. */
  values(runId: string, keys: readonly string[]): Promise<(string | undefined)[]>;
  /** A page, ordered by key; it also ends before it has more than so many bytes. */
  page(
    runId: string,
    page: { pageSize: number; pageToken: string },
    mostBytes: number,
  ): Promise<Page<StoreEntry>>;
}

export interface SessionStorage {
  /** Gives a session a new stream on every shard. False: it was to be resumed and is not known any more. */
  attach(sessionId: string, streamId: string, leaseMs: number, isNew: boolean): Promise<boolean>;
  extend(
    sessions: readonly { sessionId: string; streamId: string }[],
    leaseMs: number,
  ): Promise<('OK' | 'SUPERSEDED' | 'EXPIRED')[]>;
  /** Whether a session has no newer stream. */
  isNewest(sessionId: string, streamId: string): Promise<boolean>;
  /** Every lease that a session holds. */
  leases(sessionId: string): Promise<Lease[]>;
  expired(shard: number, atMost: number): Promise<string[]>;
  /** A page of the leases that a session holds on a shard. */
  leasesOn(shard: number, sessionId: string, atMost: number): Promise<Lease[]>;
  forget(shard: number, sessionId: string): Promise<void>;
  /** Keeps what a session says of states that it holds, for an hour. */
  tellProgress(sessionId: string, told: readonly (Lease & { readonly message: string })[]): Promise<void>;
  /** What was said last under leases. */
  progress(leases: readonly Lease[]): Promise<(string | undefined)[]>;
}

export interface CatalogStorage {
  /** Epoch milliseconds by the one clock that all state managers share: their own may differ. */
  now(): Promise<number>;
  latestVersion(namespace: string, name: string): Promise<StoredGraph | undefined>;
  /** The highest version that is deleted; 0: none is. */
  deletedVersion(namespace: string, name: string): Promise<number>;
  /** Deletes a graph. Gives how many versions it had; 0: there is no such graph. Its runs keep their templates. */
  deleteGraph(namespace: string, name: string): Promise<number>;
  version(namespace: string, name: string, version: number): Promise<StoredGraph | undefined>;
  /**
   * Adds a version, and its triggers in place of those of the version before, unless another state manager has
   * just added it. False: it has.
   */
  addVersion(graph: StoredGraph, triggers?: NewTriggers): Promise<boolean>;
  /** Replaces a version by the same with its secrets sealed anew. */
  resealVersion(graph: StoredGraph): Promise<void>;
  graphNames(namespace: string): Promise<string[]>;
  registerNodes(namespace: string, nodes: readonly NodeDefinition[]): Promise<void>;
  nodes(namespace: string): Promise<RegisteredNode[]>;
  nodesNamed(namespace: string, names: readonly string[]): Promise<(NodeDefinition | undefined)[]>;
  putRuntime(namespace: string, runtime: ConnectedRuntime, ttlMs: number): Promise<void>;
  removeRuntime(namespace: string, sessionId: string): Promise<void>;
  runtimes(namespace: string): Promise<ConnectedRuntime[]>;
  putToken(hash: string, token: StoredToken): Promise<void>;
  tokens(): Promise<StoredToken[]>;
  token(hash: string): Promise<StoredToken | undefined>;
  removeToken(hash: string): Promise<void>;
}

export interface StoredToken {
  readonly hash: string;
  readonly tokenId: string;
  readonly namespace: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/** New work: a place that had no ready state before. */
export interface Wake extends PrioritizedPlace {
  readonly namespace: string;
  readonly nodeName: string;
}

export interface Notices {
  /**
   * The connection to storage was lost and is back: notices were missed, and storage may have lost the last of
   * what it had acknowledged.
   */
  onReconnected(listener: () => void): void;
  onWake(listener: (wake: Wake) => void): void;
  onEnd(listener: (runId: string) => void): void;
  onCancel(listener: (sessionId: string, cancellation: Cancellation) => void): void;
  cancel(sessionId: string, cancellation: Cancellation): void;
}

export interface Storage {
  readonly runs: RunStorage;
  readonly store: StoreStorage;
  readonly sessions: SessionStorage;
  readonly catalog: CatalogStorage;
  readonly triggers: TriggerStorage;
  readonly notices: Notices;
}

/** Where a secret belongs: sealed for one place it opens at no other. */
export interface SecretPlace {
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly name: string;
}

/** Seals secrets, so that storage holds nothing that can be read without a key. */
export interface SecretVault {
  /** The key that seals; undefined: there is none, and nothing can be sealed. */
  readonly sealingKeyId: string | undefined;
  /** @throws if there is no key */
  seal(value: string, place: SecretPlace): SealedSecret;
  /** The value; `unknown_key`: the key is not here; `broken`: another key or place, or it was changed. */
  open(
    sealed: SealedSecret,
    place: SecretPlace,
  ):
    | { readonly kind: 'opened'; readonly value: string }
    | { readonly kind: 'unknown_key' }
    | { readonly kind: 'broken' };
}

/** Checks values against JSON Schemas. */
export interface SchemaChecker {
  /** The first rule that the value breaks, as a sentence; undefined: none. @throws if the schema itself is bad */
  check(schemaJson: string, value: unknown): string | undefined;
}
