import type { Redis } from 'ioredis';
import type { OutputAddress } from '../../engine/ports/loaded-run.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';

/** Labels that one read asks for: Redis serves others in between. */
const itemsPerRead = 500;

/** Labels of outputs: those that were staged have a hash for each fan-out. Undefined: it has none. */
export async function readLabels(
  redis: Redis,
  keys: Keys,
  runId: string,
  addresses: readonly OutputAddress[],
): Promise<(string | undefined)[]> {
  const byKey = new Map<string, { field: string; at: number }[]>();
  for (const [at, { state, output, stagedUnder }] of addresses.entries()) {
    const isStaged = stagedUnder !== undefined;
    const key = isStaged ? keys.stagedLabels(runId, state, stagedUnder) : keys.outputs(runId);
    const places = byKey.get(key) ?? [];
    byKey.set(key, places);
    places.push({ field: isStaged ? String(output) : `l${state}.${output}`, at });
  }
  const reads = [...byKey].flatMap(([key, places]) =>
    Array.from({ length: Math.ceil(places.length / itemsPerRead) }, (_, i) => ({
      key,
      places: places.slice(i * itemsPerRead, (i + 1) * itemsPerRead),
    })),
  );
  const rows = await runCommands(
    redis,
    reads.map(({ key, places }) => ['hmget', key, ...places.map(({ field }) => field)]),
  );
  const labels = new Array<string | undefined>(addresses.length);
  for (const [i, { places }] of reads.entries())
    for (const [column, { at }] of places.entries())
      labels[at] = (rows[i] as (string | null)[])[column] ?? undefined;
  return labels;
}
