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
    if (held && isPlain(session, held, report)) this.#plan(session, held, report);
    else
      this.#prepare(session, held, report).catch((error: Error) =>
        this.#failed(session, held, report, error),
      );
  }

  /** Has a report sent again that storage has kept from being taken. What else goes wrong is of its tenant's making. */
  #failed(session: Session, held: HeldState | undefined, report: Report, error: Error): void {
    if (held && !isPassing(error)) this.#refuse(session, held, error);
    else resend(this.#log, session, report, error);
  }

  #refuse(session: Session, held: HeldState, error: Error): void {
    this.#queue.add(session, held, this.#planner.refuse(reportedState(held), uncheckable(error)));
  }

  #plan(session: Session, held: HeldState, report: Report, emits: Emitted = {}): void {
    const definition = session.nodes.get(held.nodeName);
    try {
      this.#queue.add(session, held, this.#planner.plan(reportedState(held), report, definition, emits));
    } catch (error) {
      this.#refuse(session, held, error as Error);
    }
  }

  /** Plans a report with what storage knows. @param known its lease, if it is known here */
  async #prepare(session: Session, known: HeldState | undefined, report: Report): Promise<void> {
    const held = known ?? (await this.#find(session, report));
    if (!held) return;
    await held.staging;
    if (emitsBranches(session, held)) return this.#sealBehind(session, held, report);
    const ready = isLarge(held, report) ? await this.#stage(session, held, report) : report;
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
    const definition = session.nodes.get(held.nodeName);
    const reported = reportedState(held);
    const failure =
      this.#planner.excess(reported, outputs.length) ??
      this.#planner.outputFailure(outputs, reported, definition);
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

  async #stage(session: Session, held: HeldState, report: Report): Promise<Report> {
    if (report.outcome.kind !== 'executed') return report;
    const { outputs } = report.outcome;
    const reported = reportedState(held);
    const failure =
      this.#planner.excess(reported, outputs.length) ??
      this.#planner.outputFailure(outputs, reported, session.nodes.get(held.nodeName));
    // The planner refuses it with the same words.
    if (failure) return report;
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
