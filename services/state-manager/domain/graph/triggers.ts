import type { JsonObject } from '../json/json.ts';
import type { CatchUp, Overlap } from '../model/schedule.ts';

/** A trigger that starts runs of a graph without a call. */
export type GraphTrigger = CronTrigger | EndTrigger;

/** Starts a run at each slot: each instant that the cron expression names. */
export interface CronTrigger {
  readonly kind: 'cron';
  /** Name of the schedule, unique in the graph; undefined: it goes by expression and time zone. */
  readonly name?: string;
  /** Five or six fields, one space between them, in capitals. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Longest time between a slot and the start of its run, milliseconds; undefined: none. */
  readonly jitterMs?: number;
  readonly inputs: JsonObject;
  /** Values that it gives to the store, canonical JSON by key; undefined: none. */
  readonly store?: ReadonlyMap<string, string>;
  readonly priority: number;
}

/** Starts a run when one of another graph ends. */
export interface EndTrigger {
  readonly kind: 'after';
  readonly graph: string;
  readonly on: readonly EndStatus[];
  readonly inputs: JsonObject;
  /** Values that it gives to the store, canonical JSON by key; undefined: none. */
  readonly store?: ReadonlyMap<string, string>;
  readonly priority: number;
}

/** The part of a trigger that says when it starts a run. */
export type TriggerSource =
  | Pick<CronTrigger, 'kind' | 'name' | 'cron' | 'timeZone' | 'jitterMs'>
  | Pick<EndTrigger, 'kind' | 'graph'>;

/** The source of a trigger, as plain data: its inputs may hold exact numbers. */
export function sourceOf(trigger: GraphTrigger): TriggerSource {
  if (trigger.kind === 'after') return { kind: 'after', graph: trigger.graph };
  const { kind, name, cron, timeZone, jitterMs } = trigger;
  return {
    ...{ kind, cron, timeZone },
    ...(name !== undefined && { name }),
    ...(jitterMs !== undefined && { jitterMs }),
  };
}

export type EndStatus = 'SUCCESS' | 'FAILED' | 'CANCELLED';

export const overlaps: readonly Overlap[] = ['ALLOW', 'SKIP', 'CANCEL_RUNNING'];
export const catchUps: readonly CatchUp[] = ['NONE', 'LAST', 'ALL'];
export const endStatuses: readonly EndStatus[] = ['SUCCESS', 'FAILED', 'CANCELLED'];

/** `ALL` stands for at most so many slots, the newest. */
export const maxCaughtUp = 100;
/** A slot that is recorded later than this was missed, milliseconds. */
export const lateAfterMs = 60_000;
/**
 * Runs in a chain, each started by the end of the one before, at most: graphs that trigger each other in a circle come
 * to rest.
 */
export const maxChain = 32;

/** The first slot after an instant, epoch milliseconds; undefined: there is none. */
export type NextSlot = (afterAt: number) => number | undefined;

/**
 * The slots that get a run, of those that have come, in their order.
 * @param firstAt the first slot that is not recorded
 * @param now epoch milliseconds
 */
export function slotsToStart(
  catchUp: CatchUp,
  { nextSlot, startOf }: SlotTimes,
  firstAt: number,
  now: number,
): number[] {
  if (firstAt > now) return [];
  // Starts keep the order of their slots: at most the last one has not come.
  const last = lastSlot(nextSlot, firstAt, now);
  const until = last > firstAt && startOf(last) > now ? lastSlot(nextSlot, firstAt, last - 1) : last;
  const slots = newestSlots(nextSlot, firstAt, until, catchUp === 'ALL' ? maxCaughtUp : 1);
  return catchUp === 'NONE' ? slots.filter((slotAt) => now - startOf(slotAt) <= lateAfterMs) : slots;
}

/** Slots of a schedule, and the instants at which their runs start. */
interface SlotTimes {
  readonly nextSlot: NextSlot;
  readonly startOf: (slotAt: number) => number;
}

/** The newest slots from `firstAt`, itself one, up to `now`: looking for them does not take longer for long ago. */
function newestSlots(next: NextSlot, firstAt: number, now: number, atMost: number): number[] {
  const slots: number[] = [];
  for (let at: number | undefined = firstAt; at !== undefined && at <= now; at = next(at)) {
    slots.push(at);
    if (slots.length > atMost) return fromTheEnd(next, firstAt, now, atMost);
  }
  return slots;
}

function fromTheEnd(next: NextSlot, firstAt: number, now: number, atMost: number): number[] {
  const slots: number[] = [];
  for (let end = now; slots.length < atMost && end >= firstAt; ) {
    const last = lastSlot(next, firstAt, end);
    slots.unshift(last);
    end = last - 1;
  }
  return slots;
}

/** The last slot up to `end`, found by halving: `firstAt` is one. */
export function lastSlot(next: NextSlot, firstAt: number, end: number): number {
  let found = firstAt;
  let beyond = end;
  while (found < beyond) {
    const middle = Math.floor((found + beyond) / 2);
    const slot = next(middle);
    if (slot === undefined || slot > end) beyond = middle;
    else found = slot;
  }
  return found;
}
