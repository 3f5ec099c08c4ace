/** The cost of a run of a graph, worked out before there is one: pure. */
import type { FieldViolation } from '../../errors.ts';
import type { Graph, GraphNode } from './graph.ts';
import { limitNames, type RunLimits, type TemplateLimit } from './run-limits.ts';

export interface Assumptions {
  /** Outputs of each execution, by identifier; 1 for nodes that are not named. */
  readonly widths: ReadonlyMap<string, number>;
  /** Bytes of JSON of each output, and of the trigger's inputs. */
  readonly outputBytes: number;
}

interface NodeEstimate {
  readonly identifier: string;
  /** The number of times that the node is handed out if nothing fails. */
  readonly executions: number;
  /** Executions and siblings. */
  readonly states: number;
  /** Scopes that its executions open. */
  readonly scopes: number;
}

export interface RunEstimate {
  /** Estimates in the order of the template. */
  readonly nodes: readonly NodeEstimate[];
  readonly states: number;
  readonly scopes: number;
  /** JSON that the trigger and the nodes put in. */
  readonly payloadBytes: number;
  /** Bytes that storage needs for all of it when the run ends. */
  readonly storageBytes: number;
}

/**
 * Bytes of Redis' memory for each of these beside its JSON, as `npm run bench -- redis-memory` measures them (run 1,608,
 * execution 146, output 51, scope 126), rounded up for what an execution refers to. A sibling is an output more.
 */
const storageCosts = { run: 2_000, execution: 180, output: 60, scope: 160 };

/** Every output goes to all next nodes, nothing fails, and every unite fires once. */
export function estimateRun(graph: Graph, { widths, outputBytes }: Assumptions): RunEstimate {
  const executions = countExecutions(graph, widths);
  const nodes = graph.nodes.map((node): NodeEstimate & { readonly outputs: number } => {
    const times = executions[node.index]!;
    const width = widthOf(node, widths);
    return {
      identifier: node.identifier,
      executions: times,
      states: bounded(times * Math.max(width, 1)),
      outputs: bounded(times * width),
      scopes: bounded(times * node.unitedBy.length),
    };
  });
  const sum = (of: (node: (typeof nodes)[number]) => number) =>
    bounded(nodes.reduce((total, node) => total + of(node), 0));
  const outputs = sum((node) => node.outputs);
  const payloadBytes = bounded((outputs + 1) * outputBytes);
  const scopes = sum((node) => node.scopes);
  return {
    nodes: nodes.map(({ outputs: _, ...node }) => node),
    states: sum((node) => node.states),
    scopes,
    payloadBytes,
    storageBytes: bounded(
      storageCosts.run +
        sum((node) => node.executions) * storageCosts.execution +
        outputs * storageCosts.output +
        scopes * storageCosts.scope +
        payloadBytes,
    ),
  };
}

/** The limits that a run as estimated would exceed, as warnings. */
export function exceededLimits(
  graph: Graph,
  { widths }: Assumptions,
  estimate: RunEstimate,
  limits: RunLimits,
): FieldViolation[] {
  const warnings: FieldViolation[] = [];
  const check = (limit: TemplateLimit, value: number, what: string) => {
    if (value <= limits[limit]) return;
    const description = `${what}, and ${limitNames[limit]} is ${limits[limit]}: make the run smaller, or raise the limit in the graph`;
    warnings.push({ path: `$.${limitNames[limit]}`, code: 'LIMIT_EXCEEDED', description });
  };
  check('states', estimate.states, `a run like this comes to ${estimate.states} states`);
  check(
    'payloadBytes',
    estimate.payloadBytes,
    `a run like this comes to ${estimate.payloadBytes} bytes of payload`,
  );
  for (const node of graph.nodes) {
    const width = widthOf(node, widths);
    check('width', width, `an execution of "${node.identifier}" has ${width} outputs`);
    check('depth', node.depth, `"${node.identifier}" stands ${node.depth} nodes deep`);
  }
  return warnings;
}

/**
 * Counts executions, by index of node. A node runs once for each output that leads to it, a uniting one once for each
 * united execution.
 */
function countExecutions({ nodes, root }: Graph, widths: Assumptions['widths']): number[] {
  const executions = nodes.map(({ index }): number => (index === root ? 1 : 0));
  const inOrder = [...nodes].sort((left, right) => left.topologicalIndex - right.topologicalIndex);
  for (const node of inOrder) {
    if (node.unites) executions[node.index] = executions[node.unites.target]!;
    const outputs = executions[node.index]! * widthOf(node, widths);
    for (const child of node.children) executions[child] = bounded(executions[child]! + outputs);
  }
  return executions;
}

function widthOf({ identifier }: GraphNode, widths: Assumptions['widths']): number {
  return widths.get(identifier) ?? 1;
}

/** Assumptions can multiply to more than a number can count. */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
