import type { Graph } from './graph.ts';

const known = new WeakMap<Graph, Map<string, ReadonlySet<number>>>();

/**
 * The nodes below whose states a state of one of the targets can stand, the targets included: a walk
 * through a run need not enter any other.
 */
export function nodesLeadingTo(graph: Graph, targets: readonly number[]): ReadonlySet<number> {
  let ofGraph = known.get(graph);
  if (!ofGraph) known.set(graph, (ofGraph = new Map()));
  const key = targets.join();
  let nodes = ofGraph.get(key);
  if (!nodes) ofGraph.set(key, (nodes = search(graph, targets)));
  return nodes;
}

function search(graph: Graph, targets: readonly number[]): ReadonlySet<number> {
  const above = graph.nodes.map(() => [] as number[]);
  for (const { index, children, opens } of graph.nodes) {
    for (const below of [...children, ...opens]) above[below]?.push(index);
  }
  const found = new Set(targets);
  for (const node of found) for (const parent of above[node] ?? []) found.add(parent);
  return found;
}
