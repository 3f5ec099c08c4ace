import type { Bell } from '../../bell.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { CancelJob } from '../ports/control.ts';
import { eachShard } from '../ports/each-shard.ts';
import { type CancelParts, cancelJob } from './cancel-job.ts';

/** New jobs are taken together, so many milliseconds after the first. */
const togetherMs = 100;
/** A job that was not looked at for this long is anyone's, milliseconds. */
const idleMs = 500;
const jobsPerRound = 20;

/** Cancels, in bounded steps, what was marked: by a user, by a unite that closed early, or by a retry by hand. */
export class Canceller {
  /** Others may have a job in work before that. */
  readonly afterMs = idleMs;
  readonly #parts: CancelParts;
  readonly #runs: LoadedRuns;
  readonly #broken: BrokenRuns;
  readonly #loop: Loop;
  #idleMs = idleMs;

  /** @param parts.cancelling rung when there is something new */
  constructor(
    parts: CancelParts & { readonly runs: LoadedRuns; readonly cancelling: Bell; readonly log: Log },
  ) {
    this.#parts = parts;
    this.#runs = parts.runs;
    this.#broken = new BrokenRuns('cancel_failed', parts.log);
    this.#loop = new Loop('canceller', onDemand, parts.log, () => this.#broken.round(() => this.#round()));
    parts.cancelling.hear(() => this.#hurry());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Looks for jobs that were idle for long. */
  nudge(): void {
    this.#loop.nudge();
  }

  /** Takes what is new soon, not when it has been idle for long. */
  #hurry(): void {
    this.#idleMs = 0;
    this.#loop.within(togetherMs);
  }

  async #round(): Promise<void> {
    const { storage } = this.#parts;
    const wait = this.#idleMs;
    this.#idleMs = idleMs;
    await eachShard(storage, async (shard) => {
      for (const job of await storage.cancelling(shard, wait, jobsPerRound))
        await this.#broken.past(job.runId, () => this.#work(job));
    });
  }

  async #work(job: CancelJob): Promise<void> {
    const run = await this.#runs.one(job.runId);
    if (!run) return this.#parts.storage.dropJob(job);
    const isDone = await cancelJob(this.#parts, run, job);
    // Marks that have waited for what is superseded are looked at again behind it.
    if (!isDone || job.kind === 'superseded') this.#hurry();
  }
}
