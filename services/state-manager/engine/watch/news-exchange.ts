import { LRUCache } from 'lru-cache';
import type { Notices } from '../ports/storage.ts';

/** Time between two lists of changed runs, milliseconds. */
const tellingMs = 100;
/** Time between two times that others are asked for the same runs, and for which they remember it, milliseconds. */
const renewalMs = 30_000;
const memoryMs = 3 * renewalMs;
/** Runs that others may have asked for; the oldest are forgotten beyond that, and read now and then by those who asked. */
const runsRemembered = 100_000;
/** Runs that one notice names. */
const runsPerNotice = 1_000;

/**
 * Changes of runs, told to state managers that have asked for them: each says which runs are watched there, and tells
 * what happens here to the runs of others. Ends need not be asked for: Redis announces them to all.
 */
export class NewsExchange {
  readonly #notices: Notices;
  /** Runs that others watch. */
  readonly #wanted = new LRUCache<string, true>({ max: runsRemembered, ttl: memoryMs, ttlResolution: 1_000 });
  readonly #changed = new Set<string>();
  readonly #asked = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #renewedAt = performance.now();

  constructor(notices: Notices) {
    this.#notices = notices;
    notices.onWatch((runIds) => {
      for (const runId of runIds) this.#wanted.set(runId, true);
    });
  }

  /** Has `listener` told of runs that other state managers have changed. */
  onChanged(listener: (runId: string) => void): void {
    this.#notices.onChange((runIds) => runIds.forEach(listener));
  }

  /** Asks others to tell of a run, from now on. */
  ask(runId: string): void {
    if (this.#asked.size === 0) setImmediate(() => this.#askAll());
    this.#asked.add(runId);
  }

  /** Asks again for all that are still watched, when it is time. */
  renew(runIds: Iterable<string>): void {
    const now = performance.now();
    if (now < this.#renewedAt + renewalMs) return;
    this.#renewedAt = now;
    for (const runId of runIds) this.ask(runId);
  }

  /** Tells others of a run that has changed here, if they have asked. */
  tell(runId: string): void {
    if (!this.#wanted.has(runId)) return;
    if (this.#changed.size === 0) {
      setTimeout(() => this.#tellAll(), Math.max(0, this.#toldAt + tellingMs - performance.now())).unref();
    }
    this.#changed.add(runId);
  }

  #askAll(): void {
    for (const runIds of parts(this.#asked)) this.#notices.watch(runIds);
    this.#asked.clear();
  }

  #tellAll(): void {
    this.#toldAt = performance.now();
    for (const runIds of parts(this.#changed)) this.#notices.change(runIds);
    this.#changed.clear();
  }
}

function parts(runIds: ReadonlySet<string>): string[][] {
  const all = [...runIds];
  return Array.from({ length: Math.ceil(all.length / runsPerNotice) }, (_, i) =>
    all.slice(i * runsPerNotice, (i + 1) * runsPerNotice),
  );
}
