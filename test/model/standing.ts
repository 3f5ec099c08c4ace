/** The branches of a scope once every state that it covers has come to its end, in the model or as observed. */
import type { Branch } from './judge.ts';
import type { ModelGraph } from './model-graph.ts';
import { pathText } from './path.ts';
import { isCut, type ModelState, type Scope } from './scope.ts';
import type { Topology } from './topology.ts';

export interface Standing {
  readonly scope: Scope;
  readonly branches: readonly Branch[];
  readonly cut: readonly ModelState[];
  /** Failures by branch. */
  readonly failures: readonly (readonly FailureText[])[];
}

export interface FailureText {
  readonly identifier: string;
  readonly path: string;
  readonly code: string;
}

export function standingOf(scope: Scope, graph: ModelGraph, topology: Topology): Standing {
  const isAnswered = (state: ModelState): boolean =>
    [...state.branches.keys()].some((inner) => inner !== scope && topology.covers(scope.unite, inner.unite));
  const members = Array.from({ length: scope.total }, (): ModelState[] => []);
  for (const state of scope.members) members[state.branches.get(scope)!]!.push(state);
  const cut: ModelState[] = [];
  const allFailures: FailureText[][] = [];
  const branches = members.map((states, branch): Branch => {
    const own = states.filter(
      (state) =>
        state !== scope.united && isCut(state) && !state.isCancelled && !state.cutBy && !state.isOptional,
    );
    cut.push(...own);
    const failures = states
      .filter(
        (state) =>
          ((state.status === 'ERRORED' || state.isCancelled) && !isAnswered(state)) || state === scope.united,
      )
      .map(({ node, path, code }) => ({ identifier: graph[node]!.identifier, path: pathText(path), code }));
    const mayBeLate =
      own.length === 0 &&
      topology.canCloseEarly(scope.unite) &&
      states.some((state) => state !== scope.united && topology.isSpared(scope.unite, state.node));
    allFailures.push(failures);
    const hasFailure = failures.length > 0;
    const finished = hasFailure ? 'failed' : scope.delivered.has(branch) ? 'succeeded' : 'pruned';
    const end = own.length > 0 ? 'cut' : finished;
    return { end, hasFailure, mayBeLate };
  });
  return { scope, branches, cut, failures: allFailures };
}

export function branchesThat(branches: readonly Branch[], end: Branch['end']): Set<number> {
  return new Set(branches.flatMap((branch, index) => (branch.end === end ? [index] : [])));
}

export function countsOf(branches: readonly Branch[]) {
  const count = (end: Branch['end']): number => branchesThat(branches, end).size;
  return {
    total: branches.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    pruned: count('pruned'),
    unfinished: count('cut'),
    // Without retries by hand there is one generation.
    left_out: 0,
  };
}
