import { type InputTemplate, mapReferences, type Reference } from '../graph/expression.ts';
import type { Graph, GraphNode, PlaceRate } from '../graph/graph.ts';
import { defaultRetryPolicy } from '../graph/retry-policy.ts';
import { canCloseEarly } from '../graph/unite-policy.ts';
import { type Bindings, mentionsOf } from './bind-expressions.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import { NodeSet } from './node-set.ts';
import type { Mention } from './parse-expression.ts';
import type { Topology } from './topology.ts';
import type { UniteScopes } from './unite-scopes.ts';

/** The graph of a template that has no violation. */
export function compileGraph(
  template: GraphTemplate,
  topology: Topology,
  scopes: UniteScopes,
  bindings: Bindings,
): Graph {
  const unitedBy: number[][] = template.nodes.map(() => []);
  for (const [index, { target }] of scopes.unites) unitedBy[target]!.push(index);
  const cancels = new Map(
    [...scopes.unites.keys()].map((unite) => {
      const policy = known(template.nodes[unite]!.unites).policy;
      const none: ReadonlySet<number> = new Set();
      return [unite, canCloseEarly(policy) ? cancelledWith(unite, topology, scopes) : none];
    }),
  );
  const needs = findNeeds(template, topology, scopes, bindings);
  const depths = findDepths(topology);
  const nodes = template.nodes.map((node): GraphNode => {
    const scope = scopes.unites.get(node.index);
    const nextNodes = topology.next[node.index]!;
    return {
      index: node.index,
      identifier: known(node.identifier),
      nodeName: known(node.nodeName),
      topologicalIndex: topology.position[node.index]!,
      depth: depths[node.index]!,
      inputs: compileInputs(node, bindings),
      nextNodes,
      children: nextNodes.filter((next) => !scopes.unites.has(next)),
      ...(scope !== undefined &&
        node.unites !== undefined && {
          unites: {
            target: scope.target,
            policy: node.unites.policy,
            covers: new Set(scope.covers),
            cancels: known(cancels.get(node.index)),
          },
        }),
      unitedBy: unitedBy[node.index]!,
      coveredBy: scopes.coveredBy[node.index]!,
      failsIn: failsIn(node.index, scopes),
      cancelledBy: scopes.coveredBy[node.index]!.filter((unite) => cancels.get(unite)?.has(node.index)),
      refs: [...needs[node.index]!],
      ...(node.timeoutMs !== undefined && { timeoutMs: node.timeoutMs }),
      ...(node.maxParallel !== undefined && { maxParallel: node.maxParallel }),
      ...(node.rate !== undefined && { rate: compileRate(node.rate, bindings) }),
      retry: { ...defaultRetryPolicy, ...template.retry, ...node.retry },
    };
  });
  const { order, limits, store, triggers } = template;
  return { nodes, root: known(topology.root), order, limits, store, triggers };
}

function compileInputs(node: NodeTemplate, bindings: Bindings): Record<string, InputTemplate> {
  const bound = (mention: Mention): Reference => known(bindings.get(mention));
  return Object.fromEntries(
    [...node.inputs].map(([name, { template }]) => [name, mapReferences(template, bound)]),
  );
}

function compileRate(
  { limit, perMs, key }: NonNullable<NodeTemplate['rate']>,
  bindings: Bindings,
): PlaceRate {
  if (key === undefined) return { limit, perMs };
  const bound = (mention: Mention): Reference => known(bindings.get(mention));
  return { limit, perMs, key: mapReferences(key.template, bound) };
}

function findDepths({ order, next }: Topology): number[] {
  const depths = next.map(() => 1);
  for (const node of order) {
    const below = depths[node]! + 1;
    for (const child of next[node]!) if (depths[child]! < below) depths[child] = below;
  }
  return depths;
}

/** The scopes that a failure counts in: not those in which an inner, covered uniting node covers it too. */
function failsIn(node: number, { coveredBy, unites }: UniteScopes): number[] {
  const by = coveredBy[node]!;
  return by.filter((outer) => !by.some((inner) => unites.get(outer)!.covers.has(inner)));
}

/**
 * The covered nodes that a scope cancels when it closes early: all but those from which a way leads to another
 * unite, around it, that is still needed.
 */
function cancelledWith(
  unite: number,
  { listers }: Topology,
  { unites, coveredBy }: UniteScopes,
): ReadonlySet<number> {
  const cancelled = new Set(known(unites.get(unite)).covers);
  const around = new Set([...cancelled].flatMap((node) => coveredBy[node]!));
  around.delete(unite);
  for (let found = true; found; ) {
    found = false;
    for (const other of around) {
      // An inner unite that is itself cancelled needs nothing.
      if (cancelled.has(other)) continue;
      for (const node of waysTo(other, unite, listers)) {
        if (unites.get(other)!.covers.has(node) && cancelled.delete(node)) found = true;
      }
    }
  }
  return cancelled;
}

/** The nodes from which a way leads to one node without passing another. */
function waysTo(target: number, avoided: number, listers: Topology['listers']): ReadonlySet<number> {
  const found = new Set([target]);
  for (const node of found) for (const lister of listers[node]!) if (lister !== avoided) found.add(lister);
  return found;
}

/**
 * Finds for each node the ancestors whose outputs a state of it must be able to name: those that its own expressions
 * read, and those that any state needs that inherits its parents.
 */
function findNeeds(
  { nodes }: GraphTemplate,
  { order, next }: Topology,
  { unites }: UniteScopes,
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

/** Asserts a value that a template without violations has. @throws Error it is undefined */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a graph with violations was compiled');
  return value;
}
