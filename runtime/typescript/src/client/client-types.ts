/** Answers to a client. `…At` are epoch milliseconds. */
import type { Violation } from '../wire/errors.ts';
import type { NodeCounts } from './types/node-counts.ts';
import type { Labels, TriggerKind } from './types/labels.ts';

/** RUNNING and PAUSED runs go on; those of any other status have ended. */
export type RunStatus = 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' | 'PAUSED';

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

/** A run as it stands. */
export interface Run {
  /** The id that `get`, `watch`, `result` and the other methods take. */
  readonly id: string;
  /** The tenant. */
  readonly namespace: string;
  /** The graph that it executes. */
  readonly graphName: string;
  /** The version of the graph that the run began with. */
  readonly graphVersion: number;
  /** The status of the run now. */
  readonly status: RunStatus;
  /** The instant of its trigger. */
  readonly createdAt: number;
  /** The instant from which its first state may be handed out; undefined: at once. */
  readonly startAt: number | undefined;
  /** Undefined while the run goes on. */
  readonly endedAt: number | undefined;
  /** One entry for each place in the graph, in the graph's order; empty in lists of runs. */
  readonly counts: readonly NodeCounts[];
  /** Number of states over all places, siblings included. */
  readonly stateCount: number;
  /** Higher runs first, -100 to 100. */
  readonly priority: number;
  /** Labels of the graph, overlaid by those of the trigger. */
  readonly labels: Labels;
  /** Kind of what has started it. */
  readonly triggerKind: TriggerKind;
}

/** The runs to list; all if nothing is given. */
export interface RunFilter {
  /** Runs of one graph. */
  readonly graphName?: string | undefined;
  /** Runs of one status. */
  readonly status?: RunStatus | undefined;
  /** Runs that were triggered at this instant or later; epoch milliseconds, or a Date. */
  readonly triggeredFrom?: number | Date | undefined;
  /** Runs that were triggered before this instant. */
  readonly triggeredBefore?: number | Date | undefined;
  /** Runs that have all of these labels. */
  readonly labels?: Labels | undefined;
  /** Runs that one of these has started. */
  readonly triggerKinds?: readonly TriggerKind[] | undefined;
  /** Runs with a state that failed with this code and was not retried; without `status`, those that are FAILED. */
  readonly errorCode?: string | undefined;
}

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

/** One output at one of the ends of a run. */
export interface RunResult<Output = unknown> {
  /** The end that it is: a place in the graph. */
  readonly identifier: string;
  /** The state that it is the output of. */
  readonly stateId: string;
  /** The place of the state in the run; results are ordered by it. */
  readonly path: string;
  /** The value that the node returned. */
  readonly output: Output;
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

/**
 * The reason for which something of a run does not get on: no connected runtime takes the node; a pause; `max_parallel`; a rate
 * limit; no free place; a time that has not come; it is executed; it is about to be handed out; an open unite.
 */
export type WaitReason =
  | 'NO_RUNTIME'
  | 'PAUSED'
  | 'MAX_PARALLEL'
  | 'RATE'
  | 'NO_PLACE'
  | 'DUE'
  | 'EXECUTING'
  | 'READY'
  | 'UNITE';

/** States, or scopes, of one place that wait for one reason. */
export interface Wait {
  /** The place in the graph. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** The reason for which they wait. */
  readonly reason: WaitReason;
  /** Number of states; with UNITE, of scopes. */
  readonly count: number;
  /** The instant that ends the wait, epoch milliseconds; undefined: none is known. */
  readonly dueAt: number | undefined;
  /** A sentence that says what to do, where something can be done. */
  readonly text: string;
}

/** Failures of one place with one code, whose messages differ in nothing but numbers, ids and quoted texts. */
export interface FailureGroup {
  /** The place in the graph. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** Code of the failures. */
  readonly code: string;
  /** Their messages, with `…` for what differs. */
  readonly shape: string;
  /** Number of states that have failed so. */
  readonly count: number;
  /** Instant of the first one, epoch milliseconds. */
  readonly firstAt: number;
  /** Instant of the last one. */
  readonly lastAt: number;
  /** One of them. */
  readonly example: State;
}

/** Failures of a run that nobody has retried. */
export interface GroupedFailures {
  /** The largest groups first, at most 100. */
  readonly groups: readonly FailureGroup[];
  /** Number of groups beside these. */
  readonly groupsLeftOut: number;
  /** There are more failures than the 20,000 that were looked at. */
  readonly isIncomplete: boolean;
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

/** All branches of one execution of the united node, as a uniting node waits for them. */
export interface UniteScope {
  /** The place of the node that waits. */
  readonly unitingIdentifier: string;
  /** The uniting state: the newest, if windows have made several; undefined: there is none yet. */
  readonly unitingStateId: string | undefined;
  /** The place whose execution it unites. */
  readonly unitedIdentifier: string;
  /** The united execution, by the state that took its first output. */
  readonly unitedStateId: string;
  /** It waits, has fired, cannot be met any more, or was ended before. */
  readonly status: 'OPEN' | 'FIRED' | 'GAVE_UP' | 'CANCELLED';
  /** 1, and one more each time that a retry by hand opens it again. */
  readonly generation: number;
  /** The condition under which it fires. */
  readonly policy: {
    /** The policy as it stands in the template, in one sentence. */
    readonly text: string;
    readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';
    /** QUORUM: so many have to succeed; 0 otherwise. A percentage is that of the branches known so far. */
    readonly minSuccess: number;
    /** ALL_SUCCESS: so many may fail. A percentage is that of the branches known so far. */
    readonly toleratedFailures: number;
    /** Undefined: it waits without a limit. */
    readonly timeoutMs: number | undefined;
    readonly failFast: boolean;
    readonly window:
      | { readonly count: number | undefined; readonly intervalMs: number | undefined }
      | undefined;
  };
  /** Branches, by how they ended. */
  readonly counts: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly pruned: number;
    readonly unfinished: number;
    /** Left out when the unite closed early, before a retry by hand opened it again. */
    readonly leftOut: number;
  };
  /** All branches are known: the united node has returned. */
  readonly isSealed: boolean;
  /**
   * The instant at which the strategy decides over what has finished then; undefined: never, or it does not wait any
   * more.
   */
  readonly deadlineAt: number | undefined;
  /** The next event of the unite, and its time, in one sentence. */
  readonly next: string;
  /** Branches that are unfinished, by index. */
  readonly missing: readonly MissingBranch[];
  /** The first reasons for which branches have failed, if it gave up, the most frequent ones first. */
  readonly reasons: readonly FailureReason[];
}

/** A reason for which branches of a unite have failed: failures of one place with one code. */
export interface FailureReason {
  /** The place. */
  readonly identifier: string;
  /** Code in UPPER_SNAKE_CASE. */
  readonly code: string;
  /** The message of the first of them, cut if it is long. */
  readonly message: string;
  /** The number of failures that it stands for. */
  readonly count: number;
}

/** A branch that a unite waits for. */
export interface MissingBranch {
  /** The index of the output that it grew from. */
  readonly index: number;
  /** The label of that output; undefined: it has none. */
  readonly label: string | undefined;
  /** The number of its states that are unfinished. */
  readonly unfinishedStates: number;
  /** The first few of them. */
  readonly states: readonly {
    readonly id: string;
    readonly identifier: string;
    readonly status: StateStatus;
    /** 1, 2, 3 … of the same work. */
    readonly attempt: number;
    readonly dueAt: number | undefined;
    /** The session of the runtime that executes it; undefined: none does. */
    readonly sessionId: string | undefined;
    /** The newest message of its node's `heartbeat`. */
    readonly progress: string | undefined;
  }[];
}

/** The outcome of the upload of a graph. */
export interface StoredGraph {
  /** 1, 2, 3 … */
  readonly version: number;
  /** False if the newest version was the same already. */
  readonly created: boolean;
  /** Faults that do not keep it from being stored, such as nodes that no runtime has offered yet. */
  readonly warnings: readonly Violation[];
}

/** A stored version of a graph template. */
export interface GraphVersion {
  /** The name that it is stored under. */
  readonly name: string;
  /** The tenant. */
  readonly namespace: string;
  /** 1, 2, 3 … */
  readonly version: number;
  /** The template as it was uploaded. */
  readonly template: unknown;
  /** The instant at which it was stored. */
  readonly createdAt: number;
}

/** A runtime that is connected now. */
export interface ConnectedRuntime {
  /** The id of its stream: another one when it connects anew. */
  readonly sessionId: string;
  /** Name that it calls itself, for people. */
  readonly name: string;
  /** The language of its SDK, such as `typescript`. */
  readonly language: string;
  /** Names of the nodes that it hosts. */
  readonly nodeNames: readonly string[];
  /**
   * Executions that it takes at once, in total and by node, without places that are held by what lingers: executions that
   * were cancelled or have timed out, and whose functions have not returned.
   */
  readonly capacity: {
    readonly total: number;
    readonly perNode: Readonly<Record<string, number>>;
    readonly lingering: number;
  };
  /** Executions that it holds. */
  readonly inFlight: number;
  /** The instant at which its session began. */
  readonly connectedAt: number;
  /** It takes nothing new, and finishes what it has. */
  readonly isDraining: boolean;
}

/** A node that a runtime has offered. */
export interface RegisteredNode {
  /** The name by which graphs place it. */
  readonly name: string;
  /** A sentence about its purpose; empty if it has none. */
  readonly description: string;
  /** JSON Schema; undefined: anything goes. */
  readonly inputSchema: unknown;
  /** JSON Schema of one output; undefined: anything goes. */
  readonly outputSchema: unknown;
  /** Inputs that it reads in pages. */
  readonly iteratorInputs: readonly string[];
  /** Names of the secrets that it needs. */
  readonly secrets: readonly string[];
  /** The instant at which it was first offered as it is now. */
  readonly registeredAt: number;
}

/** Rights of a token: connecting as a runtime; graphs, runs and nodes; all that and tokens. */
export type Role = 'runtime' | 'client' | 'admin';

/** A token without its text. */
export interface Token {
  /** The id that `revokeToken` takes. */
  readonly id: string;
  /** The tenant that it is for. */
  readonly namespace: string;
  /** The calls that it allows. */
  readonly role: Role;
  /** The instant at which it was made. */
  readonly createdAt: number;
  /** Undefined: it lasts until it is revoked. */
  readonly expiresAt: number | undefined;
}

/** Options of a new token. */
export interface TokenOptions {
  /** The calls that it allows. */
  readonly role: Role;
  /** Time until it expires, milliseconds; it lasts until it is revoked if absent. */
  readonly ttlMs?: number | undefined;
}

/** A token that was just made. */
export interface NewToken {
  /** Everything but its text. */
  readonly token: Token;
  /** Its text, which cannot be read again: what clients and runtimes are given as `token`. */
  readonly bearer: string;
}

/** Assumptions about a graph, for the estimate of a run. */
export interface RunAssumptions {
  /** Outputs of each execution of a place, by identifier; 1 if absent. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Bytes of JSON of each output; 1,000 if absent. */
  readonly outputBytes?: number;
}

/** The cost of a run if nothing fails and every output goes to all next nodes. */
export interface RunEstimate {
  /** Number of states over all places, siblings included. */
  readonly states: number;
  /** One for each execution that is united, and each place that unites it. */
  readonly scopes: number;
  /** JSON that the trigger and the nodes put in. */
  readonly payloadBytes: number;
  /** Bytes that Redis needs for all of it, payload included. */
  readonly storageBytes: number;
  /** Estimates in the graph's order. */
  readonly places: readonly PlaceEstimate[];
}

/** The cost of a run at one place in its graph. */
export interface PlaceEstimate {
  /** The place. */
  readonly identifier: string;
  /** The number of times that it is handed out. */
  readonly executions: number;
  /** Executions, and siblings of those with several outputs. */
  readonly states: number;
  /** The number of times that it is united, summed over the places that unite it. */
  readonly scopes: number;
}

/** The outcome of a check of a graph, which is not stored. */
export interface GraphCheck {
  /** All that keeps it from being stored. */
  readonly violations: readonly Violation[];
  /** Also limits that a run like this would exceed. */
  readonly warnings: readonly Violation[];
  /** Undefined if there are violations. */
  readonly estimate: RunEstimate | undefined;
}
