import { sessionOf } from '../domain/lease-token.ts';
import { guardsOf, type Plan } from '../domain/plan.ts';
import type { StateRecord } from '../domain/record.ts';
import type { PlannedReport, Settlement } from './commit-ports.ts';
import type { RunCache } from './run-cache.ts';
import type { LoadedRun, RunStorage } from './run-ports.ts';
import type { Lease } from './session-ports.ts';

/** Plans what becomes of leases for a reason of our own, by run. */
export async function settlementsOf(
  storage: RunStorage,
  runs: RunCache,
  leases: readonly Lease[],
  planFor: (run: LoadedRun, record: StateRecord) => Plan,
): Promise<Settlement[]> {
  const loaded = await runs.load(leases.map(({ runId }) => runId));
  return Promise.all(
    [...loaded.values()].map(async (run) => {
      const ofRun = leases.filter(({ runId }) => runId === run.runId);
      const records = await storage.records(
        run.runId,
        ofRun.map(({ state }) => state),
      );
      const reports = ofRun.flatMap(({ state, leaseToken }, i): PlannedReport[] => {
        const record = records[i];
        if (!record) return [];
        const plan = planFor(run, record);
        return [
          {
            state,
            sessionId: sessionOf(leaseToken),
            leaseToken,
            record,
            plan,
            outputsJson: [],
            guards: guardsOf(run.graph, record.origins),
          },
        ];
      });
      return { run, reports };
    }),
  );
}
