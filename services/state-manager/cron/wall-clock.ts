/** Times of day in a time zone. A wall time is what its clocks show, as if that were UTC: milliseconds, too. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  /** @param timeZone IANA name */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** @param at epoch milliseconds, of a whole second */
  wallAt(at: number): number {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(at)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  #offsetAt(at: number): number {
    return this.wallAt(at) - at;
  }

  /** When the clocks show this: the earlier first; twice if they are set back, not at all if they skip it. */
  instantsOf(wall: number): number[] {
    const offsets = new Set([this.#offsetAt(wall - dayMs), this.#offsetAt(wall + dayMs)]);
    return [...offsets]
      .map((offset) => wall - offset)
      .filter((at) => this.wallAt(at) === wall)
      .sort((left, right) => left - right);
  }

  /** The first instant after `from`, up to `to`, at which the clocks are set; undefined: they are not. */
  changeBetween(from: number, to: number): number | undefined {
    const before = this.#offsetAt(from);
    if (before === this.#offsetAt(to)) return undefined;
    let [unchanged, changed] = [from, to];
    while (changed - unchanged > 1_000) {
      const middle = Math.floor((unchanged + changed) / 2_000) * 1_000;
      if (this.#offsetAt(middle) === before) unchanged = middle;
      else changed = middle;
    }
    return changed;
  }
}

const dayMs = 24 * 3_600_000;
