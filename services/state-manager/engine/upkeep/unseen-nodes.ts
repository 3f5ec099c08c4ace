import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { Reclaiming } from '../ports/reclaim.ts';

/** Nodes looked at in one step, and steps in one round: whoever stops waits for its end. */
const nodesAtOnce = 200;
const stepsPerRound = 20;

/** Times at most, milliseconds: between rounds, and until a node that a graph names is looked at again. */
const maxRoundMs = 60_000;
const maxNamedMs = 24 * 3_600_000;

/** Removes nodes that no runtime has offered for the retention, and that no kept version of a graph names. */
export function unseenNodes({
  storage,
  retentionMs,
  log,
}: {
  storage: Reclaiming;
  retentionMs: number;
  log: Log;
}): Loop {
  const times = { unseenMs: retentionMs, againMs: Math.min(retentionMs, maxNamedMs) };
  return new Loop('unseen_nodes', Math.min(maxRoundMs, retentionMs / 4), log, async () => {
    for (let step = 0; step < stepsPerRound; step++) {
      const nodes = await storage.unseenNodes(retentionMs, nodesAtOnce);
      if (nodes.length > 0) await storage.dropNodes(nodes, times);
      if (nodes.length < nodesAtOnce) return;
    }
  });
}
