import { sessionOf } from '../domain/lease-token.ts';
import type { Failure } from '../domain/model.ts';
import { planCancelled } from '../domain/plan.ts';
import type { StateRecord } from '../domain/record.ts';
import { stateIdOf } from '../domain/state-id.ts';
import type { Log } from '../log.ts';
import type { Committer } from './committer.ts';
import { type Descent, descend } from './descend.ts';
import { Loop } from './loop.ts';
import type { CancelJob, LoadedRun, Notices, PlannedReport, RunStorage, ScopeAddress } from './ports.ts';
import type { RunCache } from './run-cache.ts';

const intervalMs = 100;
/** A job that nobody has looked at for this long is anybody's, milliseconds. */
const idleMs = 500;
const jobsPerRound = 20;
/** States that one step cancels. */
const widestStep = 200;

/** Cancels, in bounded steps, what is unfinished in scopes that closed early. It was never handed out since. */
export class Canceller {
  readonly #storage: RunStorage;
  readonly #runs: RunCache;
  readonly #committer: Committer;
  readonly #notices: Notices;
  readonly #loop: Loop;
  #idleMs = idleMs;

  constructor(parts: {
    storage: RunStorage;
    runs: RunCache;
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
      for (const job of await this.#storage.cancelling(shard, wait, jobsPerRound)) {
        const run = await this.#runs.one(job.runId);
        if (!run || (await this.#cancel(run, job)) === 'DONE') await this.#storage.cancelled(job);
      }
    }
  }

  /** MORE: a fan-out is still being expanded, so that the job has to be looked at again. */
  async #cancel(run: LoadedRun, { scope }: CancelJob): Promise<'DONE' | 'MORE'> {
    const { unites, identifier } = run.graph.nodes[scope.unite]!;
    const { covers, cancels } = unites!;
    const message = `the unite ${identifier} was decided without it`;
    const failure = { code: 'CANCELLED', message };
    let isExpanding = false;
    const descent: Descent = { storage: this.#storage, run, within: covers };
    for await (const found of descend(descent, scope.execution)) {
      isExpanding ||= found.some(({ record }) => record.status === 'EXECUTED');
      const unfinished = found.filter(
        ({ record }) =>
          (record.status === 'CREATED' || record.status === 'QUEUED') && cancels.has(record.origins.node),
      );
      for (let from = 0; from < unfinished.length; from += widestStep) {
        await this.#step(run, unfinished.slice(from, from + widestStep), cancels, failure);
      }
    }
    return isExpanding ? 'MORE' : 'DONE';
  }

  async #step(
    run: LoadedRun,
    states: readonly { state: number; record: StateRecord }[],
    cancels: ReadonlySet<number>,
    failure: Failure,
  ): Promise<void> {
    const dying = new Map<string, ScopeAddress>();
    const reports = states.map(({ state, record }): PlannedReport => {
      for (const { unite, execution } of record.origins.scopes) {
        if (cancels.has(unite)) dying.set(`${unite}.${execution}`, { unite, execution });
      }
      return {
        state,
        sessionId: sessionOf(record.leaseToken),
        leaseToken: record.leaseToken,
        record,
        plan: planCancelled(run.graph, record, failure, false),
        outputsJson: [],
        guards: [],
      };
    });
    await this.#committer.each([{ run, reports, dying: [...dying.values()] }]);
    for (const { state, record } of states) {
      if (record.status !== 'QUEUED') continue;
      const { leaseToken } = record;
      const cancellation = { stateId: stateIdOf(run.runId, state), leaseToken, reason: 'UNITE_DECIDED' };
      this.#notices.cancel(sessionOf(leaseToken), cancellation);
    }
  }
}
