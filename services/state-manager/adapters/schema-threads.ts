/**
 * Threads that compile schemas and check values for as long as they are let. A thread that is too long at one job, or takes too
 * much memory, is ended and another one started; the job fails, the others of its batch are done again.
 */
import type { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import { FairJobs, type JobBatch } from './fair-jobs.ts';
import type { SchemaBatch, SchemaJob, SchemaNotice } from './schema-messages.ts';
import { startThread } from './start-thread.ts';

/** Threads, each started when there is a job for it. */
const maxThreads = 2;
/** Time that a job has for each character of its schema, which may have to be compiled, milliseconds. */
const compileMsPerCharacter = 0.01;
/** Parts in which the time of a job is counted. */
const timeParts = 10;
/** Memory of a thread, megabytes. */
const maxThreadMb = 128;
/** Time after which a thread that could not start is tried again, milliseconds. */
const startAgainMs = 1_000;

/** End of a job. */
export type JobEnd =
  | { readonly kind: 'done'; readonly problem: string | undefined }
  /** Broken off: it took too long, or too much memory. */
  | { readonly kind: 'too_long' }
  | { readonly kind: 'too_large' }
  /** Not tried: too many of its namespace wait. */
  | { readonly kind: 'refused' };

interface Waiting extends SchemaJob {
  readonly characters: number;
  readonly resolve: (end: JobEnd) => void;
}

/** Does jobs of namespaces in turn, beside the event loop. */
export class SchemaThreads {
  readonly #jobs = new FairJobs<Waiting>();
  readonly #threads = new Set<Thread>();
  readonly #jobMs: number;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param jobMs time after which a check is broken off; up to twice as much may pass, and more with a large schema */
  constructor(jobMs: number, log: Log) {
    this.#jobMs = jobMs;
    this.#log = log;
  }

  /** Does a job. Never rejects. */
  do(namespace: string, job: SchemaJob): Promise<JobEnd> {
    return new Promise((resolve) => {
      const characters = job.schemaJson.length + (job.valueJson?.length ?? 0);
      if (this.#jobs.add(namespace, { ...job, characters, resolve })) this.#next();
      else resolve({ kind: 'refused' });
    });
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
      const batch = this.#jobs.take();
      if (batch === undefined) return;
      if (typeof batch === 'number') {
        this.#nextIn(batch);
        return;
      }
      (thread ?? this.#start()).give(batch);
    }
  }

  #start(): Thread {
    const thread = new Thread(this.#jobMs, (batch, end) => this.#ended(thread, batch, end));
    this.#threads.add(thread);
    return thread;
  }

  #ended(thread: Thread, batch: JobBatch<Waiting> | undefined, how: BatchEnd): void {
    const { answered, tookMs, failure, error } = how;
    if (failure !== undefined || error !== undefined) this.#threads.delete(thread);
    if (batch !== undefined) {
      if (failure !== undefined) {
        batch.jobs[answered]!.resolve({ kind: failure });
        this.#log.warn({ event: 'schema_check_broken_off', namespace: batch.namespace, reason: failure });
      }
      const done = failure === undefined ? answered : answered + 1;
      this.#jobs.end(batch, batch.jobs.slice(done), tookMs, failure !== undefined);
    }
    if (error === undefined) {
      this.#next();
      return;
    }
    this.#log.warn({ event: 'schema_thread_failed', error });
    this.#nextIn(startAgainMs);
  }

  #nextIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#next(), ms);
  }
}

/** The end of a batch, which may have jobs left. */
interface BatchEnd {
  /** Jobs that were answered; the one behind them has failed, if one has. */
  readonly answered: number;
  readonly tookMs: number;
  readonly failure?: 'too_long' | 'too_large';
  /** The thread could not be started, or has died for no fault of a job. */
  readonly error?: Error;
}

/** One thread, and the batch that it has. */
class Thread {
  readonly #worker: Worker;
  readonly #jobMs: number;
  readonly #onEnd: (batch: JobBatch<Waiting> | undefined, end: BatchEnd) => void;
  #batch: JobBatch<Waiting> | undefined;
  #answered = 0;
  #startedAt = 0;
  #isReady = false;
  #isEnded = false;
  #watch: NodeJS.Timeout | undefined;

  /** @param onEnd told of the end of each batch; without a batch: the thread has died while it had none */
  constructor(jobMs: number, onEnd: (batch: JobBatch<Waiting> | undefined, end: BatchEnd) => void) {
    this.#jobMs = jobMs;
    this.#onEnd = onEnd;
    this.#worker = startThread('schema-thread', {
      name: 'fanout schemas',
      resourceLimits: { maxOldGenerationSizeMb: maxThreadMb, maxYoungGenerationSizeMb: maxThreadMb / 8 },
    });
    this.#worker.on('message', (notice: SchemaNotice) => this.#hear(notice));
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
    const jobs = this.#batch.jobs.map(({ schemaJson, valueJson }) =>
      valueJson === undefined ? { schemaJson } : { schemaJson, valueJson },
    );
    this.#worker.postMessage({ jobs } satisfies SchemaBatch);
    this.#watchJob();
  }

  #hear(notice: SchemaNotice): void {
    switch (notice.kind) {
      case 'ready':
        this.#isReady = true;
        this.#begin();
        return;
      case 'answer':
        this.#batch?.jobs[this.#answered++]?.resolve({ kind: 'done', problem: notice.problem });
        return;
      case 'ended':
        this.#end({});
    }
  }

  /**
   * Breaks off a job that is not answered in time. Time is counted in parts: of those that pass while the process is stopped, or
   * the event loop stands still, one is noticed.
   */
  #watchJob(parts = 0, before = this.#answered): void {
    const characters = this.#batch?.jobs[before]?.schemaJson.length ?? 0;
    const partMs = (this.#jobMs + characters * compileMsPerCharacter) / timeParts;
    this.#watch = setTimeout(() => {
      // What was answered meanwhile is heard first.
      setImmediate(() => {
        if (this.#batch === undefined || this.#isEnded) return;
        if (this.#answered > before) this.#watchJob();
        else if (parts + 1 < timeParts) this.#watchJob(parts + 1, before);
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
