import type { EndStatus } from '../../domain/graph/triggers.ts';

/** Place that is counted: a node template of a graph. */
export interface CountedPlace {
  readonly namespace: string;
  readonly graphName: string;
  readonly identifier: string;
}

/** Outcome of a report, or of what was done instead of one. */
export type CountedOutcome =
  | 'succeeded'
  | 'errored'
  | 'retried'
  | 'pruned'
  | 'cancelled'
  | 'requeued'
  | 'lease_lost'
  | 'returned';

/** Counts of what this state manager does, for whoever watches over it. Called for each state: cheap. */
export interface Meters {
  runStarted(namespace: string, graphName: string): void;
  runEnded(namespace: string, graphName: string, status: EndStatus): void;
  /** @param waitedMs time for which it waited before it was leased, milliseconds; undefined: it never was */
  stateSettled(place: CountedPlace, outcome: CountedOutcome, waitedMs: number | undefined): void;
}

/** Places of the runtimes of a namespace that are connected to this state manager. */
export interface UsedPlaces {
  readonly namespace: string;
  readonly sessions: number;
  readonly places: number;
  readonly used: number;
}
