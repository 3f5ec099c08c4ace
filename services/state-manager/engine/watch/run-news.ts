/**
 * Tells who waits for a run what became of it, without asking storage over and over. With a run that two calls await,
 * the one here and the other at another state manager:
 *
 *     here, a report is committed           told(run, false): nobody watches its counts, so nothing happens
 *     there, the last one is committed      Redis announces the end to all → told here, and there as well
 *     the notice was lost                   storage is asked after 1 s, 4 s, 16 s … once for all runs that are due
 *     Redis is connected again              storage is asked at once
 *
 * Being told is a hint: whoever is told reads. Only what a step of this state manager tells of an end it brought is the
 * end itself, for those who ask at once.
 */
import { LRUCache } from 'lru-cache';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { ToldEnd } from '../ports/loaded-run.ts';
import type { RunIndex } from '../ports/run-reader.ts';
import type { Notices } from '../ports/storage.ts';
import type { NewsExchange } from './news-exchange.ts';

/**
 * Pauses between two questions to storage about a run that nobody told of, milliseconds. Who sees changes reads all
 * counts, which costs several times what it takes to see whether a run has ended: so that is done more seldom.
 */
const minPauseMs = 1_000;
const maxPauseMs = 60_000;
const maxChangePauseMs = 3 * maxPauseMs;
const pauseGrowth = 4;
const roundMs = 1_000;
/** Runs that one round trip asks about. */
const runsPerRead = 1_000;
/** Ended runs that are remembered, for those who ask only then. */
const endsRemembered = 10_000;

/** One run that somebody here waits for. */
interface WatchedRun {
  readonly onChange: Set<(mayHaveEnded: boolean) => void>;
  readonly onEnd: Set<() => void>;
  /** The instant at which storage is asked, as `performance.now()` tells it. */
  askAt: number;
  pauseMs: number;
}

export class RunNews {
  readonly #storage: RunIndex;
  readonly #exchange: NewsExchange;
  readonly #watched = new Map<string, WatchedRun>();
  /** Ends that were told in this turn of the event loop. */
  readonly #toldEnds = new Map<string, ToldEnd>();
  readonly #ended = new LRUCache<string, true>({ max: endsRemembered });
  readonly #asking: Loop;

  constructor(parts: { storage: RunIndex; notices: Notices; exchange: NewsExchange; log: Log }) {
    this.#storage = parts.storage;
    this.#exchange = parts.exchange;
    this.#asking = new Loop('watched_runs', roundMs, parts.log, () => this.#ask());
    parts.notices.onEnd((runId) => this.#hasEnded(runId));
    parts.exchange.onChanged((runId) => this.#hasChanged(runId));
    parts.notices.onReconnected(() => this.#doubt());
  }

  start(): void {
    this.#asking.start();
  }

  stop(): Promise<void> {
    return this.#asking.stop();
  }

  /**
   * Takes in what a step of this state manager has done to a run.
   * @param end its end, if the step was asked for it
   */
  told(runId: string, hasEnded: boolean, end?: ToldEnd): void {
    if (end) {
      if (this.#toldEnds.size === 0) setImmediate(() => this.#toldEnds.clear());
      this.#toldEnds.set(runId, end);
    } else {
      this.#toldEnds.delete(runId);
    }
    if (hasEnded) this.#hasEnded(runId);
    else this.#hasChanged(runId);
    this.#exchange.tell(runId);
  }

  /** Takes in that a run looks otherwise to those who watch it, though no step has changed it. */
  changed(runId: string): void {
    this.#hasChanged(runId);
    this.#exchange.tell(runId);
  }

  /** True if somebody here waits for the run's end. */
  isAwaited(runId: string): boolean {
    const watched = this.#watched.get(runId);
    return watched !== undefined && watched.onEnd.size > 0;
  }

  /** The end of a run that a step has told in this turn of the event loop; undefined: none has. */
  toldEnd(runId: string): ToldEnd | undefined {
    return this.#toldEnds.get(runId);
  }

  /**
   * Has `listener` told whenever the run may look otherwise than before.
   * @returns what ends that; harmless twice
   */
  onChange(runId: string, listener: (mayHaveEnded: boolean) => void): () => void {
    const watched = this.#watch(runId);
    if (watched.onChange.size === 0) this.#exchange.ask(runId);
    return this.#add(runId, watched, watched.onChange, listener);
  }

  /**
   * Has `listener` told whenever the run may have ended; soon, if it lately did.
   * @returns what ends that; harmless twice
   */
  onEnd(runId: string, listener: () => void): () => void {
    const watched = this.#watch(runId);
    if (this.#ended.has(runId)) queueMicrotask(listener);
    return this.#add(runId, watched, watched.onEnd, listener);
  }

  #watch(runId: string): WatchedRun {
    const known = this.#watched.get(runId);
    if (known) return known;
    const watched: WatchedRun = { onChange: new Set(), onEnd: new Set(), ...firstQuestion() };
    this.#watched.set(runId, watched);
    return watched;
  }

  #add<Listener>(runId: string, watched: WatchedRun, to: Set<Listener>, listener: Listener): () => void {
    to.add(listener);
    return () => {
      to.delete(listener);
      const isForgotten = watched.onChange.size === 0 && watched.onEnd.size === 0;
      if (isForgotten && this.#watched.get(runId) === watched) this.#watched.delete(runId);
    };
  }

  #hasChanged(runId: string): void {
    const watched = this.#watched.get(runId);
    if (watched) for (const listener of watched.onChange) listener(false);
  }

  #hasEnded(runId: string): void {
    this.#ended.set(runId, true);
    const watched = this.#watched.get(runId);
    if (!watched) return;
    for (const listener of watched.onChange) listener(true);
    for (const listener of watched.onEnd) listener();
  }

  /** Asks about every run soon: something may have happened that nobody told of. */
  #doubt(): void {
    for (const watched of this.#watched.values()) Object.assign(watched, { askAt: 0, pauseMs: minPauseMs });
    this.#asking.hasten();
  }

  async #ask(): Promise<void> {
    this.#exchange.renew(this.#changing());
    const now = performance.now();
    const due: [string, WatchedRun][] = [];
    this.#watched.forEach((watched, runId) => {
      if (watched.askAt <= now) due.push([runId, watched]);
    });
    for (const [, watched] of due) askLater(watched, now);
    for (let from = 0; from < due.length; from += runsPerRead) {
      const some = due.slice(from, from + runsPerRead);
      try {
        await this.#askAbout(some);
      } catch (error) {
        for (const [, watched] of due.slice(from)) Object.assign(watched, firstQuestion());
        throw error;
      }
    }
  }

  async #askAbout(some: readonly [string, WatchedRun][]): Promise<void> {
    // Who sees every change reads by itself.
    for (const [, { onChange }] of some) for (const listener of onChange) listener(false);
    const awaited = some.filter(([, { onEnd }]) => onEnd.size > 0);
    const goOn = await this.#storage.goOn(awaited.map(([runId]) => runId));
    awaited.forEach(([, { onEnd }], i) => {
      if (!goOn[i]) for (const listener of onEnd) listener();
    });
  }

  *#changing(): Generator<string> {
    for (const [runId, { onChange }] of this.#watched) if (onChange.size > 0) yield runId;
  }
}

function firstQuestion(): Pick<WatchedRun, 'askAt' | 'pauseMs'> {
  return { askAt: performance.now() + minPauseMs, pauseMs: minPauseMs };
}

/** Sets the next question, not at the same time for all that began together. */
function askLater(watched: WatchedRun, now: number): void {
  const maxMs = watched.onEnd.size > 0 ? maxPauseMs : maxChangePauseMs;
  watched.pauseMs = Math.min(maxMs, pauseGrowth * watched.pauseMs);
  watched.askAt = now + watched.pauseMs * (0.75 + Math.random() / 4);
}
