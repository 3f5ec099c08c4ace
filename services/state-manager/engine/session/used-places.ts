import { getOrAdd } from '../../domain/get-or-add.ts';
import type { UsedPlaces } from '../ports/meters.ts';
import type { Session } from './session.ts';

/** Places of sessions, and how many are taken, by namespace. */
export function usedPlaces(sessions: readonly Session[]): readonly UsedPlaces[] {
  const byNamespace = new Map<
    string,
    { namespace: string; sessions: number; places: number; used: number }
  >();
  for (const { namespace, capacity, inFlight } of sessions) {
    const sum = getOrAdd(byNamespace, namespace, () => ({ namespace, sessions: 0, places: 0, used: 0 }));
    sum.sessions++;
    sum.places += capacity.total;
    sum.used += inFlight;
  }
  return [...byNamespace.values()];
}
