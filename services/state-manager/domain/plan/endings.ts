/** What follows when a state ends without outputs, or begins again: pure. */

import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';
import { retryDelayMs } from '../graph/retry-policy.ts';
import type { Failure } from '../model/model.ts';
import type { ScopeBranch, StateRecord } from '../run/state-record.ts';
import type { Plan, SealedScope, TokenDelta } from './plan.ts';

/** How often a state may lose its lease before it is ERRORED. */
const mostLosses = 3;

/**
 * The state failed: a replacement, or the end of it.
 * @param random uniform in [0, 1), for jitter
 */
export function planErrored(
  graph: Graph,
  record: StateRecord,
  failure: Failure,
  isRetryable: boolean,
  random: number,
): Plan {
  const node = nodeAt(graph, record.origins.node);
  const { attempt, retries } = record;
  if (isRetryable && retries < node.retry.maxRetries) {
    const attempts = { attempt: attempt + 1, losses: 0, retries: retries + 1 };
    const delayMs = retryDelayMs(node.retry, retries + 1, random);
    return { step: { kind: 'retry', failure, delayMs, attempts }, tokens: [] };
  }
  const countsIn = failureCountsIn(graph, node, record);
  const seals = sealsOf(node, record);
  return { step: { kind: 'fail', failure, countsIn, seals }, tokens: released(record, countsIn) };
}

/**
 * Somebody else ended the state.
 * @param isFailure a user did: the scopes around see it. Otherwise nobody counts it
 */
export function planCancelled(graph: Graph, record: StateRecord, failure: Failure, isFailure: boolean): Plan {
  const node = nodeAt(graph, record.origins.node);
  const countsIn = isFailure ? failureCountsIn(graph, node, record) : [];
  const seals = sealsOf(node, record);
  const isUncounted = isFailure && countsIn.length === 0 && seals.length === 0;
  return {
    step: { kind: 'cancel', failure, countsIn, isUncounted, seals },
    tokens: released(record, countsIn),
  };
}

/** The scopes around in which its failure counts. */
export function failureCountsIn(
  graph: Graph,
  node: GraphNode,
  { origins, hasEmitted }: StateRecord,
): ScopeBranch[] {
  const counting = origins.scopes.filter((scope) => node.failsIn.includes(scope.unite));
  // With emits its failure is a branch of the scopes that they opened, and those answer for it further out.
  if (!hasEmitted) return counting;
  return counting.filter(
    ({ unite }) => !node.opens.some((inner) => nodeAt(graph, inner).coveredBy.includes(unite)),
  );
}

/** The scopes that its emits have opened, and that get no more branches when it ends. */
export function sealsOf(node: GraphNode, { hasEmitted, origin }: StateRecord): SealedScope[] {
  return hasEmitted ? node.opens.map((unite) => ({ unite, execution: origin })) : [];
}

/** The state ends, and gives its tokens to nobody. */
function released({ origins }: StateRecord, failsIn: readonly ScopeBranch[]): TokenDelta[] {
  return origins.scopes.map((scope) => ({
    ...scope,
    delta: -1,
    delivered: false,
    failed: failsIn.includes(scope),
  }));
}

/** The node ended its branch: no failure, and nothing is delivered. */
export function planPruned(graph: Graph, record: StateRecord, dataJson: string): Plan {
  const seals = sealsOf(nodeAt(graph, record.origins.node), record);
  return { step: { kind: 'prune', dataJson, seals }, tokens: released(record, []) };
}

/** The node asks to be handed out again: leases lost before say nothing of what comes then. */
export function planRequeued({ attempt, retries }: StateRecord, delayMs: number): Plan {
  return { step: { kind: 'requeue', delayMs, attempts: { attempt, losses: 0, retries } }, tokens: [] };
}

/** The runtime that held the state is gone: the same state again, up to a limit. */
export function planLost(graph: Graph, record: StateRecord): Plan {
  const { attempt, retries } = record;
  const losses = record.losses + 1;
  if (losses < mostLosses)
    return { step: { kind: 'lose', attempts: { attempt: attempt + 1, losses, retries } }, tokens: [] };
  const message = `the lease was lost ${losses} times in a row: the runtimes that execute it die or stop answering`;
  return planErrored(graph, record, { code: 'LEASE_LOST', message }, false, 0);
}

/** The state was leased, but never reached a runtime. */
export const planReturned: Plan = { step: { kind: 'return' }, tokens: [] };
