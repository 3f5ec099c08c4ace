import { nodeAt } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import { failureIn, planCancelled } from '../../domain/plan/endings.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { isSameScope, type ScopeAddress, scopeKey } from '../../domain/run/scope-address.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { CancelJob, ControlSteps, SupersededState } from '../ports/control.ts';
import type { Due } from '../ports/due.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { Notices } from '../ports/storage.ts';
import { plannedReport } from '../reports/planned-report.ts';
import type { FoundState } from '../tree/found-state.ts';
import { newestAttempt } from '../tree/growth.ts';
import { hasDelivered } from '../tree/has-delivered.ts';
import type { Committer } from '../turn/committer.ts';
import { planAgain } from '../turn/expander.ts';
import { type AreaJob, type CancelArea, cancelArea } from './cancel-area.ts';
import { stopEmitting } from './stop-emitting.ts';
import { takeBack } from './take-back.ts';

/** States that one step cancels, and that one takes out of all counts. */
const maxStep = 50;
const maxSuperseded = 250;
/** Children of a cut fan-out that one step creates. */
const expandWidth = 250;

export interface CancelParts {
  readonly storage: RunReader & RunSteps & ControlSteps & Due;
  readonly committer: Committer;
  readonly notices: Notices;
}

/**
 * Looks through all that a mark, or a unite that closed early, has to cancel, and cancels it in bounded steps. Done is
 * what a whole look finds nothing more in: until then, which gives false, the job has to be looked at again.
 */
export async function cancelJob(parts: CancelParts, run: LoadedRun, job: CancelJob): Promise<boolean> {
  if (job.kind === 'parked') {
    await parts.storage.unpark(run);
    return true;
  }
  const area = await cancelArea(parts.storage, run, job);
  if (!area) {
    await parts.storage.cancelled(run, job, { held: [], seen: '' });
    return true;
  }
  return new Cancelling(parts, run, area).look(job);
}

class Cancelling {
  readonly #parts: CancelParts;
  readonly #storage: CancelParts['storage'];
  readonly #run: LoadedRun;
  readonly #area: CancelArea;

  constructor(parts: CancelParts, run: LoadedRun, area: CancelArea) {
    this.#parts = parts;
    this.#storage = parts.storage;
    this.#run = run;
    this.#area = area;
  }

  async look(job: AreaJob): Promise<boolean> {
    let isClean = true;
    const { work } = this.#area;
    if (work?.isCut) {
      await this.#cut(work.newest.state, work.newest.record);
      isClean = false;
    }
    for await (const found of this.#area.states) {
      if (await this.#cancel(found)) isClean = false;
    }
    if (job.kind === 'scope') {
      const united = await newestAttempt(this.#storage, this.#run, job.scope.execution);
      if (united && (await this.#stopEmitting([united]))) isClean = false;
    }
    if (isClean && job.kind === 'superseded') isClean = await this.#takeBack(job.state);
    if (isClean) await this.#storage.cancelled(this.#run, job, await this.#release());
    return isClean;
  }

  /** False: another look has to find that all is back. */
  async #takeBack(heldBy: number): Promise<boolean> {
    const { reopened } = this.#area;
    return reopened === undefined || takeBack(this.#storage, this.#run, { ...reopened, heldBy });
  }

  async #release() {
    const { held, work, reopened } = this.#area;
    if (work) return { held: [], seen: '', attempt: work.newest.state };
    const decided = reopened ? { reopened } : {};
    if (held.length === 0) return { held: [], seen: '', ...decided };
    const seen = await this.#storage.marks(this.#run.runId);
    const delivered = held.map((scope) => hasDelivered(this.#storage, this.#run, scope));
    const known = await Promise.all(delivered);
    return { held: held.map((scope, i) => ({ ...scope, delivered: known[i]! })), seen, ...decided };
  }

  /** True if something was left to do in a page of states. */
  async #cancel(found: readonly FoundState[]): Promise<boolean> {
    const covered = found.filter(({ record }) => this.#area.includes(record.standing.node));
    const unfinished = covered.filter(
      ({ record: { status } }) => status === 'CREATED' || status === 'QUEUED',
    );
    for (let from = 0; from < unfinished.length; from += maxStep) {
      await this.#step(unfinished.slice(from, from + maxStep));
    }
    if (this.#area.kind === 'superseded') await this.#supersede(covered);
    const expanding = found.filter(({ record }) => record.status === 'EXECUTED');
    for (const { state, record } of expanding) {
      if (this.#area.kind !== 'scope') await this.#cut(state, record);
    }
    const spared = found.filter(({ record }) => !this.#area.includes(record.standing.node));
    const hasStopped = await this.#stopEmitting(spared);
    const isAtWork = unfinished.length > 0 || expanding.length > 0 || hasStopped;
    return isAtWork || (await this.#hasOpenScopes(covered));
  }

  /** States that a closed scope does not cancel stop emitting, where no way on is left for what they emit. */
  async #stopEmitting(found: readonly FoundState[]): Promise<boolean> {
    const { code } = this.#area.failure;
    let hasStopped = false;
    for (const one of found) if (await stopEmitting(this.#parts, this.#run, one, code)) hasStopped = true;
    return hasStopped;
  }

  /** True if a unite in there may still fire: another retry by hand, further in, keeps it from being decided. */
  async #hasOpenScopes(found: readonly FoundState[]): Promise<boolean> {
    if (this.#area.kind !== 'below' && this.#area.kind !== 'superseded') return false;
    const opened = found.flatMap(({ state, record }) =>
      record.fanOut
        ? nodeAt(this.#run.graph, record.standing.node).unitedBy.map((unite) => ({ unite, execution: state }))
        : [],
    );
    const scopes = await this.#storage.scopes(
      this.#run.runId,
      opened.filter((scope) => this.#area.isWithin(scope)),
    );
    return scopes.some((scope) => scope?.status === 'OPEN');
  }

  async #step(states: readonly FoundState[]): Promise<void> {
    const dying = new Map<string, ScopeAddress>();
    const reports = states.map(({ state, record }) => {
      // Also those that its emits have opened.
      const opened = record.hasEmitted ? nodeAt(this.#run.graph, record.standing.node).unitedBy : [];
      const scopes = [
        ...record.standing.scopes,
        ...opened.map((unite) => ({ unite, execution: record.work })),
      ];
      for (const scope of scopes) {
        if (this.#area.isWithin(scope)) dying.set(scopeKey(scope), scope);
      }
      const plan = planCancelled(this.#run.graph, record, this.#area.failure, this.#area.isFailure);
      return plannedReport(this.#run, state, record, plan, { guards: [] });
    });
    const cancelled = await this.#parts.committer.one({
      run: this.#run,
      reports,
      dying: [...dying.values()],
      onlyBelow: this.#area.mark,
    });
    // A retry by hand may have taken the mark away meanwhile: then its runtime goes on.
    for (const { state, record } of states) {
      if (record.status === 'QUEUED' && cancelled.has(state)) this.#tell(state, record, this.#area.failure);
    }
  }

  #tell(state: number, { leaseToken }: StateRecord, { code }: Failure): void {
    const cancellation = { stateId: stateIdOf(this.#run.runId, state), leaseToken, reason: code };
    this.#parts.notices.cancel(sessionOf(leaseToken), cancellation);
  }

  /** Children that a fan-out has not created yet are created cancelled, so that they can be retried; or not at all. */
  async #cut(state: number, record: StateRecord): Promise<void> {
    const cut = this.#area.isFailure
      ? ({ kind: 'cancel', failure: this.#area.failure, onlyBelow: this.#area.mark } as const)
      : ({ kind: 'drop', onlyBelow: this.#area.mark } as const);
    const plan = planAgain(this.#run, state, record);
    for (;;) {
      const step = await this.#storage.expand(this.#run, state, plan, { atMost: expandWidth, cut });
      if (step.kind !== 'more') return;
    }
  }

  /** Takes what has ended out of all counts; what has not is found by the next look. */
  async #supersede(found: readonly FoundState[]): Promise<void> {
    const states = found
      .filter(({ record }) => !record.isSuperseded && hasEnded(record))
      .map((one) => this.#superseded(one));
    for (let from = 0; from < states.length; from += maxSuperseded)
      await this.#storage.supersede(this.#run.runId, states.slice(from, from + maxSuperseded));
  }

  #superseded({ state, record }: FoundState): SupersededState {
    const isFailure = record.status === 'ERRORED' || record.status === 'CANCELLED';
    if (!isFailure || record.isUncounted) return { state, countsIn: [], isUncounted: false };
    const failsIn = failureIn(this.#run.graph, record);
    // What counts in a scope that is superseded as well counts nowhere already.
    const countsIn = failsIn.countsIn.filter((scope) =>
      this.#area.held.some((held) => isSameScope(held, scope)),
    );
    return { state, countsIn, isUncounted: failsIn.isUncounted };
  }
}

/** True if nothing changes the state any more, but for a retry by hand. */
function hasEnded({ status }: StateRecord): boolean {
  return status !== 'CREATED' && status !== 'QUEUED' && status !== 'EXECUTED';
}
