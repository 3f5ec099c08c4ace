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

export interface Failure {
  /** Code: one of ours in UPPER_SNAKE_CASE, or what a runtime calls its error, at most 128 characters. */
  readonly code: string;
  readonly message: string;
  /** Places in a node's code, as its runtime writes them. */
  readonly stack?: string;
}

/** The states of a run to list; all if nothing is given. */
export interface StateFilter {
  /** Only states of this node template. */
  readonly identifier?: string;
  /** Only states in one of these statuses, without those that are superseded. */
  readonly statuses?: readonly StateStatus[];
  /** Adds those. */
  readonly includeSuperseded?: boolean;
  /** Only states that failed with this code. */
  readonly errorCode?: string;
  /** Only states that grew from the own output of this one, by its id. */
  readonly below?: string;
  /** Only states whose label begins with it. */
  readonly label?: string;
  /** Undefined: the oldest first. The slowest ones are those of a node template, or of all. */
  readonly order?: StateOrder;
}

export type StateOrder = 'SLOWEST' | 'NEWEST_FIRST';

export interface State {
  readonly stateId: string;
  readonly runId: string;
  readonly identifier: string;
  readonly nodeName: string;
  readonly status: StateStatus;
  readonly attempt: number;
  /** A retry by hand has opened a unite again that it grew from: it counts nowhere any more. */
  readonly isSuperseded: boolean;
  readonly path: string;
  readonly parents: Readonly<Record<string, string>>;
  /** The output as JSON; of a PRUNED state, what the node gave with the prune. */
  readonly outputJson?: string;
  readonly failure?: Failure;
  readonly updatedAt: number;
  /** The instant from which it waits, or waited: its creation, or when it was given back last. */
  readonly createdAt: number;
  /** The instant at which it was leased; undefined: it waits, or has ended without that. */
  readonly startedAt?: number;
  /** The instant at which its execution ended, or it ended without one; undefined: it has not. */
  readonly endedAt?: number;
  readonly dueAt?: number;
  /** The newest message of its runtime about how far it has come, while it is QUEUED. */
  readonly progress?: string;
  /** The session that executes it, or has executed it last; undefined: none has. */
  readonly sessionId?: string;
  /** The name of its runtime, as long as that is connected. */
  readonly runtimeName?: string;
  /** The attempt that has replaced it. */
  readonly nextAttemptStateId?: string;
  /** Label of its own output, or else of the nearest output above it that has one. */
  readonly label?: string;
}

/** A state with what is known beside it. */
export interface StateDetails {
  readonly state: State;
  /** All attempts of the same work that are states of their own, in their order. */
  readonly attempts: readonly State[];
  /** Inputs that it is given, or the reason for which that cannot be worked out; undefined: it was not asked for. */
  readonly inputs?:
    | {
        readonly json: string;
        readonly united: readonly string[];
        /** Names of inputs that a retry by hand has corrected. */
        readonly corrected: readonly string[];
      }
    | { readonly failure: Failure };
}
