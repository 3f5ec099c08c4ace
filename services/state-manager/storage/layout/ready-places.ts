import { nodeAt } from '../../domain/graph/graph.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { RankedPlace } from '../../engine/ports/settling.ts';
import type { Wake } from '../../engine/ports/storage.ts';

const maxPriority = 100;
/** More than any instant in milliseconds, and small enough that all scores are exact. */
const perPriority = 1e13;

/** Orders the work set: with the time in milliseconds added, priority first, then what waits longest. */
export function rankOf({ priority }: { priority: number }): number {
  return (maxPriority - priority) * perPriority;
}

/** The priority that a score of the work set tells of. */
function priorityOf(score: number): number {
  return maxPriority - Math.floor(score / perPriority);
}

/** Announces that a place has got its first ready state. */
export function wakeMessage({ namespace, runId, graph, priority }: LoadedRun, node: number): string {
  return `${namespace}:${nodeAt(graph, node).nodeName}:${runId}:${node}:${priority}`;
}

export function readWakeMessage(message: string): Wake {
  const [namespace = '', nodeName = '', runId = '', node, priority] = message.split(':');
  return { namespace, nodeName, runId, node: Number(node), priority: Number(priority) };
}

/** Members of a work set with their scores. */
export function readReadyPlaces(flat: readonly string[]): RankedPlace[] {
  const places: RankedPlace[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [runId = '', node] = flat[i]!.split(':');
    places.push({ runId, node: Number(node), priority: priorityOf(Number(flat[i + 1])) });
  }
  return places;
}
