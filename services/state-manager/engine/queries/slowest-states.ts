import type { StateFilter } from '../../domain/model/state.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunLists } from '../ports/run-lists.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Place, Rows } from './describe-states.ts';

/** Rows that such a list has at most. */
const slowestShown = 100;

/**
 * Finds the states that were executed for longest, of a node template or of all.
 * @param from the first one; undefined: the slowest of all. One that slower ones have pushed out since was the last.
 */
export async function slowestRows(
  storage: RunReader & RunLists,
  run: LoadedRun,
  { identifier }: StateFilter,
  from: Place | undefined,
  pageSize: number,
): Promise<Rows> {
  const nodes = run.graph.nodes
    .filter((node) => identifier === undefined || node.identifier === identifier)
    .map(({ index }) => index);
  const slowest = await storage.slowestStates(run.runId, nodes, slowestShown);
  const first = from ? slowest.findIndex(({ state }) => state === from.state) : 0;
  if (first < 0) return { rows: [] };
  const page = slowest.slice(first, first + pageSize);
  const records = await storage.records(
    run.runId,
    page.map(({ state }) => state),
  );
  const rows = page.flatMap(({ state }, i) =>
    records[i] ? [{ state, sibling: 0, record: records[i] }] : [],
  );
  const next = slowest[first + pageSize];
  return next ? { rows, next: { state: next.state, sibling: 0 } } : { rows };
}
