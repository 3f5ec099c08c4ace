import type { Graph } from '../graph/graph.ts';
import type { StateRecord } from '../run/state-record.ts';
import { planErrored } from './automatic-retry.ts';
import type { Plan } from './plan.ts';

/** Leases that a state may lose before it is ERRORED. */
const maxLosses = 3;

/** The runtime that held the state is gone: the same state again, up to a limit. */
export function planLost(graph: Graph, record: StateRecord): Plan {
  const { attempt, retries } = record;
  const losses = record.losses + 1;
  if (losses < maxLosses)
    return { step: { kind: 'lose', attempts: { attempt: attempt + 1, losses, retries } }, tokens: [] };
  const message = `the lease was lost ${losses} times in a row: the runtimes that execute it die or stop answering`;
  return planErrored(graph, record, { code: 'LEASE_LOST', message }, false, 0);
}

/** The state was leased, but never reached a runtime. */
export const planReturned: Plan = { step: { kind: 'return' }, tokens: [] };
