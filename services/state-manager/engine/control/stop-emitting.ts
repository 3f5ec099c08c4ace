import { planSealed, waysOn } from '../../domain/plan/emitted.ts';
import { scopeKey } from '../../domain/run/scope-address.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Notices } from '../ports/storage.ts';
import { plannedReport } from '../reports/planned-report.ts';
import type { FoundState } from '../tree/found-state.ts';
import type { Committer } from '../turn/committer.ts';

interface Parts {
  readonly storage: RunReader;
  readonly committer: Committer;
  readonly notices: Notices;
}

/**
 * Settles a state with what it has emitted, if it still emits and no more is needed: its runtime is told to stop.
 * True if there was something to do, so that it has to be looked at again.
 */
export async function stopEmitting(
  { storage, committer, notices }: Parts,
  run: LoadedRun,
  { state, record }: FoundState,
  reason: string,
): Promise<boolean> {
  if (!record.hasEmitted || !isUnfinished(record)) return false;
  if (await isNeeded(storage, run, record)) return false;
  const plan = planSealed(run.graph, record, undefined);
  const report = plannedReport(run, state, record, plan, { guards: [] });
  const settled = await committer.one({ run, reports: [report] });
  const { sessionId, leaseToken } = report;
  if (record.status === 'QUEUED' && settled.has(state))
    notices.cancel(sessionId, { stateId: stateIdOf(run.runId, state), leaseToken, reason });
  return true;
}

function isUnfinished({ status }: StateRecord): boolean {
  return status === 'CREATED' || status === 'QUEUED';
}

/** One that its own emits have opened stays shut when a retry by hand opens it again. */
function isShut({ status, isSealed, execution }: ScopeRecord, { work }: StateRecord): boolean {
  return status !== 'OPEN' || (isSealed && execution === work);
}

/** True if some way on is not shut by a scope that has closed. */
async function isNeeded(storage: RunReader, run: LoadedRun, record: StateRecord): Promise<boolean> {
  const ways = waysOn(run.graph, record);
  const scopes = await storage.scopes(run.runId, ways.flat());
  const closed = new Set(
    scopes.flatMap((scope) => (scope && isShut(scope, record) ? [scopeKey(scope)] : [])),
  );
  return ways.some((shutBy) => !shutBy.some((scope) => closed.has(scopeKey(scope))));
}
