import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '../../bell.ts';
import { planExecuted } from '../../domain/plan/executed.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';

/** Children that one step creates. */
const stepWidth = 500;
/** Ready states of one node that are enough: more wait until some were taken. */
const enoughReady = 5_000;
/** A pause when there are enough, milliseconds. */
const enoughPauseMs = 20;
/** A fan-out that has not moved for this long was left by a state manager that is gone, milliseconds. */
const idleMs = 1_000;

/** Creates the children of fan-outs that are too wide for one step, piece by piece. */
export class Expander {
  /** Another state manager may be at it before that. */
  readonly afterMs = idleMs;
  readonly #storage: RunReader & RunSteps & Due;
  readonly #runs: LoadedRuns;
  readonly #log: Log;
  readonly #cancelling: Bell;
  readonly #active = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #broken: BrokenRuns;
  readonly #recovery: Loop;

  /** @param cancelling rung when something is left to be cancelled in steps */
  constructor(storage: RunReader & RunSteps & Due, runs: LoadedRuns, cancelling: Bell, log: Log) {
    this.#cancelling = cancelling;
    this.#storage = storage;
    this.#runs = runs;
    this.#log = log;
    this.#broken = new BrokenRuns('expand_failed', log);
    this.#recovery = new Loop('expander', onDemand, log, () => this.#broken.round(() => this.#recover()));
  }

  start(): void {
    this.#recovery.start();
  }

  /** Looks for fan-outs that nobody expands. */
  nudge(): void {
    this.#recovery.nudge();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#recovery.stop();
    await Promise.all(this.#active.values());
  }

  /** Expands a fan-out from where it stands, in the background. */
  add(run: LoadedRun, state: number, plan: Plan): void {
    const key = `${run.runId}:${state}`;
    if (this.#active.has(key) || this.#stopping.signal.aborted) return;
    const expansion = this.#expand(run, state, plan)
      // The state manager that finds it idle goes on; most likely this one, a second later.
      .catch((error: Error) =>
        this.#log.warn({ event: 'expand_failed', runId: run.runId, error: error.message }),
      )
      .finally(() => this.#active.delete(key));
    this.#active.set(key, expansion);
  }

  async #expand(run: LoadedRun, state: number, plan: Plan): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const step = await this.#storage.expand(run, state, plan, { atMost: stepWidth });
      if (step.kind !== 'gone' && step.isCancelling) this.#cancelling.ring();
      if (step.kind !== 'more') return;
      if (step.maxReady > enoughReady) await sleep(enoughPauseMs);
    }
  }

  async #recover(): Promise<void> {
    for (let shard = 0; shard < this.#storage.shards; shard++) {
      for (const { runId, state } of await this.#storage.expanding(shard, idleMs, 100)) {
        await this.#broken.past(runId, () => this.#goOn(runId, state));
      }
    }
  }

  async #goOn(runId: string, state: number): Promise<void> {
    const run = await this.#runs.one(runId);
    const record = run && (await this.#storage.records(runId, [state]))[0];
    if (run && record?.fanOut) this.add(run, state, planAgain(run, state, record));
  }
}

/** The plan of a fan-out that was committed, from what is stored of it. */
export function planAgain({ graph }: LoadedRun, state: number, record: StateRecord): Plan {
  const { total, isStaged, isRouted } = record.fanOut!;
  const staged = isStaged ? { stagedUnder: record.leaseToken, isRouted } : {};
  return planExecuted(graph, state, record, { total, ...staged });
}
