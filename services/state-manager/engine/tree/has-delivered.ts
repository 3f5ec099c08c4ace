import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import { statesBelow } from './states-below.ts';

/** True if something in a branch has led to the uniting node, apart from what a retry by hand has superseded. */
export async function hasDelivered(
  storage: RunReader,
  run: LoadedRun,
  { unite, execution, branch }: ScopeBranch,
): Promise<boolean> {
  const { covers } = unitesAt(run.graph, unite);
  const [top] = await storage.records(run.runId, [execution]);
  if (top && (await leadsTo(storage, run, unite, execution, top, [branch]))) return true;
  // Only the present generation of each unite in there is found.
  const below = { output: branch, ownScopes: false };
  for await (const page of statesBelow({ storage, run, within: covers, below }, execution)) {
    for (const { state, record } of page) {
      for (let from = 0; from < (record.fanOut?.total ?? 0); from += itemsPerRead) {
        const size = Math.min(itemsPerRead, record.fanOut!.total - from);
        const outputs = Array.from({ length: size }, (_, i) => from + i);
        if (await leadsTo(storage, run, unite, state, record, outputs)) return true;
      }
    }
  }
  return false;
}

async function leadsTo(
  storage: RunReader,
  run: LoadedRun,
  unite: number,
  state: number,
  record: StateRecord,
  outputs: readonly number[],
): Promise<boolean> {
  const position = nodeAt(run.graph, record.standing.node).nextNodes.indexOf(unite);
  if (position < 0) return false;
  const routes = await storage.routes(run.runId, state, record, outputs);
  return routes.some((route) => route === undefined || route[position] === '1');
}
