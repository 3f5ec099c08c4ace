import type { Failure } from '../model/model.ts';
import type { Graph, GraphNode } from './graph.ts';

/** What one run may use. A state that would take it further fails, with the code LIMIT_EXCEEDED. */
export interface RunLimits {
  /** States, siblings and attempts included. */
  readonly states: number;
  /** Outputs of one execution. */
  readonly width: number;
  /** Nodes on the longest way from the root to a state. */
  readonly depth: number;
  /** Bytes of JSON that the trigger and the nodes put in, together. */
  readonly payloadBytes: number;
  /** Milliseconds from the trigger to the end. */
  readonly runMs: number;
  /** Milliseconds from the end until everything of the run is removed. */
  readonly retentionMs: number;
}

/** What the fields are called in a template. */
export const limitNames: Readonly<Record<keyof RunLimits, string>> = {
  states: 'limits.states',
  width: 'limits.width',
  depth: 'limits.depth',
  payloadBytes: 'limits.payload_bytes',
  runMs: 'limits.run_ms',
  retentionMs: 'limits.retention_ms',
};

/** For a run whose graph says nothing, on a state manager whose configuration says nothing either. */
export const defaultRunLimits: RunLimits = {
  states: 10_000_000,
  width: 2_000_000,
  depth: 1_000,
  payloadBytes: 4_000_000_000,
  runMs: 7 * 24 * 3_600_000,
  retentionMs: 7 * 24 * 3_600_000,
};

/** Why a node may not answer with so many outputs; undefined: it may. */
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

/** Why nothing may follow a node; undefined: it may, or nothing does. */
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

/** What a run would come to, and may not. */
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

/** Why a run is ended before everything in it is finished. */
export function timeoutReason({ runMs }: Pick<RunLimits, 'runMs'>): string {
  return `the run has taken longer than its ${limitNames.runMs} of ${runMs}: find out what it waits for, or raise the limit in the graph`;
}

function limitExceeded(limit: keyof RunLimits, value: number, asked: string, hint: string): Failure {
  const message = `${asked}, and its ${limitNames[limit]} is ${value}: ${hint}, or raise the limit in the graph`;
  return { code: 'LIMIT_EXCEEDED', message };
}
