import { timeoutReason } from '../../domain/plan/limit-failures.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { Canceller } from '../control/canceller.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { ControlSteps } from '../ports/control.ts';
import type { Due } from '../ports/due.ts';

const intervalMs = 100;
const runsPerRound = 100;

/** Ends runs that take longer than their `limits.run_ms`: a run always ends, whatever it waits for. */
export class RunDeadlines {
  readonly #storage: ControlSteps & Due;
  readonly #runs: LoadedRuns;
  readonly #canceller: Canceller;
  readonly #log: Log;
  readonly #loop: Loop;

  constructor(parts: { storage: ControlSteps & Due; runs: LoadedRuns; canceller: Canceller; log: Log }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#canceller = parts.canceller;
    this.#log = parts.log;
    this.#loop = new Loop('run_deadlines', intervalMs, parts.log, () => this.#endOverdue());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #endOverdue(): Promise<void> {
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      for (const runId of await this.#storage.pastDeadlines(shard, runsPerRound)) {
        if (!(await this.#storage.isOverdue(runId))) continue;
        const run = await this.#runs.one(runId);
        if (!run) continue;
        const reason = timeoutReason(run.limits);
        const result = await this.#storage.markCancelled(run, undefined, { outcome: 'FAILED', reason });
        if (result === 'CHANGED') this.#log.info({ event: 'run_timed_out', runId });
        this.#canceller.hurry();
      }
    }
  }
}
