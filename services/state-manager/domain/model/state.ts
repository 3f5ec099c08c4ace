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
  /** Only states in this status, without those that are superseded. */
  readonly status?: StateStatus;
  /** Adds those. */
  readonly includeSuperseded?: boolean;
}

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
  readonly dueAt?: number;
  /** The newest message of its runtime about how far it has come, while it is QUEUED. */
  readonly progress?: string;
}
