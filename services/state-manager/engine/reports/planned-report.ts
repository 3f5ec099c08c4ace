import type { Graph } from '../../domain/graph/graph.ts';
import { guardsOf, type Plan } from '../../domain/plan/plan.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { PlannedReport } from '../ports/settling.ts';

/** A state with the lease under which it is settled. */
export interface LeasedState {
  readonly state: number;
  readonly leaseToken: string;
  readonly record: StateRecord;
}

/** A report on a leased state: of its runtime, or of our own. */
export function plannedReport(
  graph: Graph,
  { state, leaseToken, record }: LeasedState,
  plan: Plan,
  outputsJson: readonly string[] = [],
): PlannedReport {
  return {
    state,
    sessionId: sessionOf(leaseToken),
    leaseToken,
    record,
    plan,
    outputsJson,
    guards: guardsOf(graph, record.standing),
  };
}
