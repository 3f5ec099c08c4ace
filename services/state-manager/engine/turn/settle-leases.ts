import type { Plan } from '../../domain/plan/plan.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease } from '../ports/sessions.ts';
import type { Settlement } from '../ports/settling.ts';
import { plannedReport } from '../reports/planned-report.ts';

/** Plans for a reason of our own how leases end, by run. */
export async function settlementsOf(
  storage: RunReader,
  runs: LoadedRuns,
  leases: readonly Lease[],
  planFor: (run: LoadedRun, record: StateRecord, state: number) => Plan,
): Promise<Settlement[]> {
  const loaded = await runs.load(leases.map(({ runId }) => runId));
  return Promise.all(
    [...loaded.values()].map(async (run) => {
      const ofRun = leases.filter(({ runId }) => runId === run.runId);
      const records = await storage.records(
        run.runId,
        ofRun.map(({ state }) => state),
      );
      const reports = ofRun.flatMap(({ state, leaseToken }, i) => {
        const record = records[i];
        return record ? [plannedReport(run, state, record, planFor(run, record, state), { leaseToken })] : [];
      });
      return { run, reports };
    }),
  );
}
