import type { Log } from './log.ts';

/** Pause before failed work is tried again, at most, and at least if rounds come on demand, milliseconds. */
const maxPauseMs = 1_000;
const minPauseMs = 50;

/** The grid on which rounds come that wait for as long as this, milliseconds: to wake is most of what idling costs. */
const gridMs = 250;
const longMs = 400;

/** An interval that never passes: a round comes when it is hastened, or the last one has failed. */
export const onDemand = Number.POSITIVE_INFINITY;

/**
 * Does something again and again, never twice at once, until it is stopped. A library for retries would bring policies
 * and no loop; the pause after a failure is one line.
 */
export class Loop {
  readonly #name: string;
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  /** Instant of the next round, as `performance.now()` tells it. */
  #nextAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isRunning = false;
  #isHastened = false;
  #isNudged = false;
  #isStopped = true;
  /** Failures in a row, and the message that was logged of them. */
  #failures = 0;
  #logged = '';

  constructor(name: string, intervalMs: number, log: Log, work: () => Promise<void>) {
    this.#name = name;
    this.#intervalMs = intervalMs;
    this.#log = log;
    this.#work = work;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#scheduleIn(onGrid(this.#intervalMs));
  }

  /** Has the next round now, or right after the one that is under way. */
  hasten(): void {
    if (this.#isStopped) return;
    if (this.#isRunning) {
      this.#isHastened = true;
      return;
    }
    this.#begin();
  }

  /** Has the next round now, as `hasten` does, unless the last one has failed: then it comes when its pause is over. */
  nudge(): void {
    if (this.#failures > 0) return;
    if (this.#isRunning) this.#isNudged = true;
    else this.hasten();
  }

  /** Has the next round in so many milliseconds, or before. */
  within(ms: number): void {
    const now = performance.now();
    const at = ms < longMs ? now + ms : Math.floor((now + ms) / gridMs) * gridMs;
    if (this.#isStopped || at >= this.#nextAt) return;
    if (this.#isRunning) this.#nextAt = at;
    else this.#scheduleIn(at - now);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #scheduleIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#nextAt = performance.now() + ms;
    if (ms !== onDemand) this.#timer = setTimeout(() => this.#begin(), ms);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#running = this.#once();
  }

  async #once(): Promise<void> {
    this.#isRunning = true;
    this.#nextAt = Number.POSITIVE_INFINITY;
    let pauseMs = this.#intervalMs;
    try {
      await this.#work();
      this.#succeeded();
    } catch (error) {
      this.#failed(error as Error);
      pauseMs = this.#pauseMs();
    }
    this.#isRunning = false;
    if (this.#isStopped) return;
    const isWanted = this.#isHastened || (this.#isNudged && this.#failures === 0);
    const wantedMs = isWanted ? 0 : this.#nextAt - performance.now();
    this.#isHastened = false;
    this.#isNudged = false;
    this.#scheduleIn(Math.max(0, Math.min(onGrid(pauseMs), wantedMs)));
  }

  /** The pause after failures: a round that failed was wanted, however long the interval is. */
  #pauseMs(): number {
    const least = this.#intervalMs === onDemand ? minPauseMs : this.#intervalMs;
    return Math.min(maxPauseMs, least * 2 ** this.#failures);
  }

  /** A loop outlives what goes wrong in one round: Redis may be away for a moment. It says so once. */
  #failed({ message }: Error): void {
    this.#failures++;
    if (message === this.#logged) return;
    this.#logged = message;
    this.#log.warn({ event: 'loop_failed', loop: this.#name, error: message });
  }

  #succeeded(): void {
    if (this.#failures === 0) return;
    this.#log.info({ event: 'loop_recovered', loop: this.#name, count: this.#failures });
    this.#failures = 0;
    this.#logged = '';
  }
}

/** A time from now on that ends on the grid if it is long: nearly as long as it was. */
function onGrid(ms: number): number {
  if (ms === onDemand || ms < longMs) return ms;
  const now = performance.now();
  return Math.round((now + ms) / gridMs) * gridMs - now;
}
