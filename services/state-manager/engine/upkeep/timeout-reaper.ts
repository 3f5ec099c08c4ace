import { nodeAt } from '../../domain/graph/graph.ts';
import { planErrored } from '../../domain/plan/automatic-retry.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { runsAreBroken } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Notices } from '../ports/storage.ts';
import type { Committer } from '../turn/committer.ts';
import { settlementsOf } from '../turn/settle-leases.ts';

const statesPerRound = 200;

/** Ends attempts that have taken longer than their node's `timeout_ms`, and tells their runtimes. */
export function timeoutReaper({
  storage,
  notices,
  runs,
  committer,
  log,
}: {
  storage: RunReader & Due;
  notices: Notices;
  runs: LoadedRuns;
  committer: Committer;
  log: Log;
}): Loop {
  let hasBroken = false;
  const reap = async (shard: number) => {
    const leases = await storage.timedOut(shard, statesPerRound);
    if (leases.length === 0) return;
    const broken = await committer.each(await settlementsOf(storage, runs, leases, planTimeout));
    for (const { runId, state, leaseToken } of leases) {
      if (broken.has(runId)) continue;
      const stateId = stateIdOf(runId, state);
      notices.cancel(sessionOf(leaseToken), { stateId, leaseToken, reason: 'TIMEOUT' });
    }
    hasBroken ||= broken.size > 0;
  };
  return new Loop('timeout_reaper', onDemand, log, async () => {
    hasBroken = false;
    await eachShard(storage, reap);
    if (hasBroken) throw runsAreBroken('settle_failed');
  });
}

function planTimeout({ graph }: LoadedRun, record: StateRecord): Plan {
  const { identifier, timeoutMs } = nodeAt(graph, record.standing.node);
  const message = `attempt ${record.attempt} of ${identifier} took longer than its timeout_ms of ${timeoutMs}`;
  return planErrored(graph, record, { code: 'TIMEOUT', message }, true, Math.random());
}
