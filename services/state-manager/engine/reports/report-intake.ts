import { nodeAt } from '../../domain/graph/graph.ts';
import type { Output, Report } from '../../domain/model/stream.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import { isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import type { LeaseFinder } from './find-lease.ts';
import { emitsBranches, type OpenEmits } from './open-emits.ts';
import { type Emitted, type ReportPlanner, reportedState, uncheckable } from './report-planner.ts';
import type { ReportQueue } from './report-queue.ts';
import { resend } from './resend.ts';
import { stageOutputs } from './stage-outputs.ts';

/** More outputs, or bytes of them, than this go into storage ahead of their report. */
const maxInlineOutputs = 500;
const maxInlineBytes = 500_000;

/**
 * Reports that come in. Most are planned at once. Some need storage before that: those on a lease from before a
 * reconnect, those behind emits, and those with so many outputs that these are staged ahead.
 */
export class ReportIntake {
  readonly #storage: RunReader & RunSteps;
  readonly #leases: LeaseFinder;
  readonly #planner: ReportPlanner;
  readonly #queue: ReportQueue;
  readonly #openEmits: OpenEmits;
  readonly #log: Log;

  constructor(parts: {
    storage: RunReader & RunSteps;
    leases: LeaseFinder;
    planner: ReportPlanner;
    queue: ReportQueue;
    openEmits: OpenEmits;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#leases = parts.leases;
    this.#planner = parts.planner;
    this.#queue = parts.queue;
    this.#openEmits = parts.openEmits;
    this.#log = parts.log;
  }

  /** Takes a report of a session. */
  take(session: Session, report: Report): void {
    const { stateId, leaseToken } = report;
    const held = session.held(stateId, leaseToken) ?? this.#queue.committing(stateId, leaseToken);
    const taken = held ? this.#takeHeld(session, held, report) : this.#takeStray(session, report);
    taken?.catch((error: Error) => resend(this.#log, session, report, error));
  }

  /** Takes a report on a lease that this state manager does not know. */
  async #takeStray(session: Session, report: Report): Promise<void> {
    const held = await this.#find(session, report);
    if (held) await this.#takeHeld(session, held, report);
  }

  /** Takes a report, at once where that is cheap. @throws storage takes nothing now; all else is of its tenant's making */
  #takeHeld(session: Session, held: HeldState, report: Report): Promise<void> | undefined {
    const failed = async (error: Error): Promise<void> => {
      if (isPassing(error)) throw error;
      const reported = reportedState(held);
      this.#queue.add(session, held, this.#planner.refuse(reported, uncheckable(error)));
    };
    try {
      if (!isPlain(session, held, report)) return this.#prepare(session, held, report).catch(failed);
      return this.#checkAndPlan(session, held, report)?.catch(failed);
    } catch (error) {
      return failed(error as Error);
    }
  }

  /** Plans a report once its outputs were checked: at once, where that is cheap. */
  #checkAndPlan(session: Session, held: HeldState, report: Report): Promise<void> | undefined {
    const checked = this.#check(session, held, report);
    if (checked instanceof Promise) return checked.then((late) => this.#plan(session, held, late));
    this.#plan(session, held, checked);
    return undefined;
  }

  #check(session: Session, held: HeldState, report: Report): Report | Promise<Report> {
    return this.#planner.check(reportedState(held), report, session.nodes.get(held.nodeName));
  }

  #plan(session: Session, held: HeldState, checked: Report, emits: Emitted = {}): void {
    this.#queue.add(session, held, this.#planner.plan(reportedState(held), checked, emits));
  }

  /** Plans a report with what storage knows. */
  async #prepare(session: Session, held: HeldState, report: Report): Promise<void> {
    await held.staging;
    if (emitsBranches(session, held)) return this.#sealBehind(session, held, report);
    const checked = await this.#check(session, held, report);
    const ready = isLarge(held, checked) ? await this.#stage(held, checked) : checked;
    const { run, state, leaseToken } = held;
    const isRouted =
      isEmitted(ready) && (await this.#storage.isRouted({ runId: run.runId, state, leaseToken }));
    this.#plan(session, held, ready, { isRouted });
  }

  /** Plans a report behind emits. Outputs that it brings along are the last of them. */
  async #sealBehind(session: Session, held: HeldState, report: Report): Promise<void> {
    const { outcome } = report;
    const { stateId, leaseToken } = held;
    if (outcome.kind !== 'executed' || outcome.emitCount > 0) {
      return this.#plan(session, held, report, { isOpen: true });
    }
    const { outputs } = outcome;
    const reported = reportedState(held);
    const failure =
      this.#planner.excess(reported, outputs.length) ??
      (await this.#planner.outputFailure(outputs, reported, session.nodes.get(held.nodeName)));
    if (failure) return this.#queue.add(session, held, this.#planner.refuse(reported, failure));
    const refused =
      outputs.length > 0 ? await this.#openEmits.addReported(session, held, outputs) : undefined;
    if (refused === 'STALE') return session.ack({ stateId, leaseToken, status: 'STALE_LEASE' });
    // Where no way on is left for more of them, what was accepted before is all there is.
    this.#plan(
      session,
      held,
      { ...report, outcome: { ...outcome, emitCount: outputs.length } },
      { isOpen: true },
    );
  }

  /** Looks up a lease that this state manager does not know, and answers the report if there is none. */
  async #find(session: Session, { stateId, leaseToken }: Report): Promise<HeldState | undefined> {
    const found = await this.#leases.find(session, { stateId, leaseToken });
    if (typeof found === 'object') return found;
    session.ack({ stateId, leaseToken, status: found });
    return undefined;
  }

  /** Stages the outputs of a report that was checked. */
  async #stage(held: HeldState, report: Report): Promise<Report> {
    if (report.outcome.kind !== 'executed') return report;
    const { outputs } = report.outcome;
    // The planner refuses it with the same words.
    if (this.#planner.excess(reportedState(held), outputs.length)) return report;
    const staged = await stageOutputs(this.#storage, held, 0, outputs);
    if (typeof staged === 'object')
      return { ...report, outcome: { kind: 'invalid', failure: excessFailure(staged, held.run.limits) } };
    return { ...report, outcome: { kind: 'executed', outputs: [], emitCount: outputs.length } };
  }
}

/** True if a report on a lease that is known can be planned as it is. */
function isPlain(session: Session, held: HeldState, report: Report): boolean {
  return !held.staging && !emitsBranches(session, held) && !isLarge(held, report) && !isEmitted(report);
}

function isEmitted({ outcome }: Report): boolean {
  return outcome.kind === 'executed' && outcome.emitCount > 0;
}

/** Routes that are followed step by step have to be kept until then. */
function isLarge({ run, record }: HeldState, { outcome }: Report): boolean {
  if (outcome.kind !== 'executed') return false;
  const { outputs } = outcome;
  const { children } = nodeAt(run.graph, record.standing.node);
  if (outputs.length > maxInlineOutputs || isHeavy(outputs)) return true;
  return (
    outputs.length * children.length > maxInlineOutputs && outputs.some(({ route }) => route !== undefined)
  );
}

function isHeavy(outputs: readonly Output[]): boolean {
  let bytes = 0;
  for (const { outputJson } of outputs) bytes += outputJson.length;
  return outputs.length > 1 && bytes > maxInlineBytes;
}
