import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunStorage } from '../ports/run-reader.ts';

const intervalMs = 500;
const runsPerRound = 50;

/** Removes runs whose time is over, with every key they had. */
export class Retention {
  readonly #storage: RunStorage;
  readonly #runs: LoadedRuns;
  readonly #loop: Loop;

  constructor(storage: RunStorage, runs: LoadedRuns, log: Log) {
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
