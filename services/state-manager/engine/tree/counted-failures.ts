import { unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { CountedFailure, RunReader } from '../ports/run-reader.ts';

/** The part of the failures of a scope to read. */
export interface FailureRange {
  /** The failure behind which they begin; undefined: with the first one. */
  readonly after?: CountedFailure | undefined;
  /** Failures that one read asks for. */
  readonly perRead: number;
}

/** Finds the failures that a scope has counted, by branch, in pages, some of which may be empty. */
export async function* countedFailures(
  storage: RunReader,
  run: LoadedRun,
  scope: ScopeAddress,
  { after, perRead }: FailureRange,
): AsyncGenerator<CountedFailure[]> {
  const keeps = keepsSuccesses(unitesAt(run.graph, scope.unite).policy);
  for (let last = after; ; ) {
    const found = await storage.countedFailures(run.runId, scope, { after: last, atMost: perRead });
    const branches = found.map(({ branch }) => branch);
    const ends = await storage.branchEnds(run.runId, scope, branches, keeps);
    // What failed after the scope had closed belongs to a branch that was left out.
    yield found.filter((_, i) => ends[i] === 'FAILED');
    if (found.length < perRead) return;
    last = found.at(-1);
  }
}
