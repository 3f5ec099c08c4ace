import { quoted } from '../json/json.ts';
import { didYouMean } from '../json/nearest.ts';
import type { Violations } from '../json/violations.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import { NodeSet } from './node-set.ts';

/** The edges of a template, by index of node. */
export interface Topology {
  readonly byIdentifier: ReadonlyMap<string, NodeTemplate>;
  /** `next_nodes`, without those that are unknown or repeated. */
  readonly next: readonly (readonly number[])[];
  /** The nodes that list a node. */
  readonly listers: readonly (readonly number[])[];
  /** The node that all others grow from; undefined unless there is exactly one that nothing lists. */
  readonly root: number | undefined;
  /** Each node after all that list it; without those that lie on a cycle or below one. */
  readonly order: readonly number[];
  /** Places in `order`, by node; -1 for a node that is not there. */
  readonly position: readonly number[];
  /** Nodes of `order` that each node's edges lead to, however far, by place in `order`. */
  readonly reaches: readonly NodeSet[];
}

export function readTopology({ nodes }: GraphTemplate, violations: Violations): Topology {
  const byIdentifier = readIdentifiers(nodes, violations);
  const next = nodes.map((node) => readEdges(node, byIdentifier, violations));
  const listers: number[][] = nodes.map(() => []);
  for (const [from, targets] of next.entries()) for (const to of targets) listers[to]!.push(from);

  const order = topologicalOrder(next, listers);
  const position = nodes.map(() => -1);
  for (const [place, node] of order.entries()) position[node] = place;
  if (order.length < nodes.length) checkCycles(nodes, next, position, violations);
  const root = findRoot(nodes, byIdentifier, listers, violations);
  checkReachability(nodes, next, listers, violations);
  return { byIdentifier, next, listers, root, order, position, reaches: closure(next, order) };
}

/** A node's identifier, for a message. */
export function nameOf(node: NodeTemplate | undefined): string {
  return node?.identifier === undefined ? `the node at ${node?.path}` : `"${node.identifier}"`;
}

function readIdentifiers(nodes: readonly NodeTemplate[], violations: Violations): Map<string, NodeTemplate> {
  const byIdentifier = new Map<string, NodeTemplate>();
  for (const node of nodes) {
    if (node.identifier === undefined) continue;
    const first = byIdentifier.get(node.identifier);
    if (first === undefined) byIdentifier.set(node.identifier, node);
    else {
      violations.add(
        `${node.path}.identifier`,
        'DUPLICATE_IDENTIFIER',
        () =>
          `the identifier ${nameOf(node)} is already that of ${first.path} and must be unique: rename one of them`,
      );
    }
  }
  return byIdentifier;
}

function readEdges(
  node: NodeTemplate,
  byIdentifier: ReadonlyMap<string, NodeTemplate>,
  violations: Violations,
): number[] {
  const found = new Set<number>();
  for (const { path, identifier } of node.nextNodes) {
    const target = byIdentifier.get(identifier);
    if (target === undefined) {
      violations.add(
        path,
        'UNKNOWN_NEXT_NODE',
        () =>
          `no node has the identifier ${quoted(identifier)}: ${didYouMean(identifier, byIdentifier.keys())}`,
      );
    } else if (found.has(target.index)) {
      violations.add(
        path,
        'DUPLICATE_NEXT_NODE',
        () => `${nameOf(node)} lists ${nameOf(target)} more than once: remove the repetition`,
      );
    } else found.add(target.index);
  }
  return [...found];
}

/** Kahn's algorithm; among nodes that could come next, the one found first does. */
function topologicalOrder(
  next: readonly (readonly number[])[],
  listers: readonly (readonly number[])[],
): number[] {
  const waitingFor = listers.map((list) => list.length);
  const order = waitingFor.flatMap((count, node) => (count === 0 ? [node] : []));
  for (const node of order) {
    for (const target of next[node]!) if (--waitingFor[target]! === 0) order.push(target);
  }
  return order;
}

function closure(next: readonly (readonly number[])[], order: readonly number[]): NodeSet[] {
  const reaches = next.map(() => new NodeSet(next.length));
  for (const node of order.toReversed()) {
    for (const target of next[node]!) reaches[node]!.add(target).addAll(reaches[target]!);
  }
  return reaches;
}

/** Depth-first search that reports a cycle unless it closes at a node of one that is already reported. */
function checkCycles(
  nodes: readonly NodeTemplate[],
  next: readonly (readonly number[])[],
  position: readonly number[],
  violations: Violations,
): void {
  const status = nodes.map((): 'NEW' | 'OPEN' | 'DONE' => 'NEW');
  const reported = new Set<number>();
  for (const start of nodes.keys()) {
    if (position[start]! >= 0 || status[start] !== 'NEW') continue;
    const way = [{ node: start, edge: 0 }];
    status[start] = 'OPEN';
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const target = next[top.node]![top.edge++];
      if (target === undefined) {
        status[top.node] = 'DONE';
        way.pop();
      } else if (status[target] === 'NEW') {
        status[target] = 'OPEN';
        way.push({ node: target, edge: 0 });
      } else if (status[target] === 'OPEN' && !reported.has(target) && !reported.has(top.node)) {
        const cycle = way.slice(way.findIndex(({ node }) => node === target)).map(({ node }) => node);
        for (const node of cycle) reported.add(node);
        reportCycle(nodes, cycle, violations);
      }
    }
  }
}

function reportCycle(nodes: readonly NodeTemplate[], cycle: readonly number[], violations: Violations): void {
  const last = nodes[cycle.at(-1)!]!;
  const [first] = cycle;
  const closingEdge = last.nextNodes.find(({ identifier }) => identifier === nodes[first!]?.identifier);
  violations.add(closingEdge?.path ?? last.path, 'CYCLE', () => {
    const names = [...cycle, first!].map((node) => nodes[node]?.identifier ?? '?');
    const shown = names.length > 24 ? [...names.slice(0, 12), '…', ...names.slice(-11)] : names;
    return `next_nodes form the cycle ${shown.join(' → ')}, and a graph has none: remove one of these edges`;
  });
}

function findRoot(
  nodes: readonly NodeTemplate[],
  byIdentifier: ReadonlyMap<string, NodeTemplate>,
  listers: readonly (readonly number[])[],
  violations: Violations,
): number | undefined {
  // A node whose identifier is unusable is reported as that: nothing could list it.
  const roots = [...byIdentifier.values()].filter(
    (node) => !node.unites && listers[node.index]!.length === 0,
  );
  const [root, ...others] = roots;
  if (root === undefined && nodes.every((node) => node.identifier !== undefined)) {
    violations.add('$.nodes', 'NO_ROOT', () =>
      nodes.length === 0
        ? 'a graph needs exactly one root and this has no nodes: add one'
        : 'a graph needs exactly one root, a node that no other lists and that unites nothing, and this has none: take one node out of all next_nodes',
    );
  }
  if (others.length > 0) {
    violations.add('$.nodes', 'MULTIPLE_ROOTS', () => {
      const shown = roots.slice(0, 10).map(nameOf).join(', ');
      const more = roots.length > 10 ? ` and ${roots.length - 10} more` : '';
      return `a graph has exactly one root, and no node lists any of ${shown}${more}: list all but one in next_nodes of other nodes, or remove them`;
    });
  }
  return others.length === 0 ? root?.index : undefined;
}

/** Reports what no root leads to. Uniting nodes that nothing lists have a violation of their own. */
function checkReachability(
  nodes: readonly NodeTemplate[],
  next: readonly (readonly number[])[],
  listers: readonly (readonly number[])[],
  violations: Violations,
): void {
  const reached = new Set<number>();
  for (const node of nodes) if (!node.unites && listers[node.index]!.length === 0) reached.add(node.index);
  for (const node of reached) for (const target of next[node]!) reached.add(target);
  for (const node of nodes) {
    if (reached.has(node.index) || listers[node.index]!.length === 0) continue;
    violations.add(
      node.path,
      'UNREACHABLE_NODE',
      () =>
        `nothing leads from the root to ${nameOf(node)}: list it in next_nodes of a node that is reached, or remove it`,
    );
  }
}
