import type { Output, Report } from '../../domain/model/stream.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import { findLease } from './find-lease.ts';
import { emitsBranches, type OpenEmits } from './open-emits.ts';
import { type Emitted, type PlannedAnswer, type ReportPlanner, reportedState } from './report-planner.ts';
import { stageOutputs } from './stage-outputs.ts';

/** More outputs, or bytes of them, than this go into storage ahead of their report. */
const maxInlineOutputs = 500;
const maxInlineBytes = 500_000;

/** Reports that need storage before they can be planned: leases from before a reconnect, emits, many outputs. */
export class ReportIntake {
  readonly #storage: RunReader & RunSteps;
  readonly #runs: LoadedRuns;
  readonly #planner: ReportPlanner;
  readonly #emits: OpenEmits;
  readonly #plan: (session: Session, held: HeldState, report: Report, emits: Emitted) => void;
  readonly #wait: (session: Session, held: HeldState, answer: PlannedAnswer) => void;

  constructor(parts: {
    storage: RunReader & RunSteps;
    runs: LoadedRuns;
    planner: ReportPlanner;
    emits: OpenEmits;
    /** Plans a report, and lets it wait for its turn. */
    plan: (session: Session, held: HeldState, report: Report, emits: Emitted) => void;
    /** Lets a report that is planned wait for its turn. */
    wait: (session: Session, held: HeldState, answer: PlannedAnswer) => void;
  }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#planner = parts.planner;
    this.#emits = parts.emits;
    this.#plan = parts.plan;
    this.#wait = parts.wait;
  }

  /** @param known what is known of its lease here */
  async add(session: Session, known: HeldState | undefined, report: Report): Promise<void> {
    const held = known ?? (await this.#find(session, report));
    if (!held) return;
    await held.staging;
    if (emitsBranches(session, held)) return this.#addOpen(session, held, report);
    const ready = isLarge(held, report) ? await this.#stage(session, held, report) : report;
    const { run, state, leaseToken } = held;
    const isRouted =
      isEmitted(ready) && (await this.#storage.isRouted({ runId: run.runId, state, leaseToken }));
    this.#plan(session, held, ready, { isRouted });
  }

  /** A report behind emits. Outputs that it brings along are the last of them. */
  async #addOpen(session: Session, held: HeldState, report: Report): Promise<void> {
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
    if (failure) return this.#wait(session, held, this.#planner.refuse(reportedState(held), failure));
    const refused = outputs.length > 0 ? await this.#emits.addReported(session, held, outputs) : undefined;
    if (refused === 'STALE') return session.ack({ stateId, leaseToken, status: 'STALE_LEASE' });
    // Nobody needs more of them: what was accepted before is all there is.
    this.#plan(
      session,
      held,
      { ...report, outcome: { ...outcome, emitCount: outputs.length } },
      { isOpen: true },
    );
  }

  /** Looks up a lease that this state manager does not know. Answers the report if there is none. */
  async #find(session: Session, { stateId, leaseToken }: Report): Promise<HeldState | undefined> {
    const found = await findLease({ storage: this.#storage, runs: this.#runs }, session, {
      stateId,
      leaseToken,
    });
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

/** Whether a report on a lease that is known cannot be planned as it is. */
export function needsStorage(held: HeldState, report: Report): boolean {
  return isLarge(held, report) || isEmitted(report);
}

function isEmitted({ outcome }: Report): boolean {
  return outcome.kind === 'executed' && outcome.emitCount > 0;
}

/** Routes that are followed step by step have to be kept until then. */
function isLarge({ run, record }: HeldState, { outcome }: Report): boolean {
  if (outcome.kind !== 'executed') return false;
  const { outputs } = outcome;
  const { children } = run.graph.nodes[record.standing.node]!;
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
