import { type Graph, nodeAt } from '../graph/graph.ts';
import type { ScopeBranch } from '../run/scope-record.ts';
import type { StateRecord } from '../run/state-record.ts';
import { failureCountsIn, sealsOf } from './endings.ts';

/** One scope to which the end of a state meant something, which a retry by hand takes back. */
export interface RetriedScope extends Omit<ScopeBranch, 'branch'> {
  /** Undefined: its own emits have opened it, and its end may be one more branch of it. */
  readonly branch: number | undefined;
  /** The state's failure counts in it. */
  readonly counts: boolean;
}

/**
 * The scopes that a retry by hand of a failed or cancelled state concerns, inner ones first.
 * @param isFailure it counts as a failure: it was not cancelled because a scope had closed
 */
export function scopesOfRetry(graph: Graph, record: StateRecord, isFailure = true): RetriedScope[] {
  const counting = isFailure ? failureCountsIn(graph, nodeAt(graph, record.standing.node), record) : [];
  return [
    ...sealsOf(nodeAt(graph, record.standing.node), record).map((scope) => ({
      ...scope,
      branch: undefined,
      counts: true,
    })),
    ...record.standing.scopes.map((scope) => ({ ...scope, counts: counting.includes(scope) })),
  ];
}
