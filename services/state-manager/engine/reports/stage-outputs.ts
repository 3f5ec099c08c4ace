import { nodeAt } from '../../domain/graph/graph.ts';
import type { Output } from '../../domain/model/stream.ts';
import { routeMask } from '../../domain/plan/per-output.ts';
import type { RunSteps, StageResult } from '../ports/settling.ts';
import type { HeldState } from '../session/session.ts';

/** One step stages no more than this. */
const maxOutputs = 500;
const maxBytes = 500_000;

/** Stages outputs with their routes, in pieces. @returns the first refusal, behind which nothing is staged */
export async function stageOutputs(
  storage: RunSteps,
  { run, state, leaseToken, record }: HeldState,
  firstIndex: number,
  outputs: readonly Output[],
): Promise<StageResult> {
  const node = nodeAt(run.graph, record.standing.node);
  const lease = { runId: run.runId, state, leaseToken };
  for (let from = 0; from < outputs.length; ) {
    let to = from;
    for (let bytes = 0; to < outputs.length && to - from < maxOutputs; to++) {
      bytes += outputs[to]!.outputJson.length;
      if (bytes > maxBytes && to > from) break;
    }
    const piece = outputs.slice(from, to).map(({ outputJson, route, label }) => ({
      outputJson,
      label,
      chosen: route === undefined ? '' : routeMask(run.graph, node, route),
    }));
    const result = await storage.stage(lease, firstIndex + from, piece, run.limits.payloadBytes);
    if (result !== 'OK') return result;
    from = to;
  }
  return 'OK';
}
