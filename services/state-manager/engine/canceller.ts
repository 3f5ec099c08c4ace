import { sessionOf } from '../domain/lease-token.ts';
import type { Failure } from '../domain/model.ts';
import { planCancelled } from '../domain/plan-endings.ts';
import type { ScopeBranch, StateRecord } from '../domain/record.ts';
import { stateIdOf } from '../domain/state-id.ts';
import type { Log } from '../log.ts';
import { type CancelArea, cancelArea } from './cancel-area.ts';
import type { PlannedReport } from './commit-ports.ts';
import type { Committer } from './committer.ts';
import type { CancelJob } from './control-ports.ts';
import type { FoundState } from './descend.ts';
import { planAgain } from './expander.ts';
import { Loop } from './loop.ts';
import type { Notices } from './ports.ts';
import type { RunCache } from './run-cache.ts';
import type { LoadedRun, RunStorage } from './run-ports.ts';
import type { ScopeAddress } from './scope-ports.ts';
import { newestAttempt, stopEmitting } from './stop-emitting.ts';

const intervalMs = 100;
/** A job that nobody has looked at for this long is anybody's, milliseconds. */
const idleMs = 500;
const jobsPerRound = 20;
/** States that one step cancels. */
const widestStep = 100;
/** Children of a cut fan-out that one step creates. */
const expandWidth = 250;

/** Cancels, in bounded steps, what was marked: by a user, by a unite that closed early, or by a retry by hand. */
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
      for (const job of await this.#storage.cancelling(shard, wait, jobsPerRound)) await this.#work(job);
    }
  }

  /** Done is what a whole look finds nothing more in: until then the job comes again. */
  async #work(job: CancelJob): Promise<void> {
    const run = await this.#runs.one(job.runId);
    const area = run && (await cancelArea(this.#storage, run, job));
    if (!run || !area) return this.#storage.dropJob(job);
    let isClean = true;
    for await (const found of area.states) {
      if (await this.#cancel(run, area, found)) isClean = false;
    }
    if (job.kind === 'scope') {
      const united = await newestAttempt(this.#storage, run, job.scope.execution);
      if (united && (await this.#stopEmitting(run, area, [united]))) isClean = false;
    }
    if (isClean) await this.#storage.cancelled(run, job, area.held);
    else this.hurry();
  }

  /** True if something was left to do in a page of states. */
  async #cancel(run: LoadedRun, area: CancelArea, found: readonly FoundState[]): Promise<boolean> {
    const covered = found.filter(({ record }) => area.includes(record.origins.node));
    const unfinished = covered.filter(
      ({ record: { status } }) => status === 'CREATED' || status === 'QUEUED',
    );
    for (let from = 0; from < unfinished.length; from += widestStep) {
      await this.#step(run, area, unfinished.slice(from, from + widestStep));
    }
    if (area.kind === 'superseded') await this.#uncount(run, area, covered);
    const expanding = found.filter(({ record }) => record.status === 'EXECUTED');
    for (const { state, record } of expanding) {
      if (area.kind !== 'scope') await this.#cut(run, area, state, record);
    }
    const spared = found.filter(({ record }) => !area.includes(record.origins.node));
    const hasStopped = await this.#stopEmitting(run, area, spared);
    return unfinished.length > 0 || expanding.length > 0 || hasStopped;
  }

  /** What a scope that has closed does not cancel may emit for nobody from now on. */
  async #stopEmitting(
    run: LoadedRun,
    { failure: { code } }: CancelArea,
    found: readonly FoundState[],
  ): Promise<boolean> {
    const parts = { storage: this.#storage, committer: this.#committer, notices: this.#notices };
    let hasStopped = false;
    for (const one of found) if (await stopEmitting(parts, run, one, code)) hasStopped = true;
    return hasStopped;
  }

  async #step(run: LoadedRun, area: CancelArea, states: readonly FoundState[]): Promise<void> {
    const dying = new Map<string, ScopeAddress>();
    const reports = states.map(({ state, record }): PlannedReport => {
      // Also those that its emits have opened.
      const opened = record.hasEmitted ? run.graph.nodes[record.origins.node]!.opens : [];
      const scopes = [
        ...record.origins.scopes,
        ...opened.map((unite) => ({ unite, execution: record.origin })),
      ];
      for (const scope of scopes) {
        if (area.isWithin(scope)) dying.set(`${scope.unite}.${scope.execution}`, scope);
      }
      return {
        state,
        sessionId: sessionOf(record.leaseToken),
        leaseToken: record.leaseToken,
        record,
        plan: planCancelled(run.graph, record, area.failure, area.isFailure),
        outputsJson: [],
        guards: [],
      };
    });
    await this.#committer.each([{ run, reports, dying: [...dying.values()], onlyBelow: area.mark }]);
    for (const { state, record } of states) {
      if (record.status === 'QUEUED') this.#tell(run, state, record, area.failure);
    }
  }

  #tell({ runId }: LoadedRun, state: number, { leaseToken }: StateRecord, { code }: Failure): void {
    const cancellation = { stateId: stateIdOf(runId, state), leaseToken, reason: code };
    this.#notices.cancel(sessionOf(leaseToken), cancellation);
  }

  /** What a fan-out has not created yet is created cancelled, so that it can be retried; or not at all. */
  async #cut(run: LoadedRun, area: CancelArea, state: number, record: StateRecord): Promise<void> {
    const cut = area.isFailure
      ? ({ kind: 'cancel', failure: area.failure, onlyBelow: area.mark } as const)
      : ({ kind: 'drop', onlyBelow: area.mark } as const);
    const plan = planAgain(run, state, record);
    for (;;) {
      const step = await this.#storage.expand(run, state, plan, { atMost: expandWidth, cut });
      if (step.kind !== 'more') return;
    }
  }

  async #uncount(run: LoadedRun, { held }: CancelArea, found: readonly FoundState[]): Promise<void> {
    const counts = (scope: ScopeBranch) =>
      held.some(({ unite, execution }) => unite === scope.unite && execution === scope.execution);
    const failed = found.filter(
      ({ record }) => !record.isSuperseded && (record.status === 'ERRORED' || record.status === 'CANCELLED'),
    );
    const taken = failed.flatMap(({ state, record: { origins } }) => {
      const { failsIn } = run.graph.nodes[origins.node]!;
      const countsIn = origins.scopes.filter(({ unite }) => failsIn.includes(unite));
      // What counts in a scope that is superseded as well counts nowhere already.
      const around = countsIn.filter(counts);
      return countsIn.length > 0 && around.length === 0 ? [] : [{ state, countsIn: around }];
    });
    await this.#storage.uncount(run.runId, taken);
  }
}
