import { nodeAt } from '../../domain/graph/graph.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf, wakeMessage } from '../layout/ready-places.ts';

/** Puts states of a node whose due time has come into the words of promote.lua. */
export function promoteCall(keys: Keys, run: LoadedRun, node: number, states: readonly number[]): ScriptCall {
  const { runId, namespace, graph } = run;
  const shard = keys.shardOf(runId);
  return {
    script: scriptNamed('promote'),
    keys: {
      run: keys.run(runId),
      due: keys.due(shard),
      ready: keys.ready(runId, node),
      work: keys.work(shard, namespace, nodeAt(graph, node).nodeName),
    },
    args: {
      run_id: runId,
      node,
      rank: rankOf(run),
      wake: wakeMessage(run, node),
      wake_channel: keys.wakeChannel(),
      max_parallel: nodeAt(graph, node).maxParallel ?? 0,
    },
    moreArgs: states,
  };
}
