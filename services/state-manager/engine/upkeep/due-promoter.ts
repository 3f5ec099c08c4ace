import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import type { RunSteps } from '../ports/settling.ts';

const intervalMs = 50;
const statesPerRound = 500;

/** Makes states ready whose due time has come. */
export class DuePromoter {
  readonly #storage: RunSteps & Due;
  readonly #runs: LoadedRuns;
  readonly #loop: Loop;

  constructor(storage: RunSteps & Due, runs: LoadedRuns, log: Log) {
    this.#storage = storage;
    this.#runs = runs;
    this.#loop = new Loop('due_promoter', intervalMs, log, () => this.#promote());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #promote(): Promise<void> {
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      const due = await this.#storage.due(shard, statesPerRound);
      const runs = await this.#runs.load(due.map(({ runId }) => runId));
      const places = new Map<string, { runId: string; node: number; states: number[] }>();
      for (const { runId, node, state } of due) {
        const place = places.get(`${runId}:${node}`);
        if (place) place.states.push(state);
        else places.set(`${runId}:${node}`, { runId, node, states: [state] });
      }
      // A run that is gone would stand in the way of others for ever.
      await this.#storage.dropDue(due.filter(({ runId }) => !runs.has(runId)));
      for (const { runId, node, states } of places.values()) {
        const run = runs.get(runId);
        if (run) await this.#storage.promote(run, node, states);
      }
    }
  }
}
