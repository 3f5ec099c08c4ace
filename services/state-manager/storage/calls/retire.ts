import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { readLabels } from '../layout/run-head.ts';

/**
 * Puts the removal of a run into the words of retire.lua.
 * @param isUnwanted its time need not have come
 * @param labelsKept its labels as they are kept; empty: none
 */
export function retireCall(
  keys: Keys,
  { runId, namespace, graph }: LoadedRun,
  isUnwanted: boolean,
  labelsKept: string,
): ScriptCall {
  const shard = keys.shardOf(runId);
  const labels = [...readLabels(labelsKept)];
  return {
    script: scriptNamed('retire'),
    keys: {
      run: keys.run(runId),
      retiring: keys.retiring(shard),
      runs: keys.runs(shard, namespace),
      usage: keys.usage(shard),
      versions: keys.versions(shard),
    },
    args: { run_id: runId, unwanted: isUnwanted ? 1 : 0, labels: labelsKept },
    moreKeys: [
      ...graph.nodes.map(({ nodeName }) => keys.work(shard, namespace, nodeName)),
      ...labels.map((label) => keys.labelled(shard, namespace, label)),
      keys.outputs(runId),
      keys.failures(runId),
      keys.store(runId),
      keys.windows(runId),
      keys.failedStates(runId),
      keys.slowest(runId),
      keys.log(runId),
      ...graph.nodes.flatMap(({ index }) => [keys.ready(runId, index), keys.parked(runId, index)]),
    ],
    moreArgs: [graph.nodes.length, ...graph.nodes.map(({ index }) => index), labels.length],
  };
}
