import type { RunStatus, RunSummary } from '../../domain/model/run.ts';

/** Fields of a run's hash that its summary is read from, in this order. */
export const summaryFields = [
  'namespace',
  'graph',
  'version',
  'status',
  'priority',
  'created',
  'start',
  'ended',
  'states',
] as const;

/** Reads a summary from the values of `summaryFields`; undefined: there is no such run. */
export function readSummary(runId: string, row: readonly (string | null)[]): RunSummary | undefined {
  const [namespace, graphName, version, status, priority, createdAt, startAt, endedAt, states] = row;
  if (!namespace || !graphName) return undefined;
  return {
    runId,
    namespace,
    graphName,
    graphVersion: Number(version),
    status: status as RunStatus,
    priority: Number(priority),
    createdAt: Number(createdAt),
    ...(startAt ? { startAt: Number(startAt) } : {}),
    ...(endedAt ? { endedAt: Number(endedAt) } : {}),
    stateCount: Number(states),
  };
}
