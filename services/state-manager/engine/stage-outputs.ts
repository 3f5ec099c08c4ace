import type { Lease, RunStorage } from './ports.ts';

/** What one step stages. */
const mostOutputs = 500;
const mostBytes = 500_000;

/** Stages outputs, in pieces. Stops at the first refusal, which it returns. */
export async function stageOutputs(
  storage: RunStorage,
  lease: Lease,
  firstIndex: number,
  outputsJson: readonly string[],
): Promise<'OK' | 'STALE' | 'SETTLED'> {
  for (let from = 0; from < outputsJson.length; ) {
    let to = from;
    for (let bytes = 0; to < outputsJson.length && to - from < mostOutputs; to++) {
      bytes += outputsJson[to]!.length;
      if (bytes > mostBytes && to > from) break;
    }
    const result = await storage.stage(lease, firstIndex + from, outputsJson.slice(from, to));
    if (result !== 'OK') return result;
    from = to;
  }
  return 'OK';
}
