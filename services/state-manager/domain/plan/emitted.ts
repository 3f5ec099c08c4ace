/** Plans for outputs that become branches while their state is executed: pure, as the other plans. */

import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';
import type { ScopeBranch } from '../run/scope-record.ts';
import type { StateRecord } from '../run/state-record.ts';
import { planChild, planScope } from './children.ts';
import { perOutput, perRoutedOutput, routeMask } from './per-output.ts';
import type { EmitStep, NewScope, Plan, TokenDelta } from './plan.ts';

/** Children that one step of emits may create. */
const maxStep = 500;

/** Outputs that one step takes. */
export function emitWidth(graph: Graph, record: StateRecord): number {
  return Math.max(1, Math.floor(maxStep / Math.max(1, nodeAt(graph, record.standing.node).children.length)));
}

/**
 * Outputs of an open fan-out, in order.
 * @param emits.first the index of the first one; `routes` as in an answer, one for each output
 */
export function planEmitted(
  graph: Graph,
  record: StateRecord,
  emits: { readonly first: number; readonly routes: readonly (readonly string[] | undefined)[] },
): Plan {
  const { first, routes } = emits;
  const { work, standing } = record;
  const node = nodeAt(graph, standing.node);
  const isRouted = routes.some((route) => route !== undefined);
  const tokens = standing.scopes.map((scope): TokenDelta => {
    const outputs = routes.map((route) => perRoutedOutput(graph, node, scope.unite, route));
    return {
      delta: outputs.reduce((sum, output) => sum + output.tokens, 0),
      delivered: outputs.some((output) => output.delivers),
      failed: false,
      ...scope,
    };
  });
  const step: EmitStep = {
    kind: 'emit',
    work: work,
    first,
    total: routes.length,
    chosen: isRouted ? routes.map((route) => routeMask(graph, node, route)).join('') : '',
    nextNodes: node.nextNodes.length,
    children: node.children.map((child) => planChild(nodeAt(graph, child), work, standing, node, undefined)),
    ways: waysOn(graph, record),
    newScopes: scopesOf(graph, node, record, routes),
  };
  return { step, tokens };
}

/**
 * The state has emitted all that it will.
 * @param total how many; undefined: what was accepted, since no more are needed
 */
export function planSealed(graph: Graph, record: StateRecord, total: number | undefined): Plan {
  const { work, standing } = record;
  const newScopes = scopesOf(graph, nodeAt(graph, standing.node), record, []);
  const tokens = standing.scopes.map((scope) => ({ ...scope, delta: -1, delivered: false, failed: false }));
  return { step: { kind: 'seal', work, total, ways: waysOn(graph, record), newScopes }, tokens };
}

/** The ways on from an execution, as `EmitStep` has them. */
export function waysOn(graph: Graph, { work, standing }: StateRecord): EmitStep['ways'] {
  const node = nodeAt(graph, standing.node);
  const scopes: readonly ScopeBranch[] = [
    ...node.unitedBy.map((unite) => ({ unite, execution: work, branch: 0 })),
    ...standing.scopes,
  ];
  const address = ({ unite, execution }: ScopeBranch) => ({ unite, execution });
  const unites = node.nextNodes.filter((next) => nodeAt(graph, next).unites !== undefined);
  return [
    ...node.children.map((child) => {
      const { coveredBy, cancelledBy } = nodeAt(graph, child);
      return scopes
        .filter(({ unite }) => coveredBy.includes(unite) && cancelledBy.includes(unite))
        .map(address);
    }),
    ...unites.map((unite) => scopes.filter((scope) => scope.unite === unite).map(address)),
  ];
}

function scopesOf(
  graph: Graph,
  node: GraphNode,
  { work, standing }: StateRecord,
  routes: readonly (readonly string[] | undefined)[],
): NewScope[] {
  const answer = { total: routes.length, routes };
  return node.unitedBy.map((unite) => {
    const scope = planScope(graph, node, unite, work, standing, answer, false);
    // Later outputs begin as this one does unless they are routed: what all have in common stands in the scope.
    return { ...scope, ...perOutput(graph, node, unite), mayGrow: true };
  });
}
