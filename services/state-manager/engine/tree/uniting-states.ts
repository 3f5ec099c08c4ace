import { unitesAt } from '../../domain/graph/graph.ts';
import type { UnitePolicy } from '../../domain/graph/unite-policy.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { ReadRun } from '../ports/run-reader.ts';

/** A state that unites an execution. */
interface UnitingState {
  readonly state: number;
  /** 1 for the first that its scope created, 2 for the next window or generation … */
  readonly instance: number;
}

/** The scope that a uniting state has united. */
export function scopeUnitedBy({ standing }: StateRecord): ScopeAddress {
  return { unite: standing.node, execution: standing.parent };
}

/** True unless a window follows on the one of a uniting state. */
export function isLastOf(
  { status, instances }: ScopeRecord,
  { instance = 1 }: StateRecord,
  { window }: UnitePolicy,
): boolean {
  return window === undefined || (status === 'FIRED' && instance === instances);
}

/** The uniting states of a scope's present generation: none, one, or one for each window, in order. */
export async function unitingStates({ storage, run }: ReadRun, scope: ScopeRecord): Promise<UnitingState[]> {
  const { unite, result, instances, since } = scope;
  const newest = result === undefined ? [] : [{ state: result, instance: instances }];
  if (unitesAt(run.graph, unite).policy.window === undefined) return newest;
  const numbers = Array.from({ length: instances - since + 1 }, (_, i) => since + i);
  const windows = await storage.windows(run.runId, scope, numbers);
  const states = numbers.flatMap((instance, i) =>
    windows[i] ? [{ state: windows[i].state, instance }] : [],
  );
  // A scope that gave up, or was cancelled, has created its last uniting state for no window.
  return states.at(-1)?.state === result ? states : [...states, ...newest];
}
