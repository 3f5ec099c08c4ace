import type { Log } from './log.ts';

/** Pause before failed work is tried again, at most, milliseconds. */
const maxPauseMs = 1_000;

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
  #running: Promise<void> | undefined;
  #isRunning = false;
  #isHastened = false;
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
    this.#schedule();
  }

  /** Has the next round now, or right after the one that is under way. */
  hasten(): void {
    if (this.#isStopped) return;
    if (this.#isRunning) {
      this.#isHastened = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#once();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(
      () => {
        this.#running = this.#once();
      },
      this.#isHastened ? 0 : this.#pauseMs(),
    );
    this.#isHastened = false;
  }

  async #once(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#work();
      this.#succeeded();
    } catch (error) {
      this.#failed(error as Error);
    }
    this.#isRunning = false;
    this.#schedule();
  }

  #pauseMs(): number {
    if (this.#failures === 0) return this.#intervalMs;
    return Math.max(this.#intervalMs, Math.min(maxPauseMs, this.#intervalMs * 2 ** this.#failures));
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
