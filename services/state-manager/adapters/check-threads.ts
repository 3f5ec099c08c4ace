/**
 * Threads that compile schemas, and check values and templates, for as long as they are let. A thread that is too long at one check,
 * or takes too much memory, is ended and another one started; the check fails, the others of its batch are done again.
 */
import type { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import type { Check, CheckAnswer, CheckBatch, CheckNotice, Checks } from './check-messages.ts';
import { FairJobs, type JobBatch } from './fair-jobs.ts';
import { startThread } from './start-thread.ts';

/** Threads, each started when there is a job for it. */
const maxThreads = 2;
/** Parts in which the time of a check is counted. */
const timeParts = 10;
/** Memory of a thread, megabytes. */
const maxThreadMb = 128;
/** Time after which a thread that could not start is tried again, milliseconds. */
const startAgainMs = 1_000;

/** End of a check. */
export type CheckEnd<Kind extends keyof Checks> =
  | { readonly kind: 'done'; readonly answer: Checks[Kind]['answer'] }
  | Unanswered;

/** A check that was not made to its end. */
export type Unanswered =
  /** Broken off: it took too long, or too much memory. */
  | { readonly kind: 'too_long' }
  | { readonly kind: 'too_large' }
  /** Not tried: too many of its namespace wait. */
  | { readonly kind: 'refused' };

/** Size of a check. */
export interface CheckSize {
  /** Characters of all that it is given. */
  readonly characters: number;
  /** Time that it has for its size, beside the time that every check has, milliseconds. */
  readonly extraMs: number;
}

interface Waiting extends CheckSize {
  readonly check: Check;
  readonly resolve: (end: CheckAnswer | Unanswered) => void;
}

/** Makes checks of namespaces in turn, beside the event loop. */
export class CheckThreads {
  /** Time after which a check is broken off, milliseconds; up to twice as much may pass, and more for its size. */
  readonly checkMs: number;
  readonly #waiting = new FairJobs<Waiting>();
  readonly #threads = new Set<Thread>();
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(log: Log, checkMs = 1_000) {
    this.checkMs = checkMs;
    this.#log = log;
  }

  /** Makes a check. @throws what it throws, which only a fault of the program's does */
  async check<Kind extends keyof Checks>(
    namespace: string,
    kind: Kind,
    question: Checks[Kind]['question'],
    size: CheckSize,
  ): Promise<CheckEnd<Kind>> {
    const end = await new Promise<CheckAnswer | Unanswered>((resolve) => {
      const check = { kind, question } as Check;
      if (this.#waiting.add(namespace, { ...size, check, resolve })) this.#next();
      else resolve({ kind: 'refused' });
    });
    if (end.kind === 'failed') throw end.error;
    return end as CheckEnd<Kind>;
  }

  /** Ends all threads: what is not answered yet never is. Harmless twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  /** Gives batches to threads that have nothing to do. */
  #next(): void {
    clearTimeout(this.#timer);
    while (!this.#isStopped) {
      const thread = [...this.#threads].find(({ isFree }) => isFree);
      if (thread === undefined && this.#threads.size === maxThreads) return;
      const batch = this.#waiting.take();
      if (batch === undefined) return;
      if (typeof batch === 'number') {
        this.#nextIn(batch);
        return;
      }
      (thread ?? this.#start()).give(batch);
    }
  }

  #start(): Thread {
    const thread = new Thread(this.checkMs, (batch, end) => this.#ended(thread, batch, end));
    this.#threads.add(thread);
    return thread;
  }

  #ended(thread: Thread, batch: JobBatch<Waiting> | undefined, how: BatchEnd): void {
    const { answered, tookMs, failure, error } = how;
    if (failure !== undefined || error !== undefined) this.#threads.delete(thread);
    if (batch !== undefined) {
      if (failure !== undefined) {
        const { check, resolve } = batch.jobs[answered]!;
        resolve({ kind: failure });
        const event = `${check.kind}_check_broken_off`;
        this.#log.warn({ event, namespace: batch.namespace, reason: failure });
      }
      const done = failure === undefined ? answered : answered + 1;
      this.#waiting.end(batch, batch.jobs.slice(done), tookMs, failure !== undefined);
    }
    if (error === undefined) {
      this.#next();
      return;
    }
    this.#log.warn({ event: 'check_thread_failed', error });
    this.#nextIn(startAgainMs);
  }

  #nextIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#next(), ms);
  }
}

/** The end of a batch, which may have checks left. */
interface BatchEnd {
  /** Checks that were answered; the one behind them was broken off, if one was. */
  readonly answered: number;
  readonly tookMs: number;
  readonly failure?: 'too_long' | 'too_large';
  /** The thread could not be started, or has died for no fault of a check. */
  readonly error?: Error;
}

/** One thread, and the batch that it has. */
class Thread {
  readonly #worker: Worker;
  readonly #checkMs: number;
  readonly #onEnd: (batch: JobBatch<Waiting> | undefined, end: BatchEnd) => void;
  #batch: JobBatch<Waiting> | undefined;
  #answered = 0;
  #startedAt = 0;
  #isReady = false;
  #isEnded = false;
  #watch: NodeJS.Timeout | undefined;

  /** @param onEnd told of the end of each batch; without a batch: the thread has died while it had none */
  constructor(checkMs: number, onEnd: (batch: JobBatch<Waiting> | undefined, end: BatchEnd) => void) {
    this.#checkMs = checkMs;
    this.#onEnd = onEnd;
    this.#worker = startThread('check-thread', {
      name: 'fanout checks',
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb, maxYoungGenerationSizeMb: maxThreadMb / 8 },
    });
    this.#worker.on('message', (notice: CheckNotice) => this.#hear(notice));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY' && this.#batch && this.#isReady)
        this.#end({ failure: 'too_large' });
      else this.#end({ error });
    });
  }

  get isFree(): boolean {
    return this.#batch === undefined;
  }

  give(batch: JobBatch<Waiting>): void {
    this.#worker.ref();
    this.#batch = batch;
    this.#answered = 0;
    this.#startedAt = performance.now();
    if (this.#isReady) this.#begin();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#watch);
    this.#batch = undefined;
    await this.#worker.terminate();
  }

  #begin(): void {
    if (this.#batch === undefined) return;
    this.#startedAt = performance.now();
    const checks = this.#batch.jobs.map(({ check }) => check);
    this.#worker.postMessage({ checks } satisfies CheckBatch);
    this.#watchCheck();
  }

  #hear(notice: CheckNotice): void {
    switch (notice.kind) {
      case 'ready':
        this.#isReady = true;
        this.#begin();
        return;
      case 'answer':
        this.#batch?.jobs[this.#answered++]?.resolve(notice.answer);
        return;
      case 'ended':
        this.#end({});
    }
  }

  /**
   * Breaks off a check that is not answered in time. Time is counted in parts: of those that pass while the process is stopped, or
   * the event loop stands still, one is noticed.
   */
  #watchCheck(parts = 0, before = this.#answered): void {
    const partMs = (this.#checkMs + (this.#batch?.jobs[before]?.extraMs ?? 0)) / timeParts;
    this.#watch = setTimeout(() => {
      // What was answered meanwhile is heard first.
      setImmediate(() => {
        if (this.#batch === undefined || this.#isEnded) return;
        if (this.#answered > before) this.#watchCheck();
        else if (parts + 1 < timeParts) this.#watchCheck(parts + 1, before);
        else this.#end({ failure: 'too_long' });
      });
    }, partMs);
  }

  #end(how: Pick<BatchEnd, 'failure' | 'error'>): void {
    if (this.#isEnded) return;
    const batch = this.#batch;
    clearTimeout(this.#watch);
    this.#batch = undefined;
    this.#worker.unref();
    if (how.failure !== undefined || how.error !== undefined) void this.end();
    this.#onEnd(batch, { answered: this.#answered, tookMs: performance.now() - this.#startedAt, ...how });
  }
}
