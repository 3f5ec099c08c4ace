import type { Failure } from '../../domain/model/state.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import type { Log } from '../../log.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RefusalReason } from '../ports/settling.ts';
import { acceptedEmits } from './open-emits.ts';
import type { Waiting } from './report-batch.ts';
import { type ReportPlanner, reportedState } from './report-planner.ts';
import type { ReportQueue } from './report-queue.ts';
import { resend } from './resend.ts';

/** Answers reports that storage has refused, or settles their states as errors. */
export class RefusedReports {
  readonly #storage: RunReader;
  readonly #planner: ReportPlanner;
  readonly #queue: ReportQueue;
  readonly #log: Log;

  constructor(parts: { storage: RunReader; planner: ReportPlanner; queue: ReportQueue; log: Log }) {
    this.#storage = parts.storage;
    this.#planner = parts.planner;
    this.#queue = parts.queue;
    this.#log = parts.log;
  }

  /** Takes one that was refused. One of our own needs nothing more: its state has ended otherwise. */
  take(refused: Waiting, reason: RefusalReason): void {
    const { session, held, answer, resolve } = refused;
    resolve?.(reason);
    if (!answer) return;
    const { stateId, leaseToken } = held;
    if (typeof reason === 'object') {
      const { limits } = held.run;
      session.hold(held);
      const isOfStore = 'rule' in reason;
      const failure = isOfStore ? this.#planner.storeFailure(reason, limits) : excessFailure(reason, limits);
      this.#settle(refused, failure);
    } else if (reason === 'CHANGED') {
      // Another stream of the session has emitted: the runtime sends it again, to be planned anew.
      resend(this.#log, session, held, new Error('the work has emitted since the report was planned'));
    } else if (reason === 'MISSING') {
      session.hold(held);
      this.#recount(refused).catch((error: Error) => resend(this.#log, session, held, error));
    } else {
      session.ack({ stateId, leaseToken, status: reason === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED' });
    }
  }

  /** Settles a state as an error because its report broke a rule. */
  #settle({ session, held }: Waiting, failure: Failure): void {
    this.#queue.add(session, held, this.#planner.refuse(reportedState(held), failure));
  }

  /** Looks up which emits are missing, where their number is not the one that the report gives. */
  async #recount(refused: Waiting): Promise<void> {
    const { session, held, planned, isRecount } = refused;
    const { stateId, leaseToken, run, state } = held;
    const { step } = planned.plan;
    if (step.kind === 'seal') {
      const total = step.total ?? 0;
      const accepted = await acceptedEmits(this.#storage, held);
      if (accepted < total) {
        const missing = [{ first: accepted, end: total }];
        return session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
      }
      if (accepted === total) return this.#queue.addRecount(refused);
      held.record = { ...held.record, hasEmitted: true };
      return this.#settle(refused, fewerThanAccepted(total, accepted));
    }
    const total = step.kind === 'succeed' ? step.total : 0;
    const missing = await this.#storage.missingEmits({ runId: run.runId, state, leaseToken }, total);
    if (missing.length > 0) session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
    else if (isRecount) this.#settle(refused, tooManyEmits(total));
    else this.#queue.addRecount(refused);
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
