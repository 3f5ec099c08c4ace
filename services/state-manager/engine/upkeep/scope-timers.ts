import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { ReadyPlaces } from '../turn/ready-places.ts';

const intervalMs = 50;
/** Scopes that a round takes from one shard, and decides in one step. */
const scopesPerRound = 500;
const scopesPerStep = 50;

/** Decides scopes whose time has come: timeouts of unites, and intervals of windows. */
export class ScopeTimers {
  readonly #storage: RunSteps & Due;
  readonly #runs: LoadedRuns;
  readonly #hints: ReadyPlaces;
  readonly #onDecided: (isCancelling: boolean) => void;
  readonly #loop: Loop;

  constructor(parts: {
    storage: RunSteps & Due;
    runs: LoadedRuns;
    hints: ReadyPlaces;
    onDecided: (isCancelling: boolean) => void;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#hints = parts.hints;
    this.#onDecided = parts.onDecided;
    this.#loop = new Loop('scope_timers', intervalMs, parts.log, () => this.#decideDue());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #decideDue(): Promise<void> {
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      const due = await this.#storage.dueTimers(shard, scopesPerRound);
      const byRun = new Map<string, ScopeAddress[]>();
      for (const { runId, scope } of due) byRun.set(runId, [...(byRun.get(runId) ?? []), scope]);
      for (const [runId, scopes] of byRun) await this.#decide(runId, scopes);
    }
  }

  async #decide(runId: string, scopes: readonly ScopeAddress[]): Promise<void> {
    const run = await this.#runs.one(runId);
    if (!run) return this.#storage.dropTimers(runId, scopes);
    for (let from = 0; from < scopes.length; from += scopesPerStep) {
      const step = scopes.slice(from, from + scopesPerStep);
      const { isCancelling, readyNodes } = await this.#storage.decide(run, step);
      for (const node of readyNodes) this.#hints.foundIn(run, node);
      this.#onDecided(isCancelling);
    }
  }
}
