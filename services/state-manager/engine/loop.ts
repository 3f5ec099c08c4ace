import type { Log } from '../log.ts';

/** Does something again and again, never twice at once, until it is stopped. */
export class Loop {
  readonly #name: string;
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
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

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#once();
    }, this.#intervalMs);
  }

  async #once(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      // A loop outlives what goes wrong in one round: Redis may be away for a moment.
      this.#log.warn({ event: 'loop_failed', loop: this.#name, error: (error as Error).message });
    }
    this.#schedule();
  }
}
