import { nodeAt } from '../../domain/graph/graph.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Looks up a lease that this state manager does not know of. @returns how its reports are answered, if it does not stand */
export async function findLease(
  { storage, runs }: { storage: RunReader; runs: LoadedRuns },
  session: Session,
  { stateId, leaseToken }: { readonly stateId: string; readonly leaseToken: string },
): Promise<HeldState | 'STALE_LEASE' | 'ALREADY_SETTLED'> {
  const address = parseStateId(stateId);
  const run = address && sessionOf(leaseToken) === session.sessionId && (await runs.one(address.runId));
  if (!run || run.namespace !== session.namespace) return 'STALE_LEASE';
  const record = (await storage.records(run.runId, [address.state]))[0];
  if (record?.leaseToken !== leaseToken) return 'STALE_LEASE';
  if (record.status !== 'QUEUED' && record.status !== 'CREATED') return 'ALREADY_SETTLED';
  const { nodeName } = nodeAt(run.graph, record.standing.node);
  return { run, state: address.state, stateId, leaseToken, record, nodeName, heldSince: performance.now() };
}
