import { lastSlot, type NextSlot } from './triggers.ts';

/** Slots of a schedule, and the instants at which their runs start: all epoch milliseconds. */
export interface JitteredSlots {
  /** The first slot after an instant; undefined: there is none. */
  readonly nextSlot: NextSlot;
  /** The first start after an instant; undefined: there is none. */
  readonly nextStart: NextSlot;
  /** The start of a slot's run: not before the slot, and before the next one. */
  readonly startOf: (slotAt: number) => number;
  /** The slot whose run starts at an instant. */
  readonly slotOf: (startAt: number) => number;
}

/**
 * Lets the run of each slot start some time behind it, but before the next slot, so that slots keep their order.
 * @param jitterMs the longest such time, milliseconds; 0: none
 * @param fractionOf the part of it that a slot waits, from 0 on and below 1: the same whoever asks
 */
export function jitteredSlots(
  nextSlot: NextSlot,
  jitterMs: number,
  fractionOf: (slotAt: number) => number,
): JitteredSlots {
  const same = (at: number) => at;
  if (jitterMs === 0) return { nextSlot, nextStart: nextSlot, startOf: same, slotOf: same };

  const startOf = (slotAt: number) => {
    const room = (nextSlot(slotAt) ?? Number.POSITIVE_INFINITY) - slotAt;
    return slotAt + Math.floor(fractionOf(slotAt) * Math.min(jitterMs, room));
  };
  /** The last slot up to an instant that may start behind it; undefined: all have started. */
  const slotBefore = (at: number) => {
    const first = nextSlot(at - jitterMs - 1);
    return first === undefined || first > at ? undefined : lastSlot(nextSlot, first, at);
  };
  const nextStart = (afterAt: number) => {
    const before = slotBefore(afterAt);
    if (before !== undefined && startOf(before) > afterAt) return startOf(before);
    const slotAt = nextSlot(afterAt);
    return slotAt === undefined ? undefined : startOf(slotAt);
  };
  return { nextSlot, nextStart, startOf, slotOf: (startAt) => slotBefore(startAt) ?? startAt };
}
