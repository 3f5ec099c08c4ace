/** The children of each output, and the scopes that wait for what grows from them. */

import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';
import type { OutputRef, StateStanding } from '../run/state-record.ts';
import { perOutput, perRoutedOutput } from './per-output.ts';
import type { Answer, ChildPlan, NewScope } from './plan.ts';

export function planChild(
  child: GraphNode,
  state: number,
  standing: StateStanding,
  parent: GraphNode,
  stagedUnder: string | undefined,
): ChildPlan {
  const held = new Map<number, ChildPlan['scopes'][number]>(
    standing.scopes.map((scope) => [scope.unite, scope]),
  );
  for (const unite of parent.unitedBy) held.set(unite, { unite, execution: state, branch: '*' });
  const own = { node: parent.index, state, output: '*' as const, ...(stagedUnder && { stagedUnder }) };
  const scopes = child.coveredBy.flatMap((unite) => held.get(unite) ?? []);
  return {
    node: child.index,
    position: parent.nextNodes.indexOf(child.index),
    parent: state,
    scopes,
    guards: scopes.filter(({ unite }) => child.cancelledBy.includes(unite)),
    failsIn: child.failsIn,
    refs: child.refs.flatMap((node): ChildPlan['refs'] =>
      node === parent.index ? [own] : findRef(standing, node),
    ),
  };
}

export function planScope(
  graph: Graph,
  united: GraphNode,
  unite: number,
  execution: number,
  standing: StateStanding,
  { total, routes, isRouted }: Answer,
  isWide: boolean,
): NewScope {
  const node = nodeAt(graph, unite);
  if (!node.unites) throw new Error(`node ${unite} does not unite`);
  const scopes = standing.scopes.filter((scope) => node.coveredBy.includes(scope.unite));
  const each = perOutput(graph, united, unite);
  const { policy } = node.unites;
  // Windows count branches one by one, also those that deliver at once.
  const differ = isRouted || routes?.some(Boolean) || (policy.window !== undefined && each.tokens === 0);
  const branches = !differ
    ? undefined
    : isWide
      ? ('WHEN_EXPANDED' as const)
      : Array.from({ length: total }, (_, i) => perRoutedOutput(graph, united, unite, routes?.[i]));
  return {
    unite,
    execution,
    total,
    ...each,
    ...(branches && { branches }),
    policy,
    standing: {
      node: unite,
      parent: execution,
      scopes,
      refs: node.refs.flatMap((ref) => findRef(standing, ref)),
    },
    outers: scopes.map((scope) => ({ countsFailure: node.failsIn.includes(scope.unite), ...scope })),
  };
}

function findRef(standing: StateStanding, node: number): OutputRef[] {
  return standing.refs.filter((ref) => ref.node === node);
}
