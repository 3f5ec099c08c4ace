import type { Labels } from '../../domain/model/labels.ts';
import type { RunStatus, RunSummary, TriggerKind } from '../../domain/model/run.ts';
import type { RunHead } from '../../engine/ports/loaded-run.ts';
import { decodeState } from './state-record.ts';

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
  'labels',
  'trigger',
] as const;

/** Reads a summary from the values of `summaryFields`; undefined: there is no such run. */
export function readSummary(runId: string, row: readonly (string | null)[]): RunSummary | undefined {
  const [
    namespace,
    graphName,
    version,
    status,
    priority,
    createdAt,
    startAt,
    endedAt,
    states,
    labels,
    trigger,
  ] = row;
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
    labels: readLabels(labels),
    triggerKind: (trigger ?? 'API') as TriggerKind,
  };
}

/** No labels, of most runs. */
export const noLabels: Labels = new Map();

/** Labels as they are kept: pairs, ordered by key; empty: none. */
export function encodeLabels(labels: Labels): string {
  return labels.size === 0 ? '' : JSON.stringify([...labels]);
}

export function readLabels(kept: string | null | undefined): Labels {
  return kept ? new Map(JSON.parse(kept) as [string, string][]) : noLabels;
}

/** Fields of a run's hash that its head is read from, in this order; the records of its first states follow. */
export const headFields = [...summaryFields, 'seq', 'bytes'] as const;

/** Reads a head from the values of `headFields` and records; undefined: there is no such run. */
export function readHead(runId: string, row: readonly (string | null)[]): RunHead | undefined {
  const summary = readSummary(runId, row);
  if (!summary) return undefined;
  const [seq, bytes, ...packed] = row.slice(summaryFields.length);
  const records = packed.map((value) => (value ? decodeState(value) : undefined));
  return { summary, lastState: Number(seq), bytes: Number(bytes), records };
}
