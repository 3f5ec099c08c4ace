import type { LoggedLine } from './log.ts';
import type { Capacity, NodeDefinition } from './node.ts';
import type { Failure } from './state.ts';
import type { StoreChange } from './store.ts';

export interface HeldLease {
  readonly stateId: string;
  readonly leaseToken: string;
}

export interface Output {
  readonly outputJson: string;
  /** Identifiers of the next nodes that get it; undefined: all of them. */
  readonly route?: readonly string[];
  /** Label for people, without control characters; undefined: none. */
  readonly label?: string;
}

export type Outcome =
  | { readonly kind: 'executed'; readonly outputs: readonly Output[]; readonly emitCount: number }
  | { readonly kind: 'errored'; readonly failure: Failure; readonly isRetryable: boolean }
  /** `dataJson` is kept with the state; empty: none. */
  | { readonly kind: 'pruned'; readonly dataJson: string }
  | { readonly kind: 'requeued'; readonly delayMs: number }
  /** The report itself breaks a rule: the state fails. */
  | { readonly kind: 'invalid'; readonly failure: Failure };

export interface Report extends HeldLease {
  readonly outcome: Outcome;
  /** Made in the step that takes the report. */
  readonly storeChanges?: readonly StoreChange[];
}

/** A chunk of outputs that goes ahead of its report. */
export interface Emit extends HeldLease {
  readonly firstIndex: number;
  readonly outputs: readonly Output[];
  /** The reason why it cannot be taken, so that its state fails; it has no outputs then. */
  readonly failure?: Failure;
}

export type AckStatus = 'ACCEPTED' | 'ALREADY_SETTLED' | 'STALE_LEASE' | 'INVALID' | 'MISSING_EMITS';

export interface Ack extends HeldLease {
  readonly status: AckStatus;
  /** The reason, for INVALID. */
  readonly reason?: Failure;
  /** Present if a chunk of emits is answered: its first index. */
  readonly emitFirstIndex?: number;
  /** Half-open ranges of indexes, of MISSING_EMITS. */
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
  /** Secrets that the node declares, by name; absent: none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Emits of earlier attempts that were accepted; 0 unless the fan-out is open. */
  readonly acceptedEmits: number;
}

export interface Cancellation extends HeldLease {
  /** Reason in UPPER_SNAKE_CASE. */
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
  /** Sessions with the same id are of one process, and die together. Absent: it has this one only. */
  readonly processId?: string;
}

export interface Welcome {
  readonly sessionId: string;
  readonly resumed: boolean;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
  readonly lostLeases: readonly HeldLease[];
  /** Absent: lines of nodes are not taken. */
  readonly runLogs?: { readonly maxLineBytes: number; readonly maxLines: number };
}

/** The progress of one assignment, in the words of its node. */
export interface Progress extends HeldLease {
  readonly message: string;
}

/** Lines of one assignment. */
export interface StateLog extends HeldLease {
  readonly lines: readonly LoggedLine[];
  /** Number of its lines that the runtime has left out. */
  readonly dropped: number;
}

/** Frames that a runtime sends after its hello. */
export type UpFrame =
  | { readonly kind: 'capacity'; readonly capacity: Capacity }
  | { readonly kind: 'reports'; readonly items: readonly Report[] }
  | { readonly kind: 'emits'; readonly items: readonly Emit[] }
  | { readonly kind: 'logLines'; readonly items: readonly StateLog[] }
  | { readonly kind: 'heartbeat'; readonly progress: readonly Progress[] }
  | { readonly kind: 'ping'; readonly nonce: number }
  | { readonly kind: 'pong'; readonly nonce: number }
  | { readonly kind: 'goodbye'; readonly reason: string };
