/**
 * Lost leases: the process that held some states died, or fell silent for too long, and one of them may be the reason.
 *
 * What was lost once is handed out again as if nothing had happened: most processes that die were killed. What is lost
 * again becomes a *suspect*, and suspects are executed apart from all else, in groups that shrink with each loss. Only a
 * loss of the one suspect that there was counts against it. Fifty states, of which one kills each process that begins it:
 *
 *     loss  together  becomes of them
 *     1     50        all are handed out again
 *     2     50        suspects, in groups of 7
 *     3     7         six groups have succeeded; suspects of the seventh, one by one
 *     4-6   1         the first to the third loss that counts: it is ERRORED, and the six others succeed
 */
import type { Graph } from '../graph/graph.ts';
import { sessionOf } from '../run/lease-token.ts';
import type { StateRecord, Suspicion } from '../run/state-record.ts';
import { planErrored } from './automatic-retry.ts';
import type { Plan } from './plan.ts';

/** Losses, while it was the only suspect, that a state survives no more. */
const maxLosses = 3;
/** A group of suspects that is lost comes back in so many smaller ones. */
const groupsOfOne = 8;

/** Time for which nothing joins a new suspect, milliseconds; twice as long with each loss more. */
const firstWatchMs = 500;
/** The longest such time: what takes longer than a day is no experiment any more. */
const maxWatchMs = 86_400_000;

/** A lost lease, and what is known of its end. */
export interface LostLease {
  /** Nothing else that was lost with it can have been the reason. */
  readonly isOnlySuspect: boolean;
  /** The number of states that were lost together, over all runs, itself included. */
  readonly held: number;
  /** Name of the runtime that held it, for people; empty: not known. */
  readonly runtimeName: string;
}

const lostAlone: LostLease = { isOnlySuspect: true, held: 1, runtimeName: '' };

/**
 * The runtime that held the state is gone: the same state again, until it is found to be the reason.
 * @param random uniform in [0, 1): suspects that meet again and again, in sessions of one process that other state
 * managers serve, come apart by chance
 */
export function planLost(graph: Graph, record: StateRecord, lost: LostLease = lostAlone, random = 0): Plan {
  const { attempt, retries } = record;
  const losses = record.losses + (lost.isOnlySuspect ? 1 : 0);
  if (losses >= maxLosses) {
    const failure = { code: 'LEASE_LOST', message: describeLosses(record, losses, lost) };
    return planErrored(graph, record, failure, false, 0);
  }
  const suspicion = suspicionAfter(record, lost);
  const attempts = { attempt: attempt + 1, losses, retries, ...(suspicion && { suspicion }) };
  const metOthers = record.suspicion?.group === 1 && !lost.isOnlySuspect;
  const delayMs = metOthers && suspicion ? Math.round(2 * random * watchMs({ ...record, suspicion })) : 0;
  return { step: { kind: 'lose', attempts, ...(delayMs > 0 && { delayMs }) }, tokens: [] };
}

/** The suspicion of a state after a loss; undefined: there is none yet. */
function suspicionAfter(
  { attempt, retries, suspicion }: StateRecord,
  { isOnlySuspect, held }: LostLease,
): Suspicion | undefined {
  const losses = (suspicion?.losses ?? 0) + 1;
  if (isOnlySuspect) return suspicion && { ...suspicion, losses };
  // Its first attempt may be one that a user has retried: then it counts as lost before, which costs it a little time.
  const isFirst = attempt - 1 - retries === 0;
  if (isFirst) return undefined;
  const together = Math.min(held, suspicion?.group ?? held);
  return { group: Math.max(1, Math.ceil(together / groupsOfOne)), losses };
}

function describeLosses(
  { leaseToken }: StateRecord,
  losses: number,
  { held, runtimeName }: LostLease,
): string {
  const company =
    held === 1
      ? 'with nothing else to execute'
      : `beside ${held - 1} others that it had executed for longer without harm`;
  return (
    `the lease was lost ${losses} times while this state was the only suspect: the runtime that executes it dies or ` +
    `stops answering. The last one was ${runtimeName || 'unknown'} (session ${sessionOf(leaseToken)}), ${company}. ` +
    'Look into its log and its exit code, mend the node or the input, and retry the state'
  );
}

/**
 * Time for which a state is watched after it was leased, milliseconds: what has been executed for that long without
 * harm is taken to be harmless, and others may join it.
 */
export function watchMs({ suspicion }: StateRecord): number {
  return Math.min(maxWatchMs, firstWatchMs * 2 ** ((suspicion?.losses ?? 1) - 1));
}

/** A state that was lost with its process. */
export interface LostState {
  readonly stateId: string;
  /** Record that it has under the lease: its `changedAt` is the instant at which it was leased. */
  readonly record: StateRecord;
}

/**
 * Finds the state that alone can be the reason why a process is gone: the only one that it held, or a suspect that was
 * still watched while all others had been watched before it came.
 * @param goneAt an instant at which the process was gone, epoch milliseconds
 */
export function onlySuspectOf(lost: readonly LostState[], goneAt: number): string | undefined {
  if (lost.length <= 1) return lost[0]?.stateId;
  const last = lost.reduce((latest, one) => (one.record.changedAt > latest.record.changedAt ? one : latest));
  const { suspicion, changedAt } = last.record;
  if (!suspicion || goneAt > changedAt + watchMs(last.record)) return undefined;
  const isApart = lost.every(
    (one) => one === last || one.record.changedAt + watchMs(one.record) <= changedAt,
  );
  return isApart ? last.stateId : undefined;
}

/** The state was leased, but never reached a runtime. */
export const planReturned: Plan = { step: { kind: 'return' }, tokens: [] };

/** The state was leased, but may not be sent before some milliseconds have passed. */
export function planHeldBack(record: StateRecord, delayMs: number): Plan {
  const { attempt, losses, retries, suspicion } = record;
  const attempts = { attempt, losses, retries, ...(suspicion && { suspicion }) };
  return { step: { kind: 'requeue', delayMs, attempts }, tokens: [] };
}
