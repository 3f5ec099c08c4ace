import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { CancelJob } from '../ports/control.ts';
import type { RunStorage } from '../ports/run-reader.ts';
import type { Notices } from '../ports/storage.ts';
import type { Committer } from '../turn/committer.ts';
import { cancelJob } from './cancel-job.ts';

const intervalMs = 100;
/** A job that nobody has looked at for this long is anybody's, milliseconds. */
const idleMs = 500;
const jobsPerRound = 20;

/** Cancels, in bounded steps, what was marked: by a user, by a unite that closed early, or by a retry by hand. */
export class Canceller {
  readonly #storage: RunStorage;
  readonly #runs: LoadedRuns;
  readonly #committer: Committer;
  readonly #notices: Notices;
  readonly #loop: Loop;
  #idleMs = idleMs;

  constructor(parts: {
    storage: RunStorage;
    runs: LoadedRuns;
    committer: Committer;
    notices: Notices;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#committer = parts.committer;
    this.#notices = parts.notices;
    this.#loop = new Loop('canceller', intervalMs, parts.log, () => this.#round());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** There is something new: takes it in the next round, not when it has been idle for long. */
  hurry(): void {
    this.#idleMs = 0;
  }

  async #round(): Promise<void> {
    const wait = this.#idleMs;
    this.#idleMs = idleMs;
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      for (const job of await this.#storage.cancelling(shard, wait, jobsPerRound)) await this.#work(job);
    }
  }

  async #work(job: CancelJob): Promise<void> {
    const run = await this.#runs.one(job.runId);
    if (!run) return this.#storage.dropJob(job);
    const parts = { storage: this.#storage, committer: this.#committer, notices: this.#notices };
    if (!(await cancelJob(parts, run, job))) this.hurry();
  }
}
