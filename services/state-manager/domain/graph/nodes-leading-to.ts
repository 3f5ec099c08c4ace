import { getOrAdd } from '../get-or-add.ts';
import type { Graph } from './graph.ts';

const known = new WeakMap<Graph, Map<string, ReadonlySet<number>>>();

/**
 * The nodes below whose states a state of one of the targets can stand, the targets included: a walk
 * through a run need not enter any other.
 */
export function nodesLeadingTo(graph: Graph, targets: readonly number[]): ReadonlySet<number> {
  const ofGraph = getOrAdd(known, graph, () => new Map<string, ReadonlySet<number>>());
  return getOrAdd(ofGraph, targets.join(), () => search(graph, targets));
}

function search(graph: Graph, targets: readonly number[]): ReadonlySet<number> {
  const above = graph.nodes.map(() => [] as number[]);
  for (const { index, children, unitedBy } of graph.nodes) {
    for (const below of [...children, ...unitedBy]) above[below]?.push(index);
  }
  const found = new Set(targets);
  for (const node of found) for (const parent of above[node] ?? []) found.add(parent);
  return found;
}
