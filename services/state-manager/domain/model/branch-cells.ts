/** The end of a branch. A branch that was left out is UNFINISHED. */
export type BranchStatus = 'SUCCEEDED' | 'PRUNED' | 'UNFINISHED' | 'FAILED';

/** Branches of a scope that follow each other, by how they ended. */
export interface BranchCell {
  /** Index of the first of them. */
  readonly from: number;
  /** The number of them. */
  readonly branches: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly pruned: number;
  readonly unfinished: number;
  /** The worst that is among them. */
  readonly worst: BranchStatus;
}

export interface BranchQuestion {
  readonly runId: string;
  /** A state of the united execution, or a uniting state. */
  readonly stateId: string;
  /** The uniting node; undefined: the only one. */
  readonly identifier?: string;
  readonly from: number;
  /** Index behind the last branch; undefined: that of the last there is. */
  readonly to?: number;
  /** The number of cells, at most. */
  readonly cells: number;
}

export interface BranchSummary {
  readonly cells: readonly BranchCell[];
  /** The number of branches that the scope has so far. */
  readonly total: number;
  readonly unitingIdentifier: string;
  /** Some of those that are told as unfinished may have succeeded. */
  readonly isIncomplete: boolean;
}

/** Bounds of the cells that branches are cut into, none of them empty: the first index of each, and the one behind the last. */
export function cellBounds(from: number, to: number, cells: number): number[] {
  const branches = Math.max(0, to - from);
  const number = Math.min(cells, branches);
  return Array.from({ length: number + 1 }, (_, i) =>
    number === 0 ? from : from + Math.floor((i * branches) / number),
  );
}

/** A cell, by what is known of its branches. */
export function cellOf(
  from: number,
  branches: number,
  { failed, pruned, unfinished }: Pick<BranchCell, 'failed' | 'pruned' | 'unfinished'>,
): BranchCell {
  const succeeded = branches - failed - pruned - unfinished;
  const worst = failed > 0 ? 'FAILED' : unfinished > 0 ? 'UNFINISHED' : pruned > 0 ? 'PRUNED' : 'SUCCEEDED';
  return { from, branches, succeeded, failed, pruned, unfinished, worst };
}
