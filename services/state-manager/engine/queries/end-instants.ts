import type { RunReader } from '../ports/run-reader.ts';

/**
 * Instants at which runs have ended, by id; nothing of those that go on. Results are read in several steps, and a Redis that loses its
 * newest writes meanwhile brings a run back into the middle of its course: only what was read while its end stood is all of it.
 */
export async function endInstants(
  storage: RunReader,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (runIds.length === 0) return new Map();
  const heads = await storage.heads(runIds.map((runId) => ({ runId, records: 0 })));
  return new Map(
    runIds.flatMap((runId, i) => {
      const endedAt = heads[i]?.summary.endedAt;
      return endedAt === undefined ? [] : [[runId, endedAt] as const];
    }),
  );
}
