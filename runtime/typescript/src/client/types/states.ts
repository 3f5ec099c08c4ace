/** States, as a client is told of them. `…At` are epoch milliseconds. */

/**
 * CREATED: waits. QUEUED: a runtime executes it. EXECUTED: its outputs are durable. SUCCESS: what follows it exists.
 * RETRY_CREATED: it failed, and another attempt has taken its place. ERRORED, PRUNED, CANCELLED: it ended so.
 */
export type StateStatus =
  | 'CREATED'
  | 'QUEUED'
  | 'EXECUTED'
  | 'SUCCESS'
  | 'ERRORED'
  | 'RETRY_CREATED'
  | 'PRUNED'
  | 'CANCELLED';

/** The states of a run to list; all if nothing is given. */
export interface StateFilter {
  /** States of one place in the graph. */
  readonly identifier?: string | undefined;
  /** States of one status, without those that are superseded. */
  readonly status?: StateStatus | undefined;
  /** Adds, with `status`, the superseded states that have it. */
  readonly includeSuperseded?: boolean | undefined;
  /** Only those that failed with this code; without `status`, those that are ERRORED. */
  readonly errorCode?: string | undefined;
  /** States of one of these statuses, beside `status`. */
  readonly statuses?: readonly StateStatus[] | undefined;
  /** States that grew from the own output of this one. */
  readonly below?: string | undefined;
  /** States whose label begins with this text. */
  readonly label?: string | undefined;
  /**
   * SLOWEST: the executions that took longest, those first, up to 100 that took 10 ms at least; it goes with no filter but
   * `identifier`. NEWEST_FIRST, and undefined, which has the oldest first: by their creation.
   */
  readonly orderBy?: 'SLOWEST' | 'NEWEST_FIRST' | undefined;
}

/** One execution of one place in a graph. */
export interface State {
  /** The id that `below` and `stateId` name when a run is steered. */
  readonly id: string;
  /** The run that it is part of. */
  readonly runId: string;
  /** The place in the graph that it executes. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** The status of the state now. */
  readonly status: StateStatus;
  /** 1, 2, 3 … of the same work. */
  readonly attempt: number;
  /** A retry by hand has opened a unite again that it grew from: it counts nowhere any more. */
  readonly isSuperseded: boolean;
  /** Its position in the run: output index and place, step by step. */
  readonly path: string;
  /** State ids of its ancestors, by identifier. */
  readonly parents: Readonly<Record<string, string>>;
  /** Undefined as long as there is none. Of a PRUNED state: the data of its prune. */
  readonly output: unknown;
  /** Undefined if it has not failed. */
  readonly failure: StateFailure | undefined;
  /** The instant at which it came to its status. */
  readonly updatedAt: number;
  /** The instant from which it waits, or waited: its creation, or when it was given back last. */
  readonly createdAt: number;
  /** The instant at which it was leased; undefined: it waits, or has ended without that. */
  readonly startedAt: number | undefined;
  /** The instant at which its execution ended, or it ended without one; undefined: it has not. */
  readonly endedAt: number | undefined;
  /** The earliest instant at which it is handed out, if that lies ahead. */
  readonly dueAt: number | undefined;
  /** The newest message of its node's `heartbeat`; undefined: none, or it is not executed now. */
  readonly progress: string | undefined;
  /** The session of the runtime that executes it, or has executed it last; undefined: none has. */
  readonly sessionId: string | undefined;
  /** The name of that runtime, as long as it is connected. */
  readonly runtimeName: string | undefined;
  /** The id of the attempt that has replaced it; undefined: none has. */
  readonly nextAttemptId: string | undefined;
  /** Label of its own output, or else of the nearest output above it that has one. */
  readonly label: string | undefined;
}

/** Options of reading one state. */
export interface StateOptions {
  /** Works out the inputs that it is given. */
  readonly includeInputs?: boolean | undefined;
}

/** A state, with what is told of one at a time. */
export interface StateDetails extends State {
  /** All attempts of the same work that are states of their own, in their order, it among them, without outputs. */
  readonly attempts: readonly State[];
  /** The inputs that it is given, without secrets; undefined: they were not asked for, or cannot be worked out. */
  readonly inputs: unknown;
  /** The reason for which they cannot. */
  readonly inputsFailure: StateFailure | undefined;
  /** Names of inputs that are left out, since the node reads them in pages. */
  readonly unitedInputs: readonly string[];
  /** Names of inputs that a retry by hand has corrected. */
  readonly correctedInputs: readonly string[];
}

/** The failure of a state. */
export interface StateFailure {
  /** Code: that of a `NotRetryable`, NODE_ERROR, the state manager's own, such as TIMEOUT, or what a runtime in another language calls its error. */
  readonly code: string;
  /** The message of what was thrown, and those of its causes, or the state manager's own. */
  readonly message: string;
  /** Places in a node's code from which the error and its causes were thrown; undefined: none were reported. */
  readonly stack?: string | undefined;
}
