import type { Failure } from '../../domain/model/state.ts';
import type { Output, Report } from '../../domain/model/stream.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RefusalReason, RunSteps, SettleResult } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import { emitsBranches, OpenEmits } from './open-emits.ts';
import { type Batch, bytesOfReport, takeSteps, type Waiting } from './report-batch.ts';
import { needsStorage, ReportIntake } from './report-intake.ts';
import { type Emitted, type PlannedAnswer, type ReportPlanner, reportedState } from './report-planner.ts';

/** Reports on their way into storage, and the answers on their way back. */
export class ReportQueue {
  readonly emits: OpenEmits;
  readonly #storage: RunReader & RunSteps;
  readonly #intake: ReportIntake;
  readonly #planner: ReportPlanner;
  readonly #log: Log;
  #waiting: Waiting[] = [];
  /** What a turn is committing, by state: another report on it is answered behind the one that is on its way. */
  readonly #committing = new Map<string, HeldState>();
  #listener: () => void = () => {};

  constructor(parts: { storage: RunReader & RunSteps; runs: LoadedRuns; planner: ReportPlanner; log: Log }) {
    this.#storage = parts.storage;
    this.#planner = parts.planner;
    this.#log = parts.log;
    this.emits = new OpenEmits({
      storage: parts.storage,
      commit: (session, held, first, outputs) => this.#commitEmits(session, held, first, outputs),
      fail: (session, held, failure) => this.fail(session, held, failure),
      seal: (session, held) => this.#seal(session, held),
    });
    this.#intake = new ReportIntake({
      ...parts,
      emits: this.emits,
      plan: (session, held, report, emits) => this.#plan(session, held, report, emits),
      wait: (session, held, answer) => this.#wait(session, held, answer),
    });
  }

  onReport(listener: () => void): void {
    this.#listener = listener;
  }

  /** Takes a report of a session. The answer goes to the session when it is durable. */
  add(session: Session, report: Report): void {
    const { stateId, leaseToken } = report;
    const held = session.held(stateId, leaseToken) ?? this.#onTheWay(stateId, leaseToken);
    const isReady = held && !held.staging && !emitsBranches(session, held) && !needsStorage(held, report);
    if (isReady) this.#plan(session, held, report);
    else
      this.#intake.add(session, held, report).catch((error: Error) => this.#failed(session, report, error));
  }

  /** Ends a leased state as an error for a reason of our own, which no retry would change. */
  fail(session: Session, held: HeldState, failure: Failure): void {
    const { planned, answer } = this.#planner.refuse(reportedState(held), failure);
    this.#waiting.push({ session, held, planned, answer, bytes: 0, isOwn: true });
    this.#listener();
  }

  /** Settles a state with what it has emitted, for a reason of our own: nobody needs more. */
  #seal(session: Session, held: HeldState): void {
    const { planned, answer } = this.#planner.sealed(reportedState(held));
    this.#waiting.push({ session, held, planned, answer, bytes: 0, isOwn: true });
    this.#listener();
  }

  /** What the next turn commits: steps of reports on one run, each state at most once in the turn. */
  take(): Batch {
    const { steps, rest } = takeSteps(this.#waiting);
    this.#waiting = rest;
    for (const { session, held, onResult } of steps.flat()) {
      if (onResult) continue;
      // Its room can be claimed in the same round trip.
      session.release(held.stateId, held.leaseToken);
      this.#committing.set(held.stateId, held);
    }
    return {
      waiting: steps,
      settlements: steps.map((step) => ({
        run: step[0]!.held.run,
        reports: step.map(({ planned }) => planned),
      })),
    };
  }

  /** Answers what was settled; the rest waits to be tried again. FAILED: storage refused some of it. */
  answer({ waiting }: Batch, settled: readonly SettleResult[]): 'DONE' | 'MORE' | 'FAILED' {
    this.#committing.clear();
    const again: Waiting[] = [];
    waiting.forEach((group, i) => {
      const result = settled[i]!;
      switch (result.kind) {
        case 'committed':
          for (const { session, held, answer, isOwn, onResult } of group) {
            if (onResult) onResult('COMMITTED');
            else if (!isOwn) session.ack({ stateId: held.stateId, leaseToken: held.leaseToken, ...answer });
          }
          break;
        case 'refused':
          for (const one of group) {
            const reason = result.reasons.get(one.held.state);
            if (reason) this.#refuse(one, reason);
            else again.push(one);
          }
          break;
        case 'alive':
        case 'failed':
          if (result.kind === 'failed')
            this.#log.warn({ event: 'settle_failed', error: result.error, runId: group[0]!.held.run.runId });
          again.push(...group);
      }
    });
    this.#waiting = [...again, ...this.#waiting];
    if (settled.some(({ kind }) => kind === 'failed')) return 'FAILED';
    return this.#waiting.length > 0 ? 'MORE' : 'DONE';
  }

  /** Nothing of a batch was committed, or nobody knows: it is tried again, which is harmless. */
  putBack({ waiting }: Batch): void {
    this.#committing.clear();
    const known = new Set(this.#waiting);
    this.#waiting = [...waiting.flat().filter((one) => !known.has(one)), ...this.#waiting];
  }

  /** Whether a report on this lease waits, or is on its way into storage. */
  has(stateId: string, leaseToken: string): boolean {
    if (this.#onTheWay(stateId, leaseToken)) return true;
    return this.#waiting.some(({ held }) => held.stateId === stateId && held.leaseToken === leaseToken);
  }

  #onTheWay(stateId: string, leaseToken: string): HeldState | undefined {
    const held = this.#committing.get(stateId);
    return held?.leaseToken === leaseToken ? held : undefined;
  }

  #plan(session: Session, held: HeldState, report: Report, emits: Emitted = {}): void {
    const definition = session.nodes.get(held.nodeName);
    this.#wait(session, held, this.#planner.plan(reportedState(held), report, definition, emits));
  }

  #commitEmits(
    session: Session,
    held: HeldState,
    first: number,
    outputs: readonly Output[],
  ): Promise<'COMMITTED' | RefusalReason> {
    const planned = this.#planner.emitted(reportedState(held), first, outputs);
    const bytes = bytesOfReport(planned);
    return new Promise((onResult) => {
      this.#waiting.push({ session, held, planned, answer: { status: 'ACCEPTED' }, bytes, onResult });
      this.#listener();
    });
  }

  #wait(session: Session, held: HeldState, { planned, answer }: PlannedAnswer): void {
    this.#waiting.push({ session, held, planned, answer, bytes: bytesOfReport(planned) });
    this.#listener();
  }

  #refuse(waiting: Waiting, reason: RefusalReason): void {
    const { session, held, isOwn } = waiting;
    const { stateId, leaseToken } = held;
    waiting.onResult?.(reason);
    if (isOwn || waiting.onResult) return;
    if (typeof reason === 'object') {
      const failure =
        'rule' in reason
          ? this.#planner.storeFailure(reason, held.run.limits)
          : excessFailure(reason, held.run.limits);
      session.hold(held);
      this.#wait(session, held, this.#planner.refuse(reportedState(held), failure));
      return;
    }
    if (reason === 'CHANGED') {
      // Another stream of the session has emitted: the runtime sends it again, to be planned anew.
      this.#failed(session, held, new Error('the work has emitted since the report was planned'));
      return;
    }
    if (reason === 'MISSING') {
      session.hold(held);
      this.#answerMissing(waiting).catch((error: Error) => this.#failed(session, held, error));
      return;
    }
    session.ack({ stateId, leaseToken, status: reason === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED' });
  }

  /** The number of emits is not the one that the report gives. */
  async #answerMissing(waiting: Waiting): Promise<void> {
    const { session, held, planned, isRecount } = waiting;
    const { stateId, leaseToken, run, state } = held;
    const { step } = planned.plan;
    if (step.kind === 'seal') {
      const total = step.total ?? 0;
      const accepted = await this.emits.accepted(held);
      if (accepted < total) {
        const missing = [{ first: accepted, end: total }];
        return session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
      }
      if (accepted === total) return this.#waitAgain(waiting);
      held.record = { ...held.record, hasEmitted: true };
      const refused = this.#planner.refuse(reportedState(held), fewerThanAccepted(total, accepted));
      return this.#wait(session, held, refused);
    }
    const total = planned.plan.step.kind === 'succeed' ? planned.plan.step.total : 0;
    const missing = await this.#storage.missingEmits({ runId: run.runId, state, leaseToken }, total);
    if (missing.length > 0) {
      session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
    } else if (isRecount) {
      this.#wait(session, held, this.#planner.refuse(reportedState(held), tooManyEmits(total)));
    } else {
      this.#waitAgain(waiting);
    }
  }

  /** The last of the emits has come in between: they are counted once more. */
  #waitAgain(waiting: Waiting): void {
    this.#waiting.push({ ...waiting, isRecount: true });
    this.#listener();
  }

  /** The runtime keeps an unanswered report and sends it again, so the stream's end is the way to ask for it. */
  #failed(session: Session, { stateId }: { stateId: string }, error: Error): void {
    this.#log.warn({ event: 'report_not_taken', sessionId: session.sessionId, stateId, error });
    session.close(
      new FanoutError(
        'STORAGE_UNAVAILABLE',
        'a report could not be looked up in storage: connect again and resend it',
        {
          cause: error,
        },
      ),
    );
  }
}

function tooManyEmits(count: number): Failure {
  const message = `the report counts ${count} emits, and more have arrived: count every index that was sent, once`;
  return { code: 'REPORT_INVALID', message };
}

function fewerThanAccepted(count: number, accepted: number): Failure {
  const message = `the report counts ${count} emits, and ${accepted} of this work were accepted: an attempt that goes on must come to at least as many`;
  return { code: 'REPORT_INVALID', message };
}
