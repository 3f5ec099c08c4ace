import { nodeAt } from '../../domain/graph/graph.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { Keys } from '../layout/keys.ts';
import { wakeMessage } from '../layout/ready-places.ts';

/** Keys of a call, each once, by index. */
export class KeyList {
  readonly keys: string[] = [];
  readonly #indexes = new Map<string, number>();

  index(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.keys.push(key));
    return this.keys.length;
  }

  /** A key that no other part of the call names. */
  add(key: string): number {
    return this.keys.push(key);
  }
}

/** Adds the queues that ready states of some nodes go to, in the words of step.lua. */
export function pushQueues(
  keys: Keys,
  run: LoadedRun,
  nodes: readonly number[],
  more: KeyList,
  args: (string | number)[],
): void {
  const shard = keys.shardOf(run.runId);
  args.push(nodes.length);
  for (const node of nodes) {
    const { nodeName, maxParallel = 0 } = nodeAt(run.graph, node);
    args.push(
      node,
      more.index(keys.ready(run.runId, node)),
      more.index(keys.work(shard, run.namespace, nodeName)),
      wakeMessage(run, node),
      maxParallel,
    );
  }
}
