/** States and scopes of a model run. */
import type { ModelOutput } from './behaviour.ts';
import type { Path } from './path.ts';

/** `ABSENT`: a scope closed before it was created. */
type ModelStatus = 'UNFINISHED' | 'SUCCESS' | 'ERRORED' | 'PRUNED' | 'CANCELLED' | 'ABSENT';

export interface ModelState {
  readonly node: number;
  readonly path: Path;
  /** The output of each ancestor that it descends from. */
  readonly values: ReadonlyMap<number, string>;
  /** The branch that it belongs to, by scope. */
  readonly branches: Map<Scope, number>;
  /** Undefined: a uniting state that was never handed out, so that its inputs were not seen. */
  readonly inputs: Readonly<Record<string, unknown>> | undefined;
  /** True if what would have created it may have been cancelled before it did. */
  readonly isOptional: boolean;
  status: ModelStatus;
  outputs: readonly ModelOutput[];
  code: string;
  /** An attempt before this one failed. */
  isRetry: boolean;
  /** A user cancelled it; or, of a uniting state, something that it waited for. */
  isCancelled: boolean;
  /** The scope that closed while it was unfinished. */
  cutBy: Scope | undefined;
}

/** One execution of a united node, awaited by one uniting node. */
export class Scope {
  readonly unite: number;
  readonly united: ModelState;
  /** The number of its branches. An open fan-out that failed has one more than outputs. */
  readonly total: number;
  /** Branches with an edge into the uniting node. */
  readonly delivered = new Set<number>();
  /** The states that it covers, and of an open fan-out that failed the united one. */
  readonly members: ModelState[] = [];
  /** Undefined: not decided, as a scope around it closed before. */
  hasFired: boolean | undefined;
  closedEarly = false;

  constructor(unite: number, united: ModelState, total: number) {
    this.unite = unite;
    this.united = united;
    this.total = total;
  }
}

export function isCut({ status }: ModelState): boolean {
  return status === 'CANCELLED' || status === 'ABSENT';
}
