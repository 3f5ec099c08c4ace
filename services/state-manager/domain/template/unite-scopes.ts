import { quoted } from '../json/json.ts';
import { didYouMean } from '../json/nearest.ts';
import type { Violations } from '../json/violations.ts';
import type { GraphTemplate, NamedNode, NodeTemplate } from './graph-template.ts';
import { NodeSet } from './node-set.ts';
import { nameOf, type Topology } from './topology.ts';

/** The unites of a template, and the ancestors that follow from them. By index of node. */
export interface UniteScopes {
  /** Ancestors by node; undefined where a mistake further up leaves them open. */
  readonly ancestors: readonly (NodeSet | undefined)[];
  /** Covers of nodes that validly unite one, in topological order. */
  readonly unites: ReadonlyMap<number, UniteCover>;
  /** Uniting nodes whose scopes cover a node, inner scopes first, by node. */
  readonly coveredBy: readonly (readonly number[])[];
}

export interface UniteCover {
  /** The united node. */
  readonly target: number;
  readonly covers: NodeSet;
}

/** Scopes that can cover one node, at most: each adds work to the step that settles a state. */
export const maxScopes = 8;

export function readUniteScopes(
  { nodes }: GraphTemplate,
  topology: Topology,
  violations: Violations,
): UniteScopes {
  const targets = nodes.map((node) => readTarget(node, topology, violations));
  const ancestors: (NodeSet | undefined)[] = nodes.map(() => undefined);
  const unites = new Map<number, UniteCover>();
  for (const index of topology.order) {
    const node = nodes[index]!;
    if (node.unites === undefined) {
      ancestors[index] = commonAncestors(topology.listers[index]!, ancestors, nodes.length);
      continue;
    }
    const target = targets[index];
    if (target === undefined || topology.listers[index]!.length === 0) continue;
    const stray = topology.listers[index]!.find(
      (lister) => lister !== target && ancestors[lister]?.has(target) === false,
    );
    if (stray !== undefined) {
      violations.add(node.unites.target?.path ?? node.unites.path, 'INVALID_UNITE', () =>
        explainStray(nodes, topology, unites, index, target, stray),
      );
    } else if (
      topology.listers[index]!.every((lister) => lister === target || ancestors[lister] !== undefined)
    ) {
      ancestors[index] = ancestors[target]?.copy();
      unites.set(index, { target, covers: covered(target, index, topology) });
    }
  }
  const coveredBy: number[][] = nodes.map(() => []);
  for (const [index, { covers }] of unites) for (const node of covers) coveredBy[node]!.push(index);
  checkDepth(nodes, coveredBy, violations);
  return { ancestors, unites, coveredBy };
}

/** True if a scope unites or covers a node. */
export function encloses(scope: UniteCover, node: number): boolean {
  return scope.target === node || scope.covers.has(node);
}

/** The united node of a `unites` block; undefined without one, or with one that names no other node. */
function readTarget(node: NodeTemplate, topology: Topology, violations: Violations): number | undefined {
  if (node.unites === undefined) return undefined;
  if (topology.listers[node.index]!.length === 0) {
    violations.add(
      node.unites.path,
      'UNITE_NOT_LED_TO',
      () =>
        `${nameOf(node)} unites, and no node leads to it: list it in next_nodes of the nodes whose results it unites`,
    );
  }
  return node.unites.target && lookUp(node, node.unites.target, topology, violations);
}

function lookUp(
  node: NodeTemplate,
  { path, identifier }: NamedNode,
  { byIdentifier }: Topology,
  violations: Violations,
): number | undefined {
  const target = byIdentifier.get(identifier);
  if (target === undefined) {
    const others = [...byIdentifier.keys()].filter((name) => name !== node.identifier);
    violations.add(
      path,
      'UNKNOWN_UNITED_NODE',
      () => `no node has the identifier ${quoted(identifier)}: ${didYouMean(identifier, others)}`,
    );
  } else if (target.identifier === node.identifier) {
    violations.add(
      path,
      'UNITES_ITSELF',
      () => `${nameOf(node)} unites itself: name the node whose branches it waits for`,
    );
    return undefined;
  }
  return target?.index;
}

/** The nodes on every way to a node that all of these lead to: of each, itself and its ancestors. */
function commonAncestors(
  listers: readonly number[],
  ancestors: readonly (NodeSet | undefined)[],
  nodeCount: number,
): NodeSet | undefined {
  let common: NodeSet | undefined;
  for (const lister of listers) {
    const above = ancestors[lister]?.copy().add(lister);
    if (above === undefined) return undefined;
    common = common === undefined ? above : common.keepAll(above);
  }
  return common ?? new NodeSet(nodeCount);
}

function covered(target: number, index: number, { reaches }: Topology): NodeSet {
  const covers = new NodeSet(reaches.length);
  for (const node of reaches[target]!) if (reaches[node]!.has(index)) covers.add(node);
  return covers;
}

function explainStray(
  nodes: readonly NodeTemplate[],
  { reaches }: Topology,
  unites: ReadonlyMap<number, UniteCover>,
  index: number,
  target: number,
  stray: number,
): string {
  const [uniting, united, lister] = [nameOf(nodes[index]), nameOf(nodes[target]), nameOf(nodes[stray])];
  for (const [closer, scope] of unites) {
    if (encloses(scope, target) && (closer === stray || reaches[closer]!.has(stray))) {
      return `${uniting} cannot unite ${united}, whose branches ${nameOf(nodes[closer])} has already united on the way to ${lister}: unite an ancestor of ${nameOf(nodes[closer])}, or list ${uniting} above it`;
    }
  }
  return reaches[target]!.has(stray)
    ? `${uniting} cannot unite ${united}, because ${lister} leads to ${uniting} and not every way to ${lister} passes ${united}: unite a node that lies on all of them`
    : `${uniting} cannot unite ${united}, because ${lister} leads to ${uniting} and ${united} does not lead to ${lister}: unite a node that lies on every way to ${lister}`;
}

function checkDepth(
  nodes: readonly NodeTemplate[],
  coveredBy: readonly (readonly number[])[],
  violations: Violations,
): void {
  const deepest = coveredBy.reduce(
    (best, by, node) => (by.length > coveredBy[best]!.length ? node : best),
    0,
  );
  const depth = coveredBy[deepest]?.length ?? 0;
  if (depth <= maxScopes) return;
  violations.add(
    nodes[deepest]!.path,
    'SCOPES_TOO_DEEP',
    () =>
      `${nameOf(nodes[deepest])} is covered by ${depth} unites, and a node is covered by at most ${maxScopes}: unite fewer nodes around it`,
  );
}
