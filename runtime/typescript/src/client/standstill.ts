import { type RuntimeLog, unfailing } from '../nodes/log.ts';
import type { Wait } from './types/waits.ts';

/** Time for which a run is awaited before it is looked at, and between looks, milliseconds. */
const patienceMs = 1_000;
/** Looks at one run are that much further apart each time, up to a minute. */
const [slowdown, maxPauseMs] = [10, 60_000];
/** Reasons that are remembered as told. */
const maxTold = 1_000;

interface Awaited {
  readonly runId: string;
  /** Time of the next look, by `performance.now()`. */
  lookAt: number;
  pauseMs: number;
}

/** Runs that somebody awaits: of those that do not get on the log says why, once for each reason. */
export class Standstill {
  readonly #waitsOf: (runId: string) => Promise<readonly Wait[]>;
  readonly #log: RuntimeLog;
  readonly #awaited = new Set<Awaited>();
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(waitsOf: (runId: string) => Promise<readonly Wait[]>, log: RuntimeLog) {
    this.#waitsOf = waitsOf;
    this.#log = unfailing(log);
  }

  /** Looks after a run for as long as it is awaited. */
  async during<T>(runId: string, end: Promise<T>): Promise<T> {
    const awaited = { runId, lookAt: performance.now() + patienceMs, pauseMs: patienceMs };
    this.#awaited.add(awaited);
    // One look at a time, however many runs are awaited: what is wrong with one is mostly wrong with all.
    this.#timer ??= setInterval(() => void this.#look(), patienceMs).unref();
    try {
      return await end;
    } finally {
      this.#awaited.delete(awaited);
      if (this.#awaited.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  async #look(): Promise<void> {
    const now = performance.now();
    const awaited = [...this.#awaited].find(({ lookAt }) => lookAt <= now);
    if (!awaited || this.#isLooking) return;
    this.#isLooking = true;
    awaited.pauseMs = Math.min(awaited.pauseMs * slowdown, maxPauseMs);
    awaited.lookAt = now + awaited.pauseMs;
    // Whoever awaits the run is told of what keeps it from being read.
    const waits = await this.#waitsOf(awaited.runId).catch(() => []);
    this.#isLooking = false;
    if (this.#awaited.has(awaited)) this.#tell(awaited.runId, waits);
  }

  #tell(runId: string, waits: readonly Wait[]): void {
    const isMoving = waits.some(({ reason }) => reason === 'EXECUTING' || reason === 'READY');
    const reasons = isMoving ? waits.filter(({ reason }) => reason === 'NO_RUNTIME') : waits;
    const key = reasons
      .map(({ identifier, nodeName, reason }) => `${identifier} ${nodeName} ${reason}`)
      .join();
    if (reasons.length === 0 || this.#told.has(key)) return;
    if (this.#told.size === maxTold) this.#told.clear();
    this.#told.add(key);
    this.#log({ level: 'warn', event: 'run_waits', runId, waits: reasons.map(({ text }) => text) });
  }
}
