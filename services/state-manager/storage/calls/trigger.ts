import { nodeAt } from '../../domain/graph/graph.ts';
import type { NewRun } from '../../engine/ports/loaded-run.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf, wakeMessage } from '../layout/ready-places.ts';
import { encodeStanding } from '../layout/state-record.ts';

/** Puts a new run into the words of trigger.lua. */
export function triggerCall(keys: Keys, run: NewRun): ScriptCall {
  const { runId, namespace, graph } = run;
  const shard = keys.shardOf(runId);
  const root = nodeAt(graph, graph.root);
  const entries = [...(run.store ?? [])].flat();
  return {
    script: scriptNamed('trigger'),
    keys: {
      run: keys.run(runId),
      outputs: keys.outputs(runId),
      store: keys.store(runId),
      runs: keys.runs(shard, namespace),
      deadlines: keys.deadlines(shard),
      ready: keys.ready(runId, root.index),
      work: keys.work(shard, namespace, root.nodeName),
      due: keys.due(shard),
    },
    args: {
      run_id: runId,
      namespace,
      graph: run.graphName,
      version: run.graphVersion,
      digest: run.digest,
      priority: run.priority,
      run_ms: run.limits.runMs,
      rank: rankOf(run),
      traceparent: run.traceparent,
      inputs: run.inputsJson,
      start: run.startAt ?? 0,
      chain: run.chain ?? 0,
      store_bytes: entries.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      nodes: graph.nodes.length,
      root: root.index,
      standing: encodeStanding({ node: root.index, parent: 0, scopes: [], refs: [] }),
      wake: wakeMessage(run, root.index),
      wake_channel: keys.wakeChannel(),
    },
    moreArgs: entries,
  };
}

/** Reads what trigger.lua said. */
export function readTriggered(reply: unknown): { created: true } | { created: false; digest: string } {
  const [word, digest = ''] = reply as ['CREATED' | 'EXISTS', string?];
  return word === 'CREATED' ? { created: true } : { created: false, digest };
}
