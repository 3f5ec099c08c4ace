import { Cron } from 'croner';
import type { CronClock } from '../engine/trigger-ports.ts';
import { WallClock } from './wall-clock.ts';

/** Clocks are set back by no more than this. */
const longestRepeatMs = 3 * 3_600_000;
const dayMs = 24 * 3_600_000;
const mostKept = 1_000;

/**
 * Slots of cron expressions. Croner finds the times of day; which instants they are is worked out here, because
 * croner itself leaves out up to an hour of slots when clocks are set back.
 */
export class CronerClock implements CronClock {
  readonly #crons = new Map<string, Cron>();
  readonly #walls = new Map<string, WallClock>();

  next(cron: string, timeZone: string, afterAt: number): number | undefined {
    const pattern = keep(this.#crons, cron, () => new Cron(cron, { paused: true, utcOffset: 0 }));
    const clock = keep(this.#walls, timeZone, () => new WallClock(timeZone));
    const nextWall = (wall: number) => pattern.nextRun(new Date(wall))?.getTime();
    const after = Math.floor(afterAt / 1_000) * 1_000;
    // Who names every hour, or every other one, means hours that pass; who names some, means times of day.
    return cron.split(' ')[1]?.startsWith('*')
      ? nextByHour(nextWall, clock, after)
      : nextByDay(nextWall, clock, after);
  }
}

type NextWall = (wall: number) => number | undefined;

/** A time that comes twice counts twice, one that is skipped does not count. */
function nextByHour(nextWall: NextWall, clock: WallClock, after: number): number | undefined {
  // Clocks that are set back before the next slot repeat times that may be slots.
  const change = clock.changeBetween(after, after + longestRepeatMs);
  const repeated =
    change === undefined
      ? undefined
      : slotFrom(nextWall, clock, clock.wallAt(change) - 1_000, change - 1_000);
  const plain = slotFrom(nextWall, clock, clock.wallAt(after), after);
  if (repeated === undefined || plain === undefined) return repeated ?? plain;
  return Math.min(repeated, plain);
}

function slotFrom(nextWall: NextWall, clock: WallClock, fromWall: number, after: number): number | undefined {
  for (let wall = nextWall(fromWall); wall !== undefined; wall = nextWall(wall)) {
    const slot = clock.instantsOf(wall).find((at) => at > after);
    if (slot !== undefined) return slot;
  }
  return undefined;
}

/** A time that comes twice counts once, at first; one that is skipped counts at the moment at which it is. */
function nextByDay(nextWall: NextWall, clock: WallClock, after: number): number | undefined {
  for (let wall = nextWall(clock.wallAt(after)); wall !== undefined; wall = nextWall(wall)) {
    const [first] = clock.instantsOf(wall);
    const slot = first ?? clock.changeBetween(wall - dayMs, wall + dayMs);
    if (slot !== undefined && slot > after) return slot;
  }
  return undefined;
}

/** What the map has, or makes and keeps; the map does not grow for ever. */
function keep<T>(map: Map<string, T>, name: string, make: () => T): T {
  const kept = map.get(name);
  if (kept !== undefined) return kept;
  if (map.size >= mostKept) map.clear();
  const made = make();
  map.set(name, made);
  return made;
}
