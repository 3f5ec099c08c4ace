/** Branches of a unite, in cells. */

/** The branches to tell of. */
export interface BranchRange {
  /** A state of the united execution, or a uniting state. */
  readonly stateId: string;
  /** The place of the uniting node; undefined: the only one that unites the execution. */
  readonly identifier?: string | undefined;
  /** Index of the first branch, 0 if absent. */
  readonly from?: number | undefined;
  /** Index behind the last branch; undefined: up to the last one. */
  readonly to?: number | undefined;
  /** Number of cells, at most: 1 to 1,000, 100 if absent. */
  readonly cells?: number | undefined;
}

/** Branches that follow each other, by how they ended. */
export interface BranchCell {
  /** Index of the first of them. */
  readonly from: number;
  /** The number of them: the sum of the numbers below. */
  readonly branches: number;
  /** Finished, delivered, without a failure. */
  readonly succeeded: number;
  /** Finished with a failure. */
  readonly failed: number;
  /** Finished without a failure, and delivered nothing. */
  readonly pruned: number;
  /** Not finished, or left out when the unite closed early. */
  readonly unfinished: number;
  /** The worst that is among them. */
  readonly worst: 'SUCCEEDED' | 'PRUNED' | 'UNFINISHED' | 'FAILED';
}

/** A picture of the branches of one execution. */
export interface BranchSummary {
  /** Cells by index, each with as many branches as the others, or one more. */
  readonly cells: readonly BranchCell[];
  /** The number of branches that are known: as long as the execution goes on it may grow. */
  readonly total: number;
  /** The place of the uniting node. */
  readonly unitingIdentifier: string;
  /** Some of those that are told as unfinished may have succeeded: too many states would have to be read to find out. */
  readonly isIncomplete: boolean;
}
