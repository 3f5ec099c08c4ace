/** Plans for a state that ends without outputs, or begins again: pure. */

import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';
import type { Failure } from '../model/state.ts';
import type { ScopeBranch } from '../run/scope-record.ts';
import type { StateRecord } from '../run/state-record.ts';
import type { Plan, SealedScope, TokenDelta } from './plan.ts';

/**
 * A user, or a scope that has closed, ended the state.
 * @param isFailure a user did: the scopes around count it as a failure. Otherwise no scope does
 */
export function planCancelled(graph: Graph, record: StateRecord, failure: Failure, isFailure: boolean): Plan {
  const seals = sealsOf(nodeAt(graph, record.standing.node), record);
  const { countsIn, isUncounted } = isFailure
    ? failureIn(graph, record)
    : { countsIn: [], isUncounted: false };
  return {
    step: { kind: 'cancel', failure, countsIn, isUncounted, seals },
    tokens: released(record, countsIn),
  };
}

/** The scopes around in which the failure of a state counts, and whether the run counts it, since no scope does. */
export function failureIn(
  graph: Graph,
  record: StateRecord,
): { readonly countsIn: readonly ScopeBranch[]; readonly isUncounted: boolean } {
  const node = nodeAt(graph, record.standing.node);
  const countsIn = failureCountsIn(graph, node, record);
  // Scopes that its emits have opened answer for it, too.
  return { countsIn, isUncounted: countsIn.length === 0 && sealsOf(node, record).length === 0 };
}

/** The scopes around in which its failure counts. */
export function failureCountsIn(
  graph: Graph,
  node: GraphNode,
  { standing, hasEmitted }: StateRecord,
): ScopeBranch[] {
  const counting = standing.scopes.filter((scope) => node.failsIn.includes(scope.unite));
  // With emits its failure is a branch of the scopes that they opened, and those answer for it further out.
  if (!hasEmitted) return counting;
  return counting.filter(
    ({ unite }) => !node.unitedBy.some((inner) => nodeAt(graph, inner).coveredBy.includes(unite)),
  );
}

/** The scopes that its emits have opened, and that get no more branches when it ends. */
export function sealsOf(node: GraphNode, { hasEmitted, work }: StateRecord): SealedScope[] {
  return hasEmitted ? node.unitedBy.map((unite) => ({ unite, execution: work })) : [];
}

/** The state ends, and passes its tokens on to no child. */
export function released({ standing }: StateRecord, failsIn: readonly ScopeBranch[]): TokenDelta[] {
  return standing.scopes.map((scope) => ({
    delta: -1,
    delivered: false,
    failed: failsIn.includes(scope),
    ...scope,
  }));
}

/** The node ended its branch: no failure, and nothing is delivered. */
export function planPruned(graph: Graph, record: StateRecord, dataJson: string): Plan {
  const seals = sealsOf(nodeAt(graph, record.standing.node), record);
  return { step: { kind: 'prune', dataJson, seals }, tokens: released(record, []) };
}

/** The node asks to be handed out again: leases lost before say nothing of what comes then. */
export function planRequeued({ attempt, retries }: StateRecord, delayMs: number): Plan {
  return { step: { kind: 'requeue', delayMs, attempts: { attempt, losses: 0, retries } }, tokens: [] };
}
