import { type Graph, nodeAt } from '../../domain/graph/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { RunResult } from '../../domain/model/run.ts';
import { formatPath } from '../../domain/run/path.ts';
import { takerIdOf } from '../../domain/run/state-id.ts';
import type { PageRequest } from '../ports/api.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { type FoundOutput, type OutputCursor, outputsInOrder } from '../tree/outputs-in-order.ts';
import { pageOfOutputs } from '../tree/page-of-outputs.ts';
import { readToken, withOutputs } from '../tree/united-lists.ts';

/** A page of results ends before it has more than this, bytes of JSON. */
const bytesPerPage = 1_000_000;

/**
 * The results of a run: the outputs of all states that nothing follows, in path order.
 * @throws FanoutError PAGE_TOKEN_INVALID
 */
export async function runResults(
  storage: RunReader,
  run: LoadedRun,
  { pageSize, pageToken }: PageRequest,
): Promise<Page<RunResult>> {
  const after = pageToken === '' ? undefined : readToken(pageToken);
  const found = withOutputs(storage, run, resultsInOrder(storage, run, after));
  const page = await pageOfOutputs(found, { items: pageSize, bytes: bytesPerPage });
  return { ...page, items: page.items.map(({ output, json }) => resultOf(run, output, json)) };
}

/** Finds where the results of a run are, in path order. */
export function resultsInOrder(
  storage: RunReader,
  run: LoadedRun,
  after?: OutputCursor,
): AsyncGenerator<FoundOutput[]> {
  return outputsInOrder({ storage, run, from: 1, targets: lastNodes(run.graph) }, after);
}

export function resultOf(
  run: LoadedRun,
  { state, output, record, path }: FoundOutput,
  outputJson: string,
): RunResult {
  return {
    identifier: nodeAt(run.graph, record.standing.node).identifier,
    stateId: takerIdOf(run.runId, state, record, output),
    path: formatPath(path),
    outputJson,
  };
}

/** Indexes of the nodes that nothing follows. */
function lastNodes({ nodes }: Graph): number[] {
  return nodes.filter(({ nextNodes }) => nextNodes.length === 0).map(({ index }) => index);
}
