/** All kinds of faults. */
import type { RedisKind } from '../chaos-redis.ts';
import { callerFaults } from './caller-faults.ts';
import type { Fault } from './fault.ts';
import { networkFaults } from './network-faults.ts';
import { processFaults } from './process-faults.ts';
import { replicationFaults } from './replication-faults.ts';
import { storageFaults } from './storage-faults.ts';

export const allFaults: readonly Fault[] = [
  ...processFaults,
  ...networkFaults,
  ...storageFaults,
  ...replicationFaults,
  ...callerFaults,
];

/** Faults that can be made on a kind of Redis. */
export function faultsOn(kind: RedisKind): Fault[] {
  return allFaults.filter(({ on }) => on?.includes(kind) ?? true);
}

/** The faults with these names. @throws Error there is none of that name on this kind of Redis */
export function faultsNamed(names: readonly string[], kind: RedisKind): Fault[] {
  const all = faultsOn(kind);
  return names.map((name) => {
    const found = all.find((fault) => fault.name === name);
    if (!found)
      throw new Error(
        `there is no fault "${name}" where Redis is ${kind}: there are ${all.map((each) => each.name).join(', ')}`,
      );
    return found;
  });
}
