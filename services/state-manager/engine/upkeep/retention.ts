import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import type { RunSteps } from '../ports/settling.ts';

const intervalMs = 500;
const runsPerRound = 50;

/** Removes runs whose time is over, with every key they had. */
export class Retention {
  readonly #storage: RunSteps & Due;
  readonly #runs: LoadedRuns;
  readonly #loop: Loop;

  constructor(storage: RunSteps & Due, runs: LoadedRuns, log: Log) {
    this.#storage = storage;
    this.#runs = runs;
    this.#loop = new Loop('retention', intervalMs, log, () => this.#retire());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #retire(): Promise<void> {
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      for (const runId of await this.#storage.retiring(shard, runsPerRound)) {
        await this.#storage.retire(runId, await this.#runs.one(runId));
        this.#runs.forget(runId);
      }
    }
  }
}
