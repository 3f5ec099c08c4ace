/** The calls that transport makes on the engine. Everything thrown is a `FanoutError`. */
import type { Assumptions, RunEstimate } from '../../domain/graph/estimate-run.ts';
import type { BranchQuestion, BranchSummary } from '../../domain/model/branch-cells.ts';
import type { GroupedFailures } from '../../domain/model/failure-groups.ts';
import type { GraphVersion } from '../../domain/model/graph.ts';
import type { LogFilter, LogPage } from '../../domain/model/log.ts';
import type { ConnectedRuntime, RegisteredNode } from '../../domain/model/node.ts';
import type { Page } from '../../domain/model/page.ts';
import type { QuotaUsage, SetLimits } from '../../domain/model/quota.ts';
import type {
  ControlTarget,
  InputCorrection,
  RetryTarget,
  Run,
  RunEnd,
  RunFilter,
  RunResult,
  RunSummary,
  TriggerRequest,
} from '../../domain/model/run.ts';
import type { RunJob, RunJobRequest } from '../../domain/model/run-job.ts';
import type { State, StateDetails, StateFilter } from '../../domain/model/state.ts';
import type { StoreChangeAnswer, StoreChangeRequest, StoreEntry } from '../../domain/model/store.ts';
import type { DownFrame, HeldLease, Hello, UpFrame } from '../../domain/model/stream.ts';
import type { Role, Token } from '../../domain/model/token.ts';
import type { UniteQuestion, UniteScope } from '../../domain/model/unite.ts';
import type { Wait } from '../../domain/model/wait.ts';
import type { FanoutError, FieldViolation } from '../../errors.ts';
import type { RunJobAddress } from './run-jobs.ts';
import type { SchedulesApi } from './schedules.ts';

export interface PageRequest {
  /** Already checked and defaulted: 1 to 1,000. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
  /** Bytes of the items' texts at which reading stops, but for the first item; absent: none. */
  readonly maxBytes?: number;
}

/** The verdict on a template that is not stored. */
export interface GraphCheck {
  readonly violations: readonly FieldViolation[];
  readonly warnings: readonly FieldViolation[];
  /** Absent if there are violations. */
  readonly estimate?: RunEstimate;
}

export interface GraphsApi {
  upsert(
    namespace: string,
    name: string,
    templateJson: string,
  ): Promise<{ graph: GraphVersion; created: boolean; warnings: readonly FieldViolation[] }>;
  /**
   * @param name empty: of no stored graph
   * @param assumptions for the estimate of a run, which a template without violations has
   * @throws FanoutError FIELD_INVALID (a width is assumed of no node in the graph).
   */
  validate(
    namespace: string,
    name: string,
    templateJson: string,
    assumptions: Assumptions,
  ): Promise<GraphCheck>;
  /** @param version 0: the newest */
  get(namespace: string, name: string, version: number): Promise<GraphVersion>;
  list(namespace: string, page: PageRequest): Promise<Page<GraphVersion>>;
  /**
   * Deletes all versions; runs that have ended stay.
   * @throws FanoutError GRAPH_NOT_FOUND, GRAPH_IN_USE (runs of it have not ended).
   */
  delete(namespace: string, name: string): Promise<{ versions: number }>;
}

export interface RunsApi {
  trigger(request: TriggerRequest): Promise<{ runId: string; created: boolean }>;
  /** @param options.includeWaits asks why it does not get on */
  get(
    namespace: string,
    runId: string,
    options?: { readonly includeWaits?: boolean },
  ): Promise<{ readonly run: Run; readonly waits: readonly Wait[] }>;
  list(namespace: string, filter: RunFilter, page: PageRequest): Promise<Page<RunSummary>>;
  /**
   * Yields a snapshot at once, then on change, at most 10 a second; ends after the one that has the run's end.
   * @param options.endOnly yields that one only
   */
  watch(
    namespace: string,
    runId: string,
    options: { readonly endOnly: boolean },
    signal: AbortSignal,
  ): AsyncIterable<Run>;
  /**
   * Has `listener` told each time that a run may have ended; also if it just has. It need not exist.
   * @returns what ends that; harmless twice
   */
  onEnd(runId: string, listener: () => void): () => void;
  /**
   * The end of a run; undefined: it goes on. Ends that are asked for in one turn of the event loop are read together.
   * @throws FanoutError RUN_NOT_FOUND
   */
  end(
    namespace: string,
    runId: string,
    options: { readonly omitResults: boolean },
  ): Promise<RunEnd | undefined>;
  /**
   * A page of the results of a run.
   * @param endedAt instant of its end, where they have to be all of a run that has ended
   * @throws FanoutError RUN_NOT_FOUND, PAGE_TOKEN_INVALID; STORAGE_UNAVAILABLE: that end does not stand any more
   */
  results(namespace: string, runId: string, page: PageRequest, endedAt?: number): Promise<Page<RunResult>>;
  states(namespace: string, runId: string, filter: StateFilter, page: PageRequest): Promise<Page<State>>;
  /**
   * A state with its other attempts, and its inputs if they are wanted.
   * @throws FanoutError RUN_NOT_FOUND, STATE_NOT_FOUND
   */
  state(
    namespace: string,
    stateId: string,
    options: { readonly includeInputs: boolean },
  ): Promise<StateDetails>;
  /** Failures that nobody has retried, by node template, code and shape of the message, the largest groups first. */
  groupFailures(namespace: string, runId: string): Promise<GroupedFailures>;
  /**
   * Writes the mark that ends it; bounded steps do the rest.
   * @param reason for people; may be empty
   * @returns false in `changed`: it had ended, or was cancelled before
   */
  cancel(namespace: string, target: ControlTarget, reason: string): Promise<{ changed: boolean }>;
  /** @returns false in `changed`: it had ended, or was held before */
  pause(namespace: string, target: ControlTarget): Promise<{ changed: boolean }>;
  /** Takes back the pause of that same target. @returns false in `changed`: it was not held */
  resume(namespace: string, target: ControlTarget): Promise<{ changed: boolean }>;
  /**
   * @param corrections inputs of some of the states, all of them checked before anything is retried
   * @returns the number of states that are retried
   * @throws FanoutError STATE_NOT_FOUND, STATE_NOT_RETRYABLE, INPUT_INVALID, QUOTA_EXCEEDED
   */
  retry(
    namespace: string,
    target: RetryTarget,
    corrections: readonly InputCorrection[],
  ): Promise<{ retried: number }>;
  /**
   * Removes a run that has ended.
   * @throws FanoutError RUN_NOT_FOUND, RUN_NOT_ENDED
   */
  delete(namespace: string, runId: string): Promise<void>;
  /**
   * Lists scopes by execution, in the order of creation. The page size bounds the scopes and the missing branches of
   * all of them; a scope with more comes again on the next page, with the next ones.
   * @throws FanoutError STATE_NOT_FOUND, NOT_UNITED
   */
  explainUnite(namespace: string, question: UniteQuestion, page: PageRequest): Promise<Page<UniteScope>>;
  /** @throws FanoutError RUN_NOT_FOUND, STATE_NOT_FOUND, NOT_UNITED */
  summarizeBranches(namespace: string, question: BranchQuestion): Promise<BranchSummary>;
}

/** Jobs that act on many runs. */
export interface RunJobsApi {
  /** @throws FanoutError IDEMPOTENCY_CONFLICT, TOO_MANY_JOBS */
  start(request: RunJobRequest): Promise<RunJob>;
  /** @throws FanoutError JOB_NOT_FOUND */
  get(address: RunJobAddress): Promise<RunJob>;
  /** The newest first, at most 100. */
  list(namespace: string): Promise<RunJob[]>;
  /** @returns false in `changed`: it had ended, or was told before. @throws FanoutError JOB_NOT_FOUND */
  stop(address: RunJobAddress): Promise<{ changed: boolean }>;
}

export interface NodesApi {
  list(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>>;
  /** Connected runtimes, by session. A page may be empty while more follow. */
  runtimes(namespace: string, page: PageRequest): Promise<Page<ConnectedRuntime>>;
}

export interface TokensApi {
  /** @param ttlMs undefined: until revoked */
  create(namespace: string, role: Role, ttlMs: number | undefined): Promise<{ token: Token; bearer: string }>;
  /** The newest first. */
  list(namespace: string, page: PageRequest): Promise<Page<Token>>;
  revoke(namespace: string, tokenId: string): Promise<void>;
  /** The namespace and the role that a bearer text allows; undefined if it is unknown, expired or revoked. */
  authenticate(bearer: string): Promise<{ namespace: string; role: Role } | undefined>;
  /** False: no token is configured, so everything is allowed, from loopback only. */
  readonly isRequired: boolean;
}

/** The state manager's end of one stream. */
export interface Outlet {
  /** Sends a frame. Never throws; a frame after the end is dropped. */
  send(frame: DownFrame): void;
  /** Ends the stream: with a status, or cleanly without an error. */
  end(error?: FanoutError): void;
  /** More waits for the reader than should; absent: never. */
  readonly isFull?: boolean;
}

/** One open stream of a session. */
export interface SessionStream {
  /** Takes one frame; frames of one stream come in order. Never throws: what is wrong ends the stream. */
  receive(frame: UpFrame): void;
  /** The stream is gone, for whatever reason. The session may resume within the grace period. */
  closed(): void;
}

export interface SessionsApi {
  /** Opens or resumes a session; sends the welcome through `outlet` before anything else. */
  open(hello: Hello, outlet: Outlet): Promise<SessionStream>;
  /**
   * Moves the deadline of a session, whichever state manager has its stream, and although it is silent.
   * @throws FanoutError SESSION_EXPIRED it has lost its leases, or is not one of the namespace
   */
  keep(namespace: string, sessionId: string): Promise<void>;
  /** Reads a page of a united list for the holder of a lease. */
  readUnited(
    namespace: string,
    lease: HeldLease,
    inputName: string,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<string>>;
}

export interface StoresApi {
  /** Values that are there, in the order of the keys; the first `lookedUp` of them were looked up. */
  read(
    namespace: string,
    lease: HeldLease,
    keys: readonly string[],
  ): Promise<{ entries: readonly StoreEntry[]; lookedUp: number }>;
  /** Makes one change at once. */
  change(namespace: string, lease: HeldLease, request: StoreChangeRequest): Promise<StoreChangeAnswer>;
  /** A run's store, ordered by key. */
  list(namespace: string, runId: string, page: PageRequest): Promise<Page<StoreEntry>>;
}

export interface LogsApi {
  /**
   * Reads lines that nodes of a run have logged, the oldest first.
   * @throws FanoutError RUN_NOT_FOUND, PAGE_TOKEN_INVALID
   */
  read(
    namespace: string,
    runId: string,
    filter: LogFilter,
    page: PageRequest,
  ): Promise<LogPage & { readonly nextPageToken?: string }>;
  /**
   * Yields the lines that are kept, and those that come, at most 10 times a second; ends when the run has ended and all is told.
   * @param afterNumber of the last line that is known already; 0: none is
   */
  follow(
    namespace: string,
    runId: string,
    filter: LogFilter,
    afterNumber: number,
    signal: AbortSignal,
  ): AsyncIterable<LogPage>;
}

/** Limits of namespaces, and what counts against them at this state manager. */
export interface QuotasApi {
  /**
   * Takes part in a quota of streams.
   * @returns what ends that; harmless twice
   * @throws FanoutError QUOTA_EXCEEDED
   */
  enter(namespace: string, quota: 'streams' | 'watches'): Promise<() => void>;
  /** Counts a request. @throws FanoutError QUOTA_EXCEEDED */
  countRequest(namespace: string): Promise<void>;
  usage(namespace: string): Promise<readonly QuotaUsage[]>;
  /** Sets limits; undefined: that of the deployment counts again. */
  set(namespace: string, limits: SetLimits): Promise<void>;
}

export interface EngineApi {
  readonly graphs: GraphsApi;
  readonly runs: RunsApi;
  readonly runJobs: RunJobsApi;
  readonly nodes: NodesApi;
  readonly tokens: TokensApi;
  readonly sessions: SessionsApi;
  readonly stores: StoresApi;
  readonly logs: LogsApi;
  readonly quotas: QuotasApi;
  readonly schedules: SchedulesApi;
}
