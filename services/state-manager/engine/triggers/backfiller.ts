import type { Backfill } from '../../domain/model/schedule.ts';
import { FanoutError, isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { ScheduleStorage } from '../ports/schedules.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { CronClock, Schedule } from '../ports/triggers.ts';
import { cronTriggersById } from './ids.ts';
import { slotsOf } from './schedule-slots.ts';
import { startOfSlot, startTriggered } from './start-triggered.ts';

const intervalMs = 1_000;
/** Back-fills of which one round takes a step. */
const backfillsPerRound = 20;
/** Slots of one step, at most; fewer where the namespace may have fewer starts in a second. */
const slotsPerStep = 100;
/** Time until a step that has failed is taken again, milliseconds. */
const postponedMs = 30_000;

interface Parts {
  readonly storage: { readonly schedules: ScheduleStorage };
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
  readonly quotas: Pick<Quotas, 'of'>;
  readonly clock: CronClock;
  readonly log: Log;
}

/**
 * Starts the runs of back-fills, some slots at a time: the runs first, whose ids are made of their slots, then the back-fill
 * moves on. Any state manager takes any step, also after another one; none is taken twice with effect.
 */
export function backfiller(parts: Parts): Loop {
  const { storage, log } = parts;
  return new Loop('backfiller', intervalMs, log, async () => {
    const due = await storage.schedules.dueBackfills(backfillsPerRound);
    const steps = due.map(({ schedule, backfill }) => takeStep(parts, schedule, backfill));
    const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  });
}

async function takeStep(parts: Parts, schedule: Schedule, backfill: Backfill | undefined): Promise<void> {
  // It has ended since it was found.
  if (!backfill) return;
  const { namespace, graphName } = schedule;
  const { startsPerSecond } = await parts.quotas.of(namespace);
  const done = { slots: 0, nextAt: backfill.nextAt as number | undefined };
  let leastWaitMs = 0;
  try {
    await startSlots(parts, schedule, backfill, Math.min(slotsPerStep, startsPerSecond), done);
  } catch (error) {
    if (isPassing(error)) throw error;
    // What is wrong with one keeps no other: it is tried again, until a user stops it. A namespace that has all the runs
    // that it may have is nothing wrong.
    leastWaitMs = isQuota(error) ? intervalMs : postponedMs;
    if (!isQuota(error))
      parts.log.warn({ event: 'backfill_postponed', namespace, graphName, delayMs: leastWaitMs, error });
  }
  const { slots, nextAt } = done;
  const after =
    nextAt === undefined ? undefined : { ...backfill, nextAt, doneSlots: backfill.doneSlots + slots };
  const move = { before: backfill, after, starts: slots, startsPerSecond, leastWaitMs };
  const isMoved = await parts.storage.schedules.moveBackfill(schedule, move);
  if (isMoved && !after)
    parts.log.info({ event: 'backfill_ended', namespace, graphName, count: backfill.slots });
}

/** Starts the next slots, in their order. @param done tells how far that got, also where it throws */
async function startSlots(
  { runs, starter, clock, log }: Parts,
  schedule: Schedule,
  { nextAt, toAt }: Backfill,
  atMost: number,
  done: { slots: number; nextAt: number | undefined },
): Promise<void> {
  const newest = await runs.newest(schedule.namespace, schedule.graphName);
  const trigger = newest && cronTriggersById(newest.graph.triggers).get(schedule.trigger);
  // Deleted, or replaced, in this moment: that has ended the back-fill as well.
  if (!trigger) return;
  const { nextSlot } = slotsOf(clock, schedule, trigger);
  let slotAt = nextSlot(nextAt - 1);
  for (; slotAt !== undefined && slotAt < toAt && done.slots < atMost; slotAt = nextSlot(slotAt)) {
    const found = { trigger, graphVersion: newest.version };
    await startTriggered({ runs, starter, log }, startOfSlot(schedule, slotAt, found));
    done.slots += 1;
    done.nextAt = slotAt + 1;
  }
  if (slotAt === undefined || slotAt >= toAt) done.nextAt = undefined;
}

function isQuota(error: unknown): boolean {
  return error instanceof FanoutError && error.reason === 'QUOTA_EXCEEDED';
}
