import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunJobAddress } from '../ports/run-jobs.ts';
import { type RunJobParts, runJobLeaseMs, runJobStep } from './run-job-step.ts';

/** Jobs whose steps are under way here at the same time. */
const jobsAtOnce = 8;

/**
 * Takes the steps of jobs that act on many runs. Any state manager may take the next one: whoever takes it has the job for
 * a few seconds, and one that dies leaves it to the others. Jobs do not wait for each other.
 */
export class RunJobLoop {
  readonly #parts: RunJobParts & { readonly storage: { readonly shards: number } };
  readonly #log: Log;
  readonly #loop: Loop;
  /** Steps under way here, by job: one that takes longer than its lease is not taken again. */
  readonly #underWay = new Map<string, Promise<void>>();
  #isStopped = false;

  constructor(parts: RunJobParts & { storage: { readonly shards: number }; readonly log: Log }) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#loop = new Loop('run_jobs', onDemand, parts.log, () => this.#round());
  }

  start(): void {
    this.#isStopped = false;
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop.stop();
    await Promise.all(this.#underWay.values());
  }

  /** Looks for jobs whose next step may be taken. */
  nudge(): void {
    this.#loop.nudge();
  }

  async #round(): Promise<void> {
    await eachShard(this.#parts.storage, async (shard) => {
      const room = jobsAtOnce - this.#underWay.size;
      if (room <= 0 || this.#isStopped) return;
      for (const address of await this.#parts.jobs.take(shard, runJobLeaseMs, room)) this.#begin(address);
    });
  }

  #begin(address: RunJobAddress): void {
    const name = `${address.namespace}:${address.jobId}`;
    if (this.#underWay.has(name)) return;
    const step = this.#step(address)
      .catch((error: unknown) => {
        // Another one takes it when its lease is over.
        this.#log.warn({ event: 'run_job_failed', namespace: address.namespace, error });
      })
      .finally(() => {
        this.#underWay.delete(name);
      });
    this.#underWay.set(name, step);
  }

  async #step(address: RunJobAddress): Promise<void> {
    const stored = await this.#parts.jobs.read(address);
    if (stored === undefined) return this.#parts.jobs.drop(address);
    const againMs = await runJobStep(this.#parts, stored);
    this.#loop.within(againMs ?? 0);
  }
}
