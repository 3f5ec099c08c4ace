import { createHash } from 'node:crypto';
import type { RunJob, RunJobRequest } from '../../domain/model/run-job.ts';
import { FanoutError } from '../../errors.ts';
import type { RunJobsApi } from '../ports/api.ts';
import type { RunJobAddress, RunJobLimits, RunJobStorage } from '../ports/run-jobs.ts';

const limits: RunJobLimits = { atOnce: 10, kept: 100 };

/** Starts, tells of and stops jobs that act on many runs of a namespace. */
export class RunJobs implements RunJobsApi {
  readonly #storage: RunJobStorage;
  readonly #newJobId: () => string;
  readonly #onStarted: () => void;

  /** @param parts.onStarted told when there is a step to take */
  constructor(parts: { storage: RunJobStorage; newJobId: () => string; onStarted: () => void }) {
    this.#storage = parts.storage;
    this.#newJobId = parts.newJobId;
    this.#onStarted = parts.onStarted;
  }

  async start({ namespace, idempotencyKey, ...spec }: RunJobRequest): Promise<RunJob> {
    const jobId = idempotencyKey === '' ? this.#newJobId() : jobIdOf(idempotencyKey);
    const address = { namespace, jobId };
    switch (await this.#storage.start(address, spec, limits)) {
      case 'OTHER':
        throw new FanoutError(
          'IDEMPOTENCY_CONFLICT',
          `the idempotency key "${idempotencyKey}" already has a job that does something else: send what it was first sent with, or another key`,
        );
      case 'FULL':
        throw new FanoutError(
          'TOO_MANY_JOBS',
          `${limits.atOnce} jobs of namespace "${namespace}" go on, which is as many as may: wait for one, or stop one`,
          { retryAfterMs: 1_000 },
        );
      case 'STARTED':
      case 'SAME':
        this.#onStarted();
        return this.get(address);
    }
  }

  async get(address: RunJobAddress): Promise<RunJob> {
    const found = await this.#storage.read(address);
    if (!found) throw jobNotFound(address);
    return found.job;
  }

  list(namespace: string): Promise<RunJob[]> {
    return this.#storage.list(namespace, limits.kept);
  }

  async stop(address: RunJobAddress): Promise<{ changed: boolean }> {
    const result = await this.#storage.stop(address);
    if (result === 'GONE') throw jobNotFound(address);
    this.#onStarted();
    return { changed: result === 'CHANGED' };
  }
}

/** The same key in the same namespace is the same job. */
function jobIdOf(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32);
}

function jobNotFound({ namespace, jobId }: RunJobAddress): FanoutError {
  return new FanoutError(
    'JOB_NOT_FOUND',
    `there is no job "${jobId}" in namespace "${namespace}": jobs are kept for a day after their end, list them to see which there are`,
  );
}
