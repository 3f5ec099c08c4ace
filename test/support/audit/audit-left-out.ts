/** Looks for branches that lack something which a closing had cancelled, though they count. */
import type { ScopeBranch } from '../../../services/state-manager/domain/run/scope-record.ts';
import type { Ancestry } from './ancestry.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** Finds states that a closing had cancelled, though no branch that they stand in is left out, or waits to be taken back. */
export function leftOutViolations(snapshot: RunSnapshot, ancestry: Ancestry): string[] {
  if (snapshot.fields.has('ending')) return [];
  return [...snapshot.states].flatMap(([state, { status, isUncounted }]) => {
    if (status !== 'CANCELLED' || !isUncounted || ancestry.isSuperseded(state)) return [];
    if (ancestry.heldBy(state).some((branch) => isLeftOut(snapshot, branch))) return [];
    return [`state ${state} was cancelled by a closing, and every branch that it stands in counts`];
  });
}

/** True if its scope does not count it, or waits until all is back. */
function isLeftOut({ scopes, branches }: RunSnapshot, { unite, execution, branch }: ScopeBranch): boolean {
  const id = `${unite}.${execution}`;
  const scope = scopes.get(id);
  if (!scope) return false;
  const { tokens, flags: atStart } = scope;
  const { held, flags, generation } = branches.get(`${id}.${branch}`) ?? {
    ...{ held: tokens, flags: atStart, generation: 1 },
  };
  const isOfNow = scope.status === 'OPEN' && generation === scope.generation;
  return scope.heldBy !== undefined || generation === 0 || flags >= 4 || (held > 0 && !isOfNow);
}
