import { type Graph, nodeAt } from '../graph/graph.ts';
import { retryDelayMs } from '../graph/retry-policy.ts';
import type { Failure } from '../model/state.ts';
import type { StateRecord } from '../run/state-record.ts';
import { failureCountsIn, released, sealsOf } from './endings.ts';
import type { Plan } from './plan.ts';

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
  const node = nodeAt(graph, record.standing.node);
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
