import type { LoadedRun, OutputAddress } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';

/**
 * The labels of states: each that of the first of its outputs which has one. What they share is read once.
 * @param outputs of each state its own, then those that it grew from, the nearest first
 */
export async function labelsOf(
  storage: RunReader,
  run: LoadedRun,
  outputs: readonly (readonly OutputAddress[])[],
): Promise<(string | undefined)[]> {
  const known = new Map<string, OutputAddress>();
  for (const address of outputs.flat()) known.set(nameOf(address), address);
  const read = await storage.labels(run.runId, [...known.values()]);
  const labels = new Map([...known.keys()].map((name, i) => [name, read[i]]));
  return outputs.map((addresses) => {
    for (const address of addresses) {
      const label = labels.get(nameOf(address));
      if (label !== undefined) return label;
    }
    return undefined;
  });
}

function nameOf({ state, output }: OutputAddress): string {
  return `${state}.${output}`;
}
