/** Fan-outs whose children are created step by step. */
import type { Failure } from '../../domain/model/state.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { StandingMark } from './control.ts';
import type { LoadedRun } from './loaded-run.ts';

/** Children that a cancelled fan-out still lacks: created CANCELLED, or not at all. */
export type ExpandCut = { readonly onlyBelow: StandingMark } & (
  | { readonly kind: 'cancel'; readonly failure: Failure }
  | { readonly kind: 'drop' }
);

export type ExpandResult =
  | {
      readonly kind: 'more' | 'done';
      readonly expanded: number;
      readonly longestReady: number;
      readonly isCancelling: boolean;
    }
  | { readonly kind: 'gone' };

/** Creates the children of fan-outs. */
export interface ExpandStorage {
  /** Fan-outs that no state manager has moved for a while. */
  expanding(shard: number, idleMs: number, atMost: number): Promise<{ runId: string; state: number }[]>;
  /** Creates children of a fan-out. */
  expand(
    run: LoadedRun,
    state: number,
    plan: Plan,
    options: { readonly atMost: number; readonly cut?: ExpandCut },
  ): Promise<ExpandResult>;
}
