import { randomUUID } from 'node:crypto';
import type { RunFilter as WireRunFilter, RunJob__Output as WireRunJob } from '@fanout/proto';
import { FanoutError } from '../wire/errors.ts';
import { pause } from '../wire/on-abort.ts';
import { checkOptions, type OptionNames, type OtherWords } from '../wire/options.ts';
import { instantOf } from '../wire/wire-time.ts';
import { readFailure } from './client-codec.ts';
import { Patience } from './patience.ts';
import type { Services } from './services.ts';
import { encodeInstant, encodeLabels } from './trigger-inputs.ts';
import type {
  CancelRunsOptions,
  RunJob,
  RunJobAction,
  RunJobFilter,
  RunJobOptions,
  RunJobStatus,
} from './types/run-job.ts';

/** Pauses between two looks at a job that is waited for, milliseconds: longer and longer. */
const look = { leastMs: 50, mostMs: 1_000 };

const jobFilter: OptionNames<RunJobFilter> = {
  graphName: true,
  statuses: true,
  triggeredFrom: true,
  triggeredBefore: true,
  labels: true,
  triggerKinds: true,
  errorCode: true,
  all: true,
};
const filterWords: OtherWords<RunJobFilter> = { status: 'statuses', graph: 'graphName' };
const jobOptions: OptionNames<RunJobOptions> = {
  key: true,
  background: true,
  onProgress: true,
  signal: true,
};
const cancelOptions: OptionNames<CancelRunsOptions> = { ...jobOptions, reason: true };
const keyWords: OtherWords<RunJobOptions> = { idempotencyKey: 'key', idempotency_key: 'key' };

/** Acts on many runs. Every method throws FanoutError, or TypeError for options that it does not know. */
export class RunJobs {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async cancel(filter: RunJobFilter, options: CancelRunsOptions): Promise<RunJob> {
    checkOptions('cancelRuns', options, cancelOptions, keyWords);
    const request = { ...requestOf('cancelRuns', filter, options), reason: options.reason ?? '' };
    const { job = {} } = await this.#services.call('runs', 'cancelRuns', request);
    return this.#follow(job, options);
  }

  async retry(filter: RunJobFilter, options: RunJobOptions): Promise<RunJob> {
    checkOptions('retryRuns', options, jobOptions, keyWords);
    const request = requestOf('retryRuns', filter, options);
    const { job = {} } = await this.#services.call('runs', 'retryRuns', request);
    return this.#follow(job, options);
  }

  async delete(filter: RunJobFilter, options: RunJobOptions): Promise<RunJob> {
    checkOptions('deleteRuns', options, jobOptions, keyWords);
    const request = requestOf('deleteRuns', filter, options);
    const { job = {} } = await this.#services.call('runs', 'deleteRuns', request);
    return this.#follow(job, options);
  }

  async get(jobId: string): Promise<RunJob> {
    const { job = {} } = await this.#services.call('runs', 'getRunJob', { jobId });
    return readRunJob(job);
  }

  async list(): Promise<RunJob[]> {
    const { jobs = [] } = await this.#services.call('runs', 'listRunJobs', {});
    return jobs.map(readRunJob);
  }

  async stop(jobId: string): Promise<boolean> {
    const { changed = false } = await this.#services.call('runs', 'stopRunJob', { jobId });
    return changed;
  }

  /** Waits for the end of a job, unless it is to go on in the background. State managers may restart meanwhile. */
  async #follow(
    begun: WireRunJob,
    { background = false, onProgress, signal }: RunJobOptions,
  ): Promise<RunJob> {
    let job = readRunJob(begun);
    if (background) return job;
    onProgress?.(job);
    const patience = new Patience();
    let pauseMs = look.leastMs;
    while (job.status === 'RUNNING') {
      await pause(pauseMs, signal);
      try {
        const before = job;
        job = await this.get(job.id);
        patience.answered();
        const hasMoved = progressOf(job) !== progressOf(before);
        if (hasMoved) onProgress?.(job);
        pauseMs = hasMoved ? look.leastMs : Math.min(look.mostMs, pauseMs * 2);
      } catch (error) {
        pauseMs = patience.pauseAfter(FanoutError.from(error));
      }
    }
    return job;
  }
}

/** Text that differs when a job has got on. */
function progressOf({ status, matched, changed, skipped, failed }: RunJob): string {
  return [status, matched, changed, skipped, failed].join();
}

/** The request of a call. Its key is its own, if none is given: it may be sent again. */
function requestOf(what: string, filter: RunJobFilter, { key = randomUUID() }: RunJobOptions) {
  checkOptions(what, filter, jobFilter, filterWords);
  return { filter: encodeFilter(filter), idempotencyKey: key };
}

function encodeFilter(filter: RunJobFilter): WireRunFilter {
  const { graphName = '', statuses = [], triggeredFrom, triggeredBefore, all = false } = filter;
  const { labels = {}, triggerKinds = [], errorCode = '' } = filter;
  return {
    graphName,
    statuses: statuses.map((status) => `RUN_STATUS_${status}` as const),
    triggeredFrom: encodeInstant('triggeredFrom', triggeredFrom),
    triggeredBefore: encodeInstant('triggeredBefore', triggeredBefore),
    all,
    labels: encodeLabels(labels),
    triggerKinds: triggerKinds.map((kind) => `TRIGGER_KIND_${kind}` as const),
    errorCode,
  };
}

function readRunJob(job: WireRunJob): RunJob {
  return {
    id: job.jobId ?? '',
    action: (job.action ?? '').replace('RUN_JOB_ACTION_', '') as RunJobAction,
    status: (job.status ?? '').replace('RUN_JOB_STATUS_', '') as RunJobStatus,
    isStopping: job.stopping ?? false,
    matched: job.matched ?? 0,
    changed: job.changed ?? 0,
    skipped: job.skipped ?? 0,
    failed: job.failed ?? 0,
    failures: (job.failures ?? []).map(({ runId = '', failure = {} }) => {
      const { code, message } = readFailure(failure);
      return { runId, code, message };
    }),
    reason: job.reason ?? '',
    createdAt: instantOf(job.createTime) ?? 0,
    endedAt: instantOf(job.endTime),
  };
}
