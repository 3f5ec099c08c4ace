import type { StateRecord } from '../../domain/run/state-record.ts';
import type { RunReader } from '../ports/run-reader.ts';

/**
 * The same reader, which has some records already and does not read them again.
 * @param known records by the number of the state, as `records` of the reader gives them
 */
export function withKnownRecords(storage: RunReader, known: ReadonlyMap<number, StateRecord>): RunReader {
  const reader: RunReader = Object.create(storage);
  reader.records = async (runId, states) => {
    const unknown = states.filter((state) => !known.has(state));
    const read = new Map<number, StateRecord | undefined>();
    if (unknown.length > 0) {
      const records = await storage.records(runId, unknown);
      for (const [i, state] of unknown.entries()) read.set(state, records[i]);
    }
    return states.map((state) => known.get(state) ?? read.get(state));
  };
  return reader;
}
