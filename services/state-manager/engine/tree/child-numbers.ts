import { nodeAt } from '../../domain/graph/graph.ts';
import type { ReadRun } from '../ports/run-reader.ts';
import type { FoundState } from './found-state.ts';

/**
 * The number of the first child of each of some outputs; without a promise where nothing is to be read. The children of
 * one output follow each other.
 */
export function childNumbers(
  { storage, run }: ReadRun,
  { state, record }: FoundState,
  outputs: readonly number[],
): readonly number[] | Promise<readonly number[]> {
  const { fanOut, standing } = record;
  const width = nodeAt(run.graph, standing.node).children.length;
  // The outputs of an open fan-out came one by one, and so did the blocks of their children.
  if (fanOut?.isOpen) return storage.emittedChildren(run.runId, state, outputs, width);
  const firstChild = fanOut?.firstChild ?? 0;
  return outputs.map((output) => firstChild + output * width);
}
