import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';

/** For each of some outputs of a state the number of its first child; without a promise where nothing is to be read. */
export function childNumbers(
  { storage, run }: { readonly storage: RunReader; readonly run: LoadedRun },
  state: number,
  { fanOut, standing }: StateRecord,
  outputs: readonly number[],
): readonly number[] | Promise<readonly number[]> {
  const width = run.graph.nodes[standing.node]!.children.length;
  if (fanOut?.isOpen) return storage.emittedChildren(run.runId, state, outputs, width);
  const firstChild = fanOut?.firstChild ?? 0;
  return outputs.map((output) => firstChild + output * width);
}
