import type { LoadedRun, StandingMark, Wake } from '../engine/ports.ts';

/** What orders the work set: with the time in milliseconds added, priority first, then who waits longest. */
export function rankOf({ priority }: { priority: number }): number {
  return (100 - priority) * 1e13;
}

/** What is announced when a place gets its first ready state. */
export function wakeMessage({ namespace, runId, graph }: LoadedRun, node: number): string {
  return `${namespace}:${graph.nodes[node]!.nodeName}:${runId}:${node}`;
}

export function readWakeMessage(message: string): Wake {
  const [namespace = '', nodeName = '', runId = '', node] = message.split(':');
  return { namespace, nodeName, runId, node: Number(node) };
}

/** A mark as marks.lua has it; empty: there is none. */
export function markText(mark: StandingMark): string {
  if (mark === undefined) return '';
  if (mark === 'RUN') return '*';
  if ('superseded' in mark) return `=${mark.superseded}`;
  return mark.output === undefined ? String(mark.state) : `${mark.state}.${mark.output}`;
}
