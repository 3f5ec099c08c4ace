import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf } from '../layout/ready-places.ts';

/** Keys that shared/step.lua declares, for every script that includes it. */
export function stepKeys(keys: Keys, { runId }: LoadedRun) {
  const shard = keys.shardOf(runId);
  return {
    run: keys.run(runId),
    outputs: keys.outputs(runId),
    failures: keys.failures(runId),
    windows: keys.windows(runId),
    timers: keys.timers(shard),
    cancelling: keys.cancelling(shard),
    deadlines: keys.deadlines(shard),
    retiring: keys.retiring(shard),
    ends: keys.ends(shard),
  };
}

/** Arguments that shared/step.lua declares. */
export function stepArgs(keys: Keys, run: LoadedRun) {
  return {
    run_id: run.runId,
    rank: rankOf(run),
    wake_channel: keys.wakeChannel(),
    end_channel: keys.endChannel(),
    retention_ms: run.limits.retentionMs,
  };
}
