import type { Bell } from '../../bell.ts';
import { planLost } from '../../domain/plan/lost-lease.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { runsAreBroken } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease, SessionStorage } from '../ports/sessions.ts';
import type { Committer } from '../turn/committer.ts';
import { settlementsOf } from '../turn/settle-leases.ts';

/** Sessions, and leases of one, that a round takes. */
const sessionsPerRound = 100;
const leasesPerStep = 200;

/** Notices lost leases: takes them from sessions that are gone, whichever state manager held their streams. */
export function sessionSweeper({
  storage,
  sessions,
  runs,
  committer,
  work,
  log,
}: {
  storage: RunReader & Due;
  sessions: SessionStorage;
  runs: LoadedRuns;
  committer: Committer;
  work: Bell;
  log: Log;
}): Loop {
  const take = async (expiredSession: string, leases: readonly Lease[]) => {
    const lost = await settlementsOf(storage, runs, leases, ({ graph }, record) => planLost(graph, record));
    const broken = await committer.each(lost.map((settlement) => ({ ...settlement, expiredSession })));
    await sessions.dropLeases(expiredSession, leases);
    return { broken, count: leases.filter(({ runId }) => !broken.has(runId)).length };
  };
  return new Loop('session_sweeper', onDemand, log, async () => {
    let [hasLost, hasBroken] = [false, false];
    await eachShard(storage, async (shard) => {
      for (const sessionId of await sessions.expired(shard, sessionsPerRound)) {
        const leases = await sessions.leasesOn(shard, sessionId, leasesPerStep);
        const { broken, count } = await take(sessionId, leases);
        hasBroken ||= broken.size > 0;
        if (count > 0) {
          hasLost = true;
          log.info({ event: 'session_expired', sessionId, shard, count });
        }
        // Refused as long as leases are left, or when the session has come back.
        await sessions.forget(shard, sessionId);
      }
    });
    if (hasLost) work.ring();
    if (hasBroken) throw runsAreBroken('settle_failed');
  });
}
