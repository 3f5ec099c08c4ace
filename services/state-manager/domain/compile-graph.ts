import { type Bindings, mentionsOf } from './bind-expressions.ts';
import { type InputTemplate, mapReferences, type Reference } from './expression.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import { NodeSet } from './node-set.ts';
import type { Mention } from './parse-expression.ts';
import { defaultRetryPolicy } from './retry.ts';
import type { Scopes } from './scopes.ts';
import type { Topology } from './topology.ts';

/** The graph of a template that has no violation. */
export function compileGraph(
  template: GraphTemplate,
  topology: Topology,
  scopes: Scopes,
  bindings: Bindings,
): Graph {
  const opens: number[][] = template.nodes.map(() => []);
  for (const [index, { target }] of scopes.unites) opens[target]!.push(index);
  const needs = findNeeds(template, topology, scopes, bindings);
  const nodes = template.nodes.map((node): GraphNode => {
    const scope = scopes.unites.get(node.index);
    const nextNodes = topology.next[node.index]!;
    return {
      index: node.index,
      identifier: known(node.identifier),
      nodeName: known(node.nodeName),
      inputs: compileInputs(node, bindings),
      nextNodes,
      children: nextNodes.filter((next) => !scopes.unites.has(next)),
      ...(scope !== undefined &&
        node.unites !== undefined && {
          unites: { target: scope.target, strategy: node.unites.strategy, covers: new Set(scope.covers) },
        }),
      opens: opens[node.index]!,
      coveredBy: scopes.coveredBy[node.index]!,
      failsIn: failsIn(node.index, scopes),
      ancestors: [...known(scopes.ancestors[node.index])].sort(
        (a, b) => topology.position[a]! - topology.position[b]!,
      ),
      refs: [...needs[node.index]!],
      ...(node.timeoutMs !== undefined && { timeoutMs: node.timeoutMs }),
      ...(node.maxParallel !== undefined && { maxParallel: node.maxParallel }),
      retry: { ...defaultRetryPolicy, ...template.retry, ...node.retry },
    };
  });
  return { nodes, root: known(topology.root), order: template.order };
}

function compileInputs(node: NodeTemplate, bindings: Bindings): Record<string, InputTemplate> {
  const bound = (mention: Mention): Reference => known(bindings.get(mention));
  return Object.fromEntries(
    [...node.inputs].map(([name, { template }]) => [name, mapReferences(template, bound)]),
  );
}

/** The scopes that a failure counts in: not those in which an inner, covered uniting node covers it too. */
function failsIn(node: number, { coveredBy, unites }: Scopes): number[] {
  const by = coveredBy[node]!;
  return by.filter((outer) => !by.some((inner) => unites.get(outer)!.covers.has(inner)));
}

/**
 * For each node the ancestors whose outputs a state of it must be able to name: those that its own expressions
 * read, and those that any state needs that inherits its parents.
 */
function findNeeds(
  { nodes }: GraphTemplate,
  { order, next }: Topology,
  { unites }: Scopes,
  bindings: Bindings,
): NodeSet[] {
  const needs = nodes.map(() => new NodeSet(nodes.length));
  // Backwards: a node's children, and the nodes that unite it, all stand after it.
  for (const node of order.toReversed()) {
    const here = needs[node]!;
    for (const mention of mentionsOf(nodes[node]!)) {
      const reference = bindings.get(mention);
      if (reference?.kind === 'output') here.add(reference.node);
    }
    for (const child of next[node]!) {
      if (!unites.has(child)) here.addAll(needs[child]!.copy().delete(node));
    }
    // The uniting node stands where the united one does, so the united one keeps what it needs.
    const target = unites.get(node)?.target;
    if (target !== undefined) needs[target]!.addAll(here);
  }
  return needs;
}

/** What a template without violations has. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a graph with violations was compiled');
  return value;
}
