/**
 * The effect of one output of a node: the next nodes that its route takes it to, and its tokens in a scope around the
 * node.
 */

import { getOrAdd } from '../get-or-add.ts';
import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';

/** The next nodes of a node that an output goes to, in order, as `1` and `0`. */
export function routeMask(graph: Graph, node: GraphNode, route: readonly string[] | undefined): string {
  return node.nextNodes
    .map((next) => (route === undefined || route.includes(nodeAt(graph, next).identifier) ? '1' : '0'))
    .join('');
}

/** The first identifier of a route that is not a next node; undefined: there is none. */
export function strayOfRoute(graph: Graph, node: GraphNode, route: readonly string[]): string | undefined {
  const known = node.nextNodes.map((next) => nodeAt(graph, next).identifier);
  return route.find((identifier) => !known.includes(identifier));
}

interface PerOutput {
  readonly tokens: number;
  readonly delivers: boolean;
}

const knownPerOutput = new WeakMap<GraphNode, Map<number, PerOutput>>();

/** The effect of each output of a node on a scope around it: tokens for children, and whether it delivers. */
export function perOutput(graph: Graph, node: GraphNode, unite: number): PerOutput {
  return getOrAdd(
    getOrAdd(knownPerOutput, node, () => new Map<number, PerOutput>()),
    unite,
    () => ({
      tokens: node.children.filter((child) => nodeAt(graph, child).coveredBy.includes(unite)).length,
      delivers: node.nextNodes.includes(unite),
    }),
  );
}

export function perRoutedOutput(
  graph: Graph,
  node: GraphNode,
  unite: number,
  route: readonly string[] | undefined,
): PerOutput {
  if (route === undefined) return perOutput(graph, node, unite);
  const isChosen = (next: number) => route.includes(nodeAt(graph, next).identifier);
  return {
    tokens: node.children.filter((child) => isChosen(child) && nodeAt(graph, child).coveredBy.includes(unite))
      .length,
    delivers: node.nextNodes.includes(unite) && isChosen(unite),
  };
}
