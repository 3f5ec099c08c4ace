import type { Storage } from '../../../services/state-manager/engine/ports/storage.ts';

/** Storage that notes which states its reader asks for. */
export function withNotedReads<T extends Storage>(storage: T): { source: T; read: number[] } {
  const read: number[] = [];
  const runs: Storage['runs'] = Object.assign(Object.create(storage.runs), {
    records: (runId: string, states: readonly number[]) => {
      read.push(...states);
      return storage.runs.records(runId, states);
    },
  });
  return { source: { ...storage, runs }, read };
}
