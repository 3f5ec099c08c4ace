import type { Graph, GraphNode } from '../graph/graph.ts';
import { limitNames, type RunLimits, type TemplateLimit } from '../graph/run-limits.ts';
import type { Failure } from '../model/state.ts';

/** The failure of a node that answers with so many outputs; undefined: it may. */
export function widthFailure(
  node: GraphNode,
  total: number,
  { width }: Pick<RunLimits, 'width'>,
): Failure | undefined {
  if (total <= width) return undefined;
  return limitExceeded(
    'width',
    width,
    `an execution of "${node.identifier}" has ${total} outputs`,
    'give fewer outputs at once',
  );
}

/** The failure of a node whose next nodes stand too deep; undefined: none does. */
export function depthFailure(
  { nodes }: Graph,
  node: GraphNode,
  { depth }: Pick<RunLimits, 'depth'>,
): Failure | undefined {
  const next = node.nextNodes.map((index) => nodes[index]!).find((candidate) => candidate.depth > depth);
  if (!next) return undefined;
  return limitExceeded(
    'depth',
    depth,
    `"${next.identifier}" stands ${next.depth} nodes deep`,
    'shorten the graph',
  );
}

/** A total that a run would come to, beyond its limit. */
export interface Excess {
  readonly limit: 'states' | 'payloadBytes';
  readonly total: number;
}

export function excessFailure({ limit, total }: Excess, limits: RunLimits): Failure {
  return limit === 'states' ? statesFailure(total, limits) : bytesFailure(total, limits);
}

function statesFailure(total: number, { states }: Pick<RunLimits, 'states'>): Failure {
  return limitExceeded(
    'states',
    states,
    `the run would come to ${total} states`,
    'split the work over several runs',
  );
}

function bytesFailure(total: number, { payloadBytes }: Pick<RunLimits, 'payloadBytes'>): Failure {
  return limitExceeded(
    'payloadBytes',
    payloadBytes,
    `the run would come to ${total} bytes of payload`,
    'pass references to large data instead of the data',
  );
}

/** The code of what is cancelled because its run has used up its time. */
export const runTimeout = 'RUN_TIMEOUT';

/** The reason for the end of a run that has used up its time. */
export function timeoutReason({ runMs }: Pick<RunLimits, 'runMs'>): string {
  return `the run has taken longer than its ${limitNames.runMs} of ${runMs}: find out what it waits for, or raise the limit in the graph`;
}

function limitExceeded(limit: TemplateLimit, value: number, asked: string, hint: string): Failure {
  const message = `${asked}, and its ${limitNames[limit]} is ${value}: ${hint}, or raise the limit in the graph`;
  return { code: 'LIMIT_EXCEEDED', message };
}
