/** What a client is told. `…At` are epoch milliseconds. */
import type { Violation } from './errors.ts';

/** RUNNING and PAUSED runs go on; the others have ended. */
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
  /** What `get`, `watch`, `result` and the others take. */
  readonly id: string;
  /** The tenant. */
  readonly namespace: string;
  /** The graph that it executes. */
  readonly graphName: string;
  /** The version of the graph that the run began with. */
  readonly graphVersion: number;
  /** How it stands. */
  readonly status: RunStatus;
  /** When it was triggered. */
  readonly createdAt: number;
  /** When its first state may be handed out; undefined: at once. */
  readonly startAt: number | undefined;
  /** Undefined while the run goes on. */
  readonly endedAt: number | undefined;
  /** One entry for each place in the graph, in the graph's order; empty in lists of runs. */
  readonly counts: readonly NodeCounts[];
  /** Over all places, siblings included. */
  readonly stateCount: number;
  /** Higher runs first, -100 to 100. */
  readonly priority: number;
}

/** Which runs are listed; all if nothing is given. */
export interface RunFilter {
  /** Runs of one graph. */
  readonly graphName?: string | undefined;
  /** Runs that stand so. */
  readonly status?: RunStatus | undefined;
}

/** Which states of a run are listed; all if nothing is given. */
export interface StateFilter {
  /** Of one place in the graph. */
  readonly identifier?: string | undefined;
  /** States that stand so. */
  readonly status?: StateStatus | undefined;
}

/** How many states of one place in the graph stand where. */
export interface NodeCounts {
  /** The place. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** Waiting. */
  readonly created: number;
  /** Being executed. */
  readonly queued: number;
  /** Returned, and what follows is being created. */
  readonly executed: number;
  /** Done. */
  readonly success: number;
  /** Failed for good. */
  readonly errored: number;
  /** Failed, and tried again. */
  readonly retryCreated: number;
  /** Ended their branch. */
  readonly pruned: number;
  /** Not wanted any more. */
  readonly cancelled: number;
}

/** What a run came to at one of its ends. */
export interface RunResult<Output = unknown> {
  /** Which end it is. */
  readonly identifier: string;
  /** The state that it is the output of. */
  readonly stateId: string;
  /** Where the state stands in the run; results are ordered by it. */
  readonly path: string;
  /** What the node returned. */
  readonly output: Output;
}

/** One execution of one place in a graph. */
export interface State {
  /** What `below` and `stateId` name when a run is steered. */
  readonly id: string;
  /** The run that it is part of. */
  readonly runId: string;
  /** Which place in the graph it executes. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** How it stands. */
  readonly status: StateStatus;
  /** 1, 2, 3 … of the same work. */
  readonly attempt: number;
  /** Where it stands in the run: output index and place, step by step. */
  readonly path: string;
  /** State ids of its ancestors, by identifier. */
  readonly parents: Readonly<Record<string, string>>;
  /** Undefined as long as there is none. Of a PRUNED state: the data of its prune. */
  readonly output: unknown;
  /** Undefined if it has not failed. */
  readonly failure: StateFailure | undefined;
  /** When it came to its status. */
  readonly updatedAt: number;
  /** When it is to be handed out at the earliest, if that lies ahead. */
  readonly dueAt: number | undefined;
  /** What its node said last with `heartbeat`; undefined: nothing, or it is not executed now. */
  readonly progress: string | undefined;
}

/** Why a state failed. */
export interface StateFailure {
  /** In UPPER_SNAKE_CASE: that of a `NotRetryable`, NODE_ERROR, or the state manager's own, such as TIMEOUT. */
  readonly code: string;
  /** What was thrown, or what the state manager says. */
  readonly message: string;
}

/** What a uniting node waits for: all branches of one execution of the united node. */
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
  /** When it fires. */
  readonly policy: {
    /** As it stands in the template, in one sentence. */
    readonly text: string;
    readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';
    /** QUORUM: so many have to succeed; 0 otherwise. A percentage is that of the branches known so far. */
    readonly minSuccess: number;
    /** ALL_SUCCESS: so many may fail. A percentage is that of the branches known so far. */
    readonly toleratedFailures: number;
    /** Undefined: it waits as long as it takes. */
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
  };
  /** All branches are known: the united node has returned. */
  readonly isSealed: boolean;
  /** When the strategy decides over what has finished then; undefined: never, or it does not wait any more. */
  readonly deadlineAt: number | undefined;
  /** What happens next, and when, in one sentence. */
  readonly next: string;
  /** Branches that are unfinished, by index. */
  readonly missing: readonly MissingBranch[];
}

/** A branch that a unite waits for. */
export interface MissingBranch {
  /** Of the output that it grew from. */
  readonly index: number;
  /** How many states of it are unfinished. */
  readonly unfinishedStates: number;
  /** The first few of them. */
  readonly states: readonly {
    readonly id: string;
    readonly identifier: string;
    readonly status: StateStatus;
    /** 1, 2, 3 … of the same work. */
    readonly attempt: number;
    readonly dueAt: number | undefined;
    /** Of the runtime that executes it; undefined: none does. */
    readonly sessionId: string | undefined;
    /** What its node said last with `heartbeat`. */
    readonly progress: string | undefined;
  }[];
}

/** What became of a graph that was uploaded. */
export interface StoredGraph {
  /** 1, 2, 3 … */
  readonly version: number;
  /** False if the newest version was the same already. */
  readonly created: boolean;
  /** What does not keep it from being stored, such as nodes that no runtime has offered yet. */
  readonly warnings: readonly Violation[];
}

/** A stored version of a graph template. */
export interface GraphVersion {
  /** What it is stored under. */
  readonly name: string;
  /** The tenant. */
  readonly namespace: string;
  /** 1, 2, 3 … */
  readonly version: number;
  /** As it was uploaded. */
  readonly template: unknown;
  /** When it was stored. */
  readonly createdAt: number;
}

/** A runtime that is connected now. */
export interface ConnectedRuntime {
  /** Of its stream: another one when it connects anew. */
  readonly sessionId: string;
  /** As it calls itself, for people. */
  readonly name: string;
  /** Of its SDK, such as `typescript`. */
  readonly language: string;
  /** What it hosts. */
  readonly nodeNames: readonly string[];
  /** How many executions it takes at once. */
  readonly capacity: { readonly total: number; readonly perNode: Readonly<Record<string, number>> };
  /** How many it holds. */
  readonly inFlight: number;
  /** When its session began. */
  readonly connectedAt: number;
  /** It takes nothing new, and finishes what it has. */
  readonly isDraining: boolean;
}

/** A node that a runtime has offered. */
export interface RegisteredNode {
  /** What graphs call it. */
  readonly name: string;
  /** What it does; empty if it does not say. */
  readonly description: string;
  /** JSON Schema; undefined: anything goes. */
  readonly inputSchema: unknown;
  /** JSON Schema of one output; undefined: anything goes. */
  readonly outputSchema: unknown;
  /** Inputs that it reads in pages. */
  readonly iteratorInputs: readonly string[];
  /** Names of the secrets that it needs. */
  readonly secrets: readonly string[];
  /** When it was offered as it is now. */
  readonly registeredAt: number;
}

/** What a token allows: connecting as a runtime; graphs, runs and nodes; all that and tokens. */
export type Role = 'runtime' | 'client' | 'admin';

/** A token without its text. */
export interface Token {
  /** What `revokeToken` takes. */
  readonly id: string;
  /** The tenant that it is for. */
  readonly namespace: string;
  /** What it allows. */
  readonly role: Role;
  /** When it was made. */
  readonly createdAt: number;
  /** Undefined: it lasts until it is revoked. */
  readonly expiresAt: number | undefined;
}

/** What a token is made for. */
export interface TokenOptions {
  /** What it allows. */
  readonly role: Role;
  /** How long it lasts, milliseconds; until it is revoked if absent. */
  readonly ttlMs?: number | undefined;
}

/** A token that was just made. */
export interface NewToken {
  /** Everything but its text. */
  readonly token: Token;
  /** Its text, which cannot be read again: what clients and runtimes are given as `token`. */
  readonly bearer: string;
}

/** What a graph is assumed to do, for the estimate of a run. */
export interface RunAssumptions {
  /** How many outputs each execution of a place has, by identifier; 1 if absent. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Bytes of JSON of each output; 1,000 if absent. */
  readonly outputBytes?: number;
}

/** What a run would take if nothing fails and every output goes to all that follows. */
export interface RunEstimate {
  /** Over all places, siblings included. */
  readonly states: number;
  /** One for each execution that is united, and each place that unites it. */
  readonly scopes: number;
  /** JSON that the trigger and the nodes put in. */
  readonly payloadBytes: number;
  /** What Redis needs for all of it, payload included. */
  readonly storageBytes: number;
  /** In the graph's order. */
  readonly places: readonly PlaceEstimate[];
}

/** What a run would take at one place in its graph. */
export interface PlaceEstimate {
  /** The place. */
  readonly identifier: string;
  /** How often it is handed out. */
  readonly executions: number;
  /** Executions, and siblings of those with several outputs. */
  readonly states: number;
  /** How often it is united, summed over the places that unite it. */
  readonly scopes: number;
}

/** What a graph comes to without being stored. */
export interface GraphCheck {
  /** All that keeps it from being stored. */
  readonly violations: readonly Violation[];
  /** Also limits that a run like this would exceed. */
  readonly warnings: readonly Violation[];
  /** Undefined if there are violations. */
  readonly estimate: RunEstimate | undefined;
}
