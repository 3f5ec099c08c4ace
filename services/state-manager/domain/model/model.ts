/** What the state manager speaks of, as values. Instants are epoch milliseconds. */
import type { StoreChange } from '../run/store.ts';

export type StateStatus =
  | 'CREATED'
  | 'QUEUED'
  | 'EXECUTED'
  | 'SUCCESS'
  | 'ERRORED'
  | 'RETRY_CREATED'
  | 'PRUNED'
  | 'CANCELLED';

export const stateStatuses: readonly StateStatus[] = [
  'CREATED',
  'QUEUED',
  'EXECUTED',
  'SUCCESS',
  'ERRORED',
  'RETRY_CREATED',
  'PRUNED',
  'CANCELLED',
];

export type RunStatus = 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' | 'PAUSED';

export interface Failure {
  /** In UPPER_SNAKE_CASE. */
  readonly code: string;
  readonly message: string;
}

export interface NodeDefinition {
  readonly name: string;
  /** JSON Schema text; empty: anything goes. */
  readonly inputSchemaJson: string;
  /** JSON Schema text of one output; empty: anything goes. */
  readonly outputSchemaJson: string;
  readonly secrets: readonly string[];
  readonly iteratorInputs: readonly string[];
  readonly openFanOut: boolean;
  readonly description: string;
}

export interface RegisteredNode {
  readonly definition: NodeDefinition;
  readonly registeredAt: number;
}

export interface Capacity {
  readonly total: number;
  readonly perNode: Readonly<Record<string, number>>;
}

export interface ConnectedRuntime {
  readonly sessionId: string;
  readonly runtimeName: string;
  readonly language: string;
  readonly nodeNames: readonly string[];
  readonly capacity: Capacity;
  readonly inFlight: number;
  readonly connectedAt: number;
  readonly isDraining: boolean;
}

export interface GraphVersion {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  readonly templateJson: string;
  readonly createdAt: number;
}

/** A value that only a holder of the key can read. Bytes are base64. */
export interface SealedSecret {
  readonly keyId: string;
  readonly nonce: string;
  /** The encrypted value, and the tag that proves it. */
  readonly sealed: string;
}

/** A version as it is stored: the template has placeholders, the values of its secrets are sealed beside it. */
export interface StoredGraph extends GraphVersion {
  /** By name; absent: it has none. */
  readonly sealedSecrets?: Readonly<Record<string, SealedSecret>>;
}

export interface NodeCounts {
  readonly identifier: string;
  readonly nodeName: string;
  readonly byStatus: Readonly<Record<StateStatus, number>>;
}

/** A run without its counts. */
export interface RunSummary {
  readonly runId: string;
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly status: RunStatus;
  readonly priority: number;
  readonly createdAt: number;
  /** What its first state waits, or waited, for; undefined: nothing. */
  readonly startAt?: number;
  readonly endedAt?: number;
  readonly stateCount: number;
}

export interface Run extends RunSummary {
  readonly counts: readonly NodeCounts[];
}

export interface State {
  readonly stateId: string;
  readonly runId: string;
  readonly identifier: string;
  readonly nodeName: string;
  readonly status: StateStatus;
  readonly attempt: number;
  readonly path: string;
  readonly parents: Readonly<Record<string, string>>;
  /** Of a PRUNED state: what the node gave with the prune. */
  readonly outputJson?: string;
  readonly failure?: Failure;
  readonly updatedAt: number;
  readonly dueAt?: number;
  /** Of a QUEUED state: what its runtime said last of how far it has come. */
  readonly progress?: string;
}

export interface RunResult {
  readonly identifier: string;
  readonly stateId: string;
  readonly path: string;
  readonly outputJson: string;
}

/** What a control acts on: the whole run, or what grew from a state. */
export interface ControlTarget {
  readonly runId: string;
  /** Undefined: the whole run. */
  readonly below?: {
    readonly stateId: string;
    /** What grew from all outputs of the state's execution, instead of its own. */
    readonly fanOut: boolean;
  };
}

/** What is retried by hand: one state, or all that failed in the run or below a state. */
export type RetryTarget =
  | { readonly kind: 'state'; readonly runId: string; readonly stateId: string }
  | ({ readonly kind: 'failed' } & ControlTarget);

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

/** A page of a list; without `nextPageToken` it is the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

export interface HeldLease {
  readonly stateId: string;
  readonly leaseToken: string;
}

export interface Output {
  readonly outputJson: string;
  /** Identifiers of the next nodes that get it; undefined: all of them. */
  readonly route?: readonly string[];
}

export type Outcome =
  | { readonly kind: 'executed'; readonly outputs: readonly Output[]; readonly emitCount: number }
  | { readonly kind: 'errored'; readonly failure: Failure; readonly isRetryable: boolean }
  /** @property dataJson kept with the state; empty: none */
  | { readonly kind: 'pruned'; readonly dataJson: string }
  | { readonly kind: 'requeued'; readonly delayMs: number }
  /** The report itself breaks a rule: the state fails. */
  | { readonly kind: 'invalid'; readonly failure: Failure };

export interface Report extends HeldLease {
  readonly outcome: Outcome;
  /** Made in the step that takes the report. */
  readonly storeChanges?: readonly StoreChange[];
}

/** One key of a run's store. */
export interface StoreEntry {
  readonly key: string;
  readonly valueJson: string;
}

/** What a value has to be for a change to be made. */
export type StoreExpectation = { readonly kind: 'json'; readonly json: string } | { readonly kind: 'absent' };

/** Asks for one change, at once. */
export interface StoreChangeRequest {
  readonly change: StoreChange;
  /** Undefined: in any case. */
  readonly expected?: StoreExpectation;
  /** 1, 2, 3 … under one lease: the newest one again is not made twice. 0: none. */
  readonly number: number;
}

export interface StoreChangeAnswer {
  readonly applied: boolean;
  /** The new value of an increment, or the value that was not as expected; undefined: none. */
  readonly valueJson?: string;
}

/** A chunk of outputs that goes ahead of its report. */
export interface Emit extends HeldLease {
  readonly firstIndex: number;
  readonly outputs: readonly Output[];
  /** Why it cannot be taken, so that its state fails; it has no outputs then. */
  readonly failure?: Failure;
}

export type AckStatus = 'ACCEPTED' | 'ALREADY_SETTLED' | 'STALE_LEASE' | 'INVALID' | 'MISSING_EMITS';

export interface Ack extends HeldLease {
  readonly status: AckStatus;
  /** Why, for INVALID. */
  readonly reason?: Failure;
  /** Present if a chunk of emits is answered: its first index. */
  readonly emitFirstIndex?: number;
  /** For MISSING_EMITS: half-open ranges of indexes. */
  readonly missing?: readonly { readonly first: number; readonly end: number }[];
}

export interface Assignment extends HeldLease {
  readonly runId: string;
  readonly graphName: string;
  readonly identifier: string;
  readonly nodeName: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** A JSON object, without the inputs in `unitedInputs`. */
  readonly inputsJson: string;
  readonly unitedInputs: readonly string[];
  readonly deadlineAt?: number;
  readonly traceparent: string;
  /** Those that the node declares, by name; absent: none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Of an open fan-out: how many emits of earlier attempts were accepted. */
  readonly acceptedEmits: number;
}

export interface Cancellation extends HeldLease {
  /** In UPPER_SNAKE_CASE. */
  readonly reason: string;
}

/** Frames that the engine sends to a runtime. */
export type DownFrame =
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  | { readonly kind: 'assignments'; readonly items: readonly Assignment[] }
  | { readonly kind: 'acks'; readonly items: readonly Ack[] }
  | { readonly kind: 'cancellations'; readonly items: readonly Cancellation[] }
  | { readonly kind: 'drain'; readonly reason: string; readonly graceMs: number }
  | { readonly kind: 'ping'; readonly nonce: number }
  | { readonly kind: 'pong'; readonly nonce: number };

export interface Hello {
  readonly protocolVersion: number;
  readonly namespace: string;
  readonly runtimeName: string;
  readonly language: string;
  readonly nodes: readonly NodeDefinition[];
  readonly capacity: Capacity;
  /** Empty: a new session. */
  readonly sessionId: string;
  readonly heldLeases: readonly HeldLease[];
}

export interface Welcome {
  readonly sessionId: string;
  readonly resumed: boolean;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
  readonly lostLeases: readonly HeldLease[];
}

/** Frames that a runtime sends after its hello. */
/** How far one assignment has come, in the words of its node. */
export interface Progress extends HeldLease {
  readonly message: string;
}

export type UpFrame =
  | { readonly kind: 'capacity'; readonly capacity: Capacity }
  | { readonly kind: 'reports'; readonly items: readonly Report[] }
  | { readonly kind: 'emits'; readonly items: readonly Emit[] }
  | { readonly kind: 'heartbeat'; readonly progress: readonly Progress[] }
  | { readonly kind: 'ping'; readonly nonce: number }
  | { readonly kind: 'pong'; readonly nonce: number }
  | { readonly kind: 'goodbye'; readonly reason: string };

export type Role = 'runtime' | 'client' | 'admin';

/** A token without its text. */
export interface Token {
  readonly tokenId: string;
  readonly namespace: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt?: number;
}

export interface TriggerRequest {
  readonly namespace: string;
  readonly graphName: string;
  /** JSON object text; empty: `{}`. */
  readonly inputsJson: string;
  /** Values for the run's store, JSON by key, unchecked. */
  readonly storeJson: ReadonlyMap<string, string>;
  /** Empty: none. */
  readonly idempotencyKey: string;
  readonly priority: number;
  readonly traceparent: string;
  /** Not before this instant; undefined: now. */
  readonly startAt?: number;
}
