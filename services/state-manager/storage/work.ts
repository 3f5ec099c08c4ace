import type { LoadedRun, Wake } from '../engine/ports.ts';

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
