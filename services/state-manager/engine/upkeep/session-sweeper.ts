import type { Bell } from '../../bell.ts';
import { planLost } from '../../domain/plan/lost-lease.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { runsAreBroken } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import { Failures } from '../ports/failures.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { SessionStorage } from '../ports/sessions.ts';
import type { Settlement } from '../ports/settling.ts';
import type { Committer } from '../turn/committer.ts';
import { settlementsOf } from '../turn/settle-leases.ts';
import { lossOf } from './lost-process.ts';

/** Sessions, and leases of one, that a round takes. */
const sessionsPerRound = 100;
const leasesPerStep = 200;
/** Time after a round that storage refused, milliseconds: whoever holds sessions moves their deadlines first. */
const patienceMs = 2_000;

interface Parts {
  readonly storage: RunReader & Due;
  readonly sessions: SessionStorage;
  /** Moves deadlines of sessions whose streams end here, and are alive. @returns those. Absent: no stream ends here */
  readonly keepAlive?: (sessionIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Time that a session has from the end of its stream, milliseconds; 0 if absent. */
  readonly graceMs?: number;
  readonly runs: LoadedRuns;
  readonly committer: Committer;
  readonly work: Bell;
  readonly log: Log;
}

/** Notices lost leases: takes them from sessions that are gone, whichever state manager held their streams. */
export function sessionSweeper(parts: Parts): Loop {
  const { storage, sessions, keepAlive = noneAlive, work, log } = parts;
  let patientUntil = 0;
  const sweep = async () => {
    let [hasLost, hasBroken] = [false, false];
    const failures = new Failures();
    await eachShard(storage, async (shard) => {
      const expired = await sessions.expired(shard, sessionsPerRound);
      if (expired.length === 0) return;
      const alive = await keepAlive(expired);
      for (const sessionId of expired.filter((id) => !alive.has(id))) {
        await failures.past(async () => {
          const { isBroken, count } = await take(parts, shard, sessionId);
          hasBroken ||= isBroken;
          hasLost ||= count > 0;
          // Refused as long as leases are left, or when the session has come back.
          await sessions.forget(shard, sessionId);
        });
      }
    });
    if (hasLost) work.ring();
    failures.end();
    if (hasBroken) throw runsAreBroken('settle_failed');
  };
  return new Loop('session_sweeper', onDemand, log, async () => {
    if (performance.now() < patientUntil) return;
    try {
      await sweep();
    } catch (error) {
      // While storage took nothing no deadline was moved, either: that a session is late says nothing yet.
      const isRefused = error instanceof FanoutError && error.reason.startsWith('STORAGE_');
      if (isRefused) patientUntil = performance.now() + patienceMs;
      throw error;
    }
  });
}

const noneAlive = async (): Promise<ReadonlySet<string>> => new Set();

/** Takes leases from a session on a shard. */
async function take(
  { storage, sessions, graceMs = 0, runs, committer, log }: Parts,
  shard: number,
  sessionId: string,
): Promise<{ isBroken: boolean; count: number }> {
  const leases = await sessions.leasesOn(shard, sessionId, leasesPerStep);
  if (leases.length === 0) return { isBroken: false, count: 0 };
  const { runtimeName, deadline = 0 } = await sessions.describe(shard, sessionId);
  // A stream that breaks gives its session the grace from then on.
  const goneAt = deadline - graceMs;
  const { held, onlySuspect } = await lossOf({ storage, sessions }, { shard, sessionId, goneAt });
  const planned = await settlementsOf(storage, runs, leases, ({ runId, graph }, record, state) => {
    const isOnlySuspect = onlySuspect === stateIdOf(runId, state);
    return planLost(graph, record, { isOnlySuspect, held, runtimeName }, Math.random());
  });
  const settlements = planned.settlements.map((one) => ({ ...one, expiredSession: sessionId }));
  const broken = await committer.each({ ...planned, settlements });
  await sessions.dropLeases(sessionId, leases);
  const count = leases.filter(({ runId }) => !broken.has(runId)).length;
  if (count > 0) log.info({ event: 'session_expired', sessionId, runtimeName, shard, count });
  for (const settlement of settlements) tellFailures(log, settlement, runtimeName);
  return { isBroken: broken.size > 0, count };
}

/** Logs which states are given up, since the runtimes that execute them die. */
function tellFailures(log: Log, { run, reports }: Settlement, runtimeName: string): void {
  for (const { state, sessionId, record, plan } of reports) {
    if (plan.step.kind !== 'fail') continue;
    const stateId = stateIdOf(run.runId, state);
    const { namespace, runId } = run;
    const { attempt } = record;
    log.warn({ event: 'lease_lost_for_good', namespace, runId, stateId, attempt, sessionId, runtimeName });
  }
}
