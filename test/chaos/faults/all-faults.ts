/** All kinds of faults. */
import { callerFaults } from './caller-faults.ts';
import type { Fault } from './fault.ts';
import { networkFaults } from './network-faults.ts';
import { processFaults } from './process-faults.ts';
import { storageFaults } from './storage-faults.ts';

export const allFaults: readonly Fault[] = [
  ...processFaults,
  ...networkFaults,
  ...storageFaults,
  ...callerFaults,
];

/** The faults with these names. @throws Error there is none of that name */
export function faultsNamed(names: readonly string[]): Fault[] {
  return names.map((name) => {
    const found = allFaults.find((fault) => fault.name === name);
    if (!found)
      throw new Error(
        `there is no fault "${name}": there are ${allFaults.map((each) => each.name).join(', ')}`,
      );
    return found;
  });
}
