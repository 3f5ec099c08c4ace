/** The plan for the outputs of a report: pure. */

import { type Graph, type GraphNode, nodeAt } from '../graph/graph.ts';
import type { StateRecord } from '../run/state-record.ts';
import { planChild, planScope } from './children.ts';
import { perOutput, perRoutedOutput, routeMask } from './per-output.ts';
import type { Answer, Plan, TokenDelta } from './plan.ts';

/** Children that one report may create in its own step. */
const maxStep = 500;

/** The node answered with outputs. */
export function planExecuted(graph: Graph, state: number, record: StateRecord, answer: Answer): Plan {
  const { total, stagedUnder, isRouted = false } = answer;
  const node = nodeAt(graph, record.standing.node);
  const children = node.children.map((child) =>
    planChild(nodeAt(graph, child), state, record.standing, node, stagedUnder),
  );
  const isWide = isRouted || total * Math.max(children.length, countsAtOnce(graph, node) ? 1 : 0) > maxStep;
  const routes = answer.routes?.some((route) => route !== undefined) ? answer.routes : undefined;
  const newScopes = node.unitedBy.map((unite) =>
    planScope(graph, node, unite, state, record.standing, answer, isWide),
  );
  const keptOpen = isRouted
    ? record.standing.scopes.filter(({ unite }) => {
        const { tokens: width, delivers } = perOutput(graph, node, unite);
        return width === 0 && delivers;
      })
    : [];
  const tokens = record.standing.scopes.map((scope): TokenDelta => {
    const { tokens: width, delivers } = perOutput(graph, node, scope.unite);
    if (keptOpen.includes(scope)) return { delta: 0, delivered: false, failed: false, ...scope };
    // Each state comes here, and V8 takes microseconds to add to what was spread: the scope stands last.
    if (!routes)
      return {
        delta: total * width - 1,
        delivered: delivers && !isRouted && total > 0,
        failed: false,
        ...scope,
      };
    const outputs = routes.map((route) => perRoutedOutput(graph, node, scope.unite, route));
    return {
      delta: outputs.reduce((sum, output) => sum + output.tokens, -1),
      delivered: outputs.some((output) => output.delivers),
      failed: false,
      ...scope,
    };
  });
  return {
    step: {
      kind: 'succeed',
      total,
      isStaged: stagedUnder !== undefined,
      isRouted,
      chosen: routes?.map((route) => routeMask(graph, node, route)).join('') ?? '',
      nextNodes: node.nextNodes.length,
      isWide,
      keptOpen,
      children,
      newScopes,
    },
    tokens,
  };
}

/** True if its outputs are branches of a windowed scope that finish without any child. */
function countsAtOnce(graph: Graph, node: GraphNode): boolean {
  return node.unitedBy.some(
    (unite) =>
      nodeAt(graph, unite).unites?.policy.window !== undefined && perOutput(graph, node, unite).tokens === 0,
  );
}
