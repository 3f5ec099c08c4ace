import { guardsOf, type Plan } from '../../domain/plan/plan.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { PlannedReport } from '../ports/settling.ts';

/**
 * A report on a state, planned: without outputs, under the lease that the state has, and guarded by the scopes that it
 * stands in, unless `more` says otherwise.
 */
export function plannedReport(
  { graph }: Pick<LoadedRun, 'graph'>,
  state: number,
  record: StateRecord,
  plan: Plan,
  more: Partial<Pick<PlannedReport, 'leaseToken' | 'outputsJson' | 'labels' | 'guards'>> = {},
): PlannedReport {
  const {
    leaseToken = record.leaseToken,
    outputsJson = [],
    labels,
    guards = guardsOf(graph, record.standing),
  } = more;
  return { state, sessionId: sessionOf(leaseToken), leaseToken, record, plan, outputsJson, labels, guards };
}
