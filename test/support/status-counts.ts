/** The numbers of a node template that tell of its states by status: each state is in one of them. */
import type { NodeCounts__Output } from '@fanout/proto';

export function statusCounts(counts: NodeCounts__Output = {}): Record<string, number> {
  const { created, queued, executed, success, errored, retryCreated, pruned, cancelled, superseded } = counts;
  const numbers = {
    created,
    queued,
    executed,
    success,
    errored,
    retryCreated,
    pruned,
    cancelled,
    superseded,
  };
  return Object.fromEntries(Object.entries(numbers).map(([status, number]) => [status, number ?? 0]));
}
