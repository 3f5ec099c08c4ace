import { type JitteredSlots, jitteredSlots } from '../../domain/graph/jittered-slots.ts';
import type { CronTrigger } from '../../domain/graph/triggers.ts';
import type { CronClock, Schedule } from '../ports/triggers.ts';
import { derivedId } from './ids.ts';

/** The slots of a schedule; each waits for a part of the jitter that is made of its run's id. */
export function slotsOf(
  clock: CronClock,
  schedule: Schedule,
  { cron, timeZone, jitterMs = 0 }: Pick<CronTrigger, 'cron' | 'timeZone' | 'jitterMs'>,
): JitteredSlots {
  const nextSlot = (afterAt: number) => clock.next(cron, timeZone, afterAt);
  return jitteredSlots(nextSlot, jitterMs, (slotAt) => fractionOf(runIdOfSlot(schedule, slotAt)));
}

/** The run of a slot, whoever starts it: its schedule, or a back-fill. */
export function runIdOfSlot({ namespace, graphName, trigger }: Schedule, slotAt: number): string {
  return derivedId('slot', namespace, graphName, trigger, String(slotAt));
}

/** A number from 0 on and below 1, of the first 32 bits of an id. */
function fractionOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16) / 2 ** 32;
}
