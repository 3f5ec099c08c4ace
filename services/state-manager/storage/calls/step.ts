import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf } from '../layout/ready-places.ts';

/** Keys of a run that shared/step.lua declares. */
export function stepKeysOfRun(keys: Keys, { runId }: LoadedRun) {
  return {
    run: keys.run(runId),
    outputs: keys.outputs(runId),
    failures: keys.failures(runId),
    windows: keys.windows(runId),
    failed_states: keys.failedStates(runId),
  };
}

/** Keys of a shard that shared/step.lua declares. */
export function stepKeysOfShard(keys: Keys, shard: number) {
  return {
    timers: keys.timers(shard),
    cancelling: keys.cancelling(shard),
    deadlines: keys.deadlines(shard),
    retiring: keys.retiring(shard),
    ends: keys.ends(shard),
    usage: keys.usage(shard),
  };
}

/** Arguments of a run that shared/step.lua declares. */
export function stepArgsOfRun(run: LoadedRun) {
  return { run_id: run.runId, rank: rankOf(run), retention_ms: run.limits.retentionMs };
}

/** Arguments that shared/step.lua declares. */
export function stepArgs(keys: Keys) {
  return { wake_channel: keys.wakeChannel(), end_channel: keys.endChannel() };
}

/** All keys that shared/step.lua declares, for a script that is about one run. */
export function stepKeys(keys: Keys, run: LoadedRun) {
  return { ...stepKeysOfRun(keys, run), ...stepKeysOfShard(keys, keys.shardOf(run.runId)) };
}

/** All arguments that shared/step.lua declares, for a script that is about one run. */
export function allStepArgs(keys: Keys, run: LoadedRun) {
  return { ...stepArgsOfRun(run), ...stepArgs(keys) };
}
