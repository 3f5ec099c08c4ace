import { getOrAdd } from '../../domain/get-or-add.ts';
import { type LostState, onlySuspectOf } from '../../domain/plan/lost-lease.ts';
import { processOf } from '../../domain/run/lease-token.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease, Loss, SessionStorage } from '../ports/sessions.ts';

/**
 * Finds what a process held when it was lost, over all of its sessions and all shards, before anything of it is taken.
 * State managers that take parts of it at the same time agree on what the first has found.
 */
export async function lossOf(
  { storage, sessions }: { storage: RunReader; sessions: SessionStorage },
  {
    shard,
    sessionId,
    goneAt,
  }: { readonly shard: number; readonly sessionId: string; readonly goneAt: number },
): Promise<Loss> {
  const known = await sessions.knownLoss(sessionId);
  if (known) return known;
  const mark = processOf(sessionId);
  const others = mark === undefined ? [] : await sessions.known(shard);
  const sessionIds = [...new Set([sessionId, ...others.filter((id) => processOf(id) === mark)])];
  const leases = (await Promise.all(sessionIds.map((id) => sessions.leases(id)))).flat();
  const lost = await lostStates(storage, leases);
  const onlySuspect = onlySuspectOf(lost, goneAt) ?? '';
  return sessions.agreeOnLoss(sessionId, { sessionIds, held: lost.length, onlySuspect });
}

/** States under these leases; a lease that no record tells of holds none. */
async function lostStates(storage: RunReader, leases: readonly Lease[]): Promise<LostState[]> {
  const byRun = new Map<string, Lease[]>();
  for (const lease of leases) getOrAdd(byRun, lease.runId, () => []).push(lease);
  const ofRuns = [...byRun].map(async ([runId, ofRun]) => {
    const records = await storage.records(
      runId,
      ofRun.map(({ state }) => state),
    );
    return ofRun.flatMap(({ state, leaseToken }, i): LostState[] => {
      const record = records[i];
      const isHeld = record?.status === 'QUEUED' && record.leaseToken === leaseToken;
      return isHeld ? [{ stateId: stateIdOf(runId, state), record }] : [];
    });
  });
  return (await Promise.all(ofRuns)).flat();
}
