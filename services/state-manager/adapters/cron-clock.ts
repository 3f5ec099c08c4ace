import { Cron } from 'croner';
import { LRUCache } from 'lru-cache';
import type { CronClock } from '../engine/ports/triggers.ts';

/** Parsed expressions that are kept. */
const maxKept = 1_000;

/**
 * Slots of cron expressions, found by croner. Where clocks are set, it does as cron does: an expression that names
 * hours means times of day (one that comes twice counts once, one that is skipped counts when it is); one that names
 * every hour, or every other one, means hours that pass.
 */
export class CronerClock implements CronClock {
  readonly #crons = new LRUCache<string, Cron>({ max: maxKept });

  next(cron: string, timeZone: string, afterAt: number): number | undefined {
    return this.#pattern(cron, timeZone).nextRun(new Date(afterAt))?.getTime();
  }

  #pattern(cron: string, timezone: string): Cron {
    const name = `${timezone} ${cron}`;
    const kept = this.#crons.get(name);
    if (kept !== undefined) return kept;
    const pattern = new Cron(cron, { paused: true, timezone });
    this.#crons.set(name, pattern);
    return pattern;
  }
}
