import type { Log } from '../log.ts';

/** Does something again and again, never twice at once, until it is stopped. */
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
      this.#isHastened ? 0 : this.#intervalMs,
    );
    this.#isHastened = false;
  }

  async #once(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#work();
    } catch (error) {
      // A loop outlives what goes wrong in one round: Redis may be away for a moment.
      this.#log.warn({ event: 'loop_failed', loop: this.#name, error: (error as Error).message });
    }
    this.#isRunning = false;
    this.#schedule();
  }
}
