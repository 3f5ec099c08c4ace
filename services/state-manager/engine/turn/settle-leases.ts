import { getOrAdd } from '../../domain/get-or-add.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { isPassing } from '../../errors.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease } from '../ports/sessions.ts';
import type { PlannedReport, Settlement } from '../ports/settling.ts';
import { plannedReport } from '../reports/planned-report.ts';

/** Settlements of our own, and what is wrong with runs that cannot be settled, by id: these keep no others. */
export interface OwnSettlements {
  readonly settlements: readonly Settlement[];
  readonly broken?: ReadonlyMap<string, Error>;
}

/**
 * Plans for a reason of our own how leases end, by run: one report for each state that is still leased so. A lease that has
 * ended needs none.
 * @throws storage takes nothing now
 */
export async function settlementsOf(
  storage: RunReader,
  runs: LoadedRuns,
  leases: readonly Lease[],
  planFor: (run: LoadedRun, record: StateRecord, state: number) => Plan,
): Promise<OwnSettlements> {
  const byRun = new Map<string, Lease[]>();
  for (const lease of leases) getOrAdd(byRun, lease.runId, () => []).push(lease);
  const broken = new Map<string, Error>();
  const loaded = await runs.load(byRun.keys(), broken);
  const settlements = await Promise.all(
    [...loaded.values()].map(async (run) => {
      try {
        return { run, reports: await reportsOf(storage, run, byRun.get(run.runId)!, planFor) };
      } catch (error) {
        if (isPassing(error)) throw error;
        broken.set(run.runId, error as Error);
        return undefined;
      }
    }),
  );
  return { settlements: settlements.filter((each) => each !== undefined), broken };
}

async function reportsOf(
  storage: RunReader,
  run: LoadedRun,
  leases: readonly Lease[],
  planFor: (run: LoadedRun, record: StateRecord, state: number) => Plan,
): Promise<PlannedReport[]> {
  const states = [...new Set(leases.map(({ state }) => state))];
  const tokens = new Set(leases.map(({ state, leaseToken }) => `${state} ${leaseToken}`));
  const records = await storage.records(run.runId, states);
  return states.flatMap((state, i) => {
    const record = records[i];
    if (!record || !tokens.has(`${state} ${record.leaseToken}`)) return [];
    const { leaseToken } = record;
    return [plannedReport(run, state, record, planFor(run, record, state), { leaseToken })];
  });
}
