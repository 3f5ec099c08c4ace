/** Decisions that a policy allows, over numbers of branches. */
import type { Amount, Policy } from './model-graph.ts';

/** Numbers of branches of a scope at one moment; `doomed`: unfinished, with a failure. */
export interface Moment {
  readonly succeeded: number;
  readonly failed: number;
  readonly pruned: number;
  readonly unfinished: number;
  readonly doomed: number;
  /** No branch will be added: the united node is done. */
  readonly isSealed: boolean;
}

/**
 * Failed branches that an ALL_SUCCESS tolerates. A percentage is of all branches without pruned ones, and not known
 * before these are all there. A timeout seals.
 */
function tolerated({ toleratedFailures = 0 }: Policy, moment: Moment): number {
  return amountOf(toleratedFailures, moment, Math.floor);
}

/** Succeeded branches that a QUORUM needs. */
function needed({ minSuccess = 0 }: Policy, moment: Moment): number {
  return amountOf(minSuccess, moment, Math.ceil);
}

function amountOf(amount: Amount, moment: Moment, round: (value: number) => number): number {
  if (typeof amount === 'number') return amount;
  if (!moment.isSealed) return Infinity;
  const sealed = moment.succeeded + moment.failed + moment.unfinished;
  // Percent of branches in whole numbers first: 0.07 * 100 is not 7.
  return round((Number(amount.slice(0, -1)) * sealed) / 100);
}

/** True if the uniting node may run at this moment. */
export function mayFire(policy: Policy, seen: Moment): boolean {
  const isTimed = policy.timeoutMs !== undefined;
  const moment = { ...seen, isSealed: seen.isSealed || isTimed };
  const isDecided = (moment.isSealed && moment.unfinished === 0) || isTimed;
  switch (policy.strategy) {
    case 'ALL_DONE':
      return isDecided;
    case 'ALL_SUCCESS':
      return isDecided && moment.failed <= tolerated(policy, moment);
    case 'QUORUM':
      return moment.succeeded >= needed(policy, moment);
  }
}

/** True if the scope may be given up at this moment. */
export function mayGiveUp(policy: Policy, seen: Moment): boolean {
  const isTimed = policy.timeoutMs !== undefined;
  const moment = { ...seen, isSealed: seen.isSealed || isTimed };
  const isDecided = (moment.isSealed && moment.unfinished === 0) || isTimed;
  switch (policy.strategy) {
    case 'ALL_DONE':
      return false;
    case 'ALL_SUCCESS': {
      const most = tolerated(policy, moment);
      // An unfinished branch with a failure will have failed.
      const isHopeless = policy.failFast === true && moment.failed + moment.doomed > most;
      return isHopeless || (isDecided && moment.failed > most);
    }
    case 'QUORUM': {
      const least = needed(policy, moment);
      const hopeful = moment.unfinished - moment.doomed;
      const isHopeless = policy.failFast === true && moment.isSealed && moment.succeeded + hopeful < least;
      return isHopeless || (isDecided && moment.succeeded < least);
    }
  }
}
