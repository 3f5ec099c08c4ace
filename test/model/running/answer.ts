/** The answer to one execution: what it comes to, whichever runtime gives it. */
import { behaviour, type Inputs, pruneId } from '../behaviour.ts';
import type { Ailment, Fate, ModelGraph, ModelNode } from '../model-graph.ts';

const requeueStepMs = 3;

/** The way in which an execution ends. */
export type End =
  | { readonly kind: 'returns' }
  | { readonly kind: 'fails'; readonly isRetryable: boolean }
  | { readonly kind: 'prunes'; readonly data: { readonly id: string } }
  | { readonly kind: 'requeues'; readonly delayMs: number }
  /** Never, unless it is cancelled. */
  | { readonly kind: 'hangs' };

export interface AnsweredOutput {
  readonly output: { readonly id: string };
  /** Identifiers of next nodes; undefined: all of them. */
  readonly nextNodes: readonly string[] | undefined;
}

export interface Answer {
  /** Outputs that it returns, or emits before it ends if its fan-out is open. */
  readonly outputs: readonly AnsweredOutput[];
  readonly end: End;
  /** The time for which it waits before each step, milliseconds. */
  readonly thinkMs: number;
}

/** One execution of a node. */
export interface Asked {
  readonly inputs: Inputs;
  readonly attempt: number;
  /** The number of times that its state was handed out, this one included. */
  readonly times: number;
}

/** The most outputs of an open fan-out that are emitted without a wait between them. */
export function chunkOf(outputs: readonly unknown[]): number {
  return Math.max(1, Math.ceil(outputs.length / 3));
}

/**
 * Answers an execution of a node of a graph.
 * @param ailment the way in which it fails, if a test lets it fail; absent: it does what the graph says
 */
export function answerTo(
  { inputs, attempt, times }: Asked,
  graph: ModelGraph,
  node: ModelNode,
  ailment?: Ailment,
): Answer {
  const { fate, outputs: all } = behaviour(node, inputs);
  const end: End = ailment
    ? { kind: 'fails', isRetryable: ailment.isRetryable }
    : endOf(fate, attempt, times);
  const isHalf = fate.kind === 'outputs' && end.kind === 'fails';
  const emits = ailment?.emits ?? (isHalf ? all.length / 2 : all.length);
  const isGiven = end.kind === 'returns' || (node.isOpen && end.kind === 'fails');
  const outputs = (isGiven ? all.slice(0, emits) : []).map(({ id, route }) => ({
    output: { id },
    nextNodes: route?.map((position) => graph[node.next[position]!]!.identifier),
  }));
  return { outputs, end, thinkMs: fate.kind === 'outputs' ? fate.thinkMs : 0 };
}

function endOf(fate: Fate, attempt: number, times: number): End {
  switch (fate.kind) {
    case 'hangs':
      return { kind: 'hangs' };
    case 'prunes':
      return { kind: 'prunes', data: { id: pruneId } };
    case 'fails':
      return { kind: 'fails', isRetryable: fate.isRetryable };
    case 'outputs':
      if (fate.failsFirst && attempt === 1) return { kind: 'fails', isRetryable: true };
      if (times <= fate.requeues) return { kind: 'requeues', delayMs: times * requeueStepMs };
      return { kind: 'returns' };
  }
}
