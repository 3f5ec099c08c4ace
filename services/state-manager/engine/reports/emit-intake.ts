import type { Failure } from '../../domain/model/state.ts';
import type { Emit } from '../../domain/model/stream.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import type { LeaseFinder } from './find-lease.ts';
import { emitsBranches, type OpenEmits } from './open-emits.ts';
import { type ReportPlanner, reportedState, uncheckable } from './report-planner.ts';
import type { ReportQueue } from './report-queue.ts';
import { stageOutputs } from './stage-outputs.ts';

/** Emits that come in: of an open fan-out they become branches, of any other node they are staged until its report. */
export class EmitIntake {
  readonly #storage: RunReader & RunSteps;
  readonly #leases: LeaseFinder;
  readonly #planner: ReportPlanner;
  readonly #queue: ReportQueue;
  readonly #open: OpenEmits;
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
    this.#open = parts.openEmits;
    this.#log = parts.log;
  }

  /** Takes a chunk of emits, behind those of its state that came before it. */
  take(session: Session, emit: Emit): void {
    const held = session.held(emit.stateId, emit.leaseToken);
    if (!held) this.#answerStray(session, emit);
    else if (emitsBranches(session, held)) this.#accept(session, held, emit);
    else this.#stage(session, held, emit);
  }

  /** Answers what is sent under a lease that has ended. */
  #answerStray(session: Session, emit: Emit): void {
    const { stateId, leaseToken, firstIndex } = emit;
    this.#leases
      .find(session, { stateId, leaseToken })
      .then((found) => {
        // A lease that stands, and is not known here, is that of a state that is being settled.
        const isStanding = typeof found === 'object' && found.record.status === 'QUEUED';
        const status = isStanding || found === 'ALREADY_SETTLED' ? 'ALREADY_SETTLED' : 'STALE_LEASE';
        session.ack({ stateId, leaseToken, emitFirstIndex: firstIndex, status });
      })
      .catch((error: Error) => this.#failed('emits_not_answered', session, emit, error));
  }

  #accept(session: Session, held: HeldState, emit: Emit): void {
    this.#open
      .add(session, held, emit, this.#failureOf(session, held, emit))
      .catch((error: Error) => this.#failed('emits_not_accepted', session, emit, error));
  }

  #stage(session: Session, held: HeldState, emit: Emit): void {
    const before = held.staging ?? Promise.resolve();
    const staging = before
      .then(() => this.#stageNow(session, held, emit))
      .catch((error: Error) => this.#failed('emits_not_staged', session, emit, error))
      .finally(() => {
        if (held.staging === staging) delete held.staging;
      });
    held.staging = staging;
  }

  async #stageNow(session: Session, held: HeldState, emit: Emit): Promise<void> {
    const { stateId, leaseToken, firstIndex, outputs } = emit;
    const answer = { stateId, leaseToken, emitFirstIndex: firstIndex };
    const refuse = (reason: Failure) => {
      session.ack({ ...answer, status: 'INVALID', reason });
      this.#queue.addOwn(session, held, this.#planner.refuse(reportedState(held), reason).planned);
    };
    const failure = await this.#failureOf(session, held, emit);
    if (failure) return refuse(failure);
    const staged = await stageOutputs(this.#storage, held, firstIndex, outputs);
    if (typeof staged === 'object') return refuse(excessFailure(staged, held.run.limits));
    const status = staged === 'OK' ? 'ACCEPTED' : staged === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED';
    session.ack({ ...answer, status });
  }

  #failureOf(
    session: Session,
    held: HeldState,
    emit: Emit,
  ): Failure | undefined | Promise<Failure | undefined> {
    try {
      const failure = this.#planner.emitFailure(emit, reportedState(held), session.nodes.get(held.nodeName));
      return failure instanceof Promise ? failure.catch(uncheckable) : failure;
    } catch (error) {
      return uncheckable(error as Error);
    }
  }

  /** Ends the stream: its runtime keeps emits that are not answered, and sends them again when it resumes. */
  #failed(
    event: 'emits_not_answered' | 'emits_not_accepted' | 'emits_not_staged',
    session: Session,
    { stateId }: Emit,
    error: Error,
  ): void {
    this.#log.warn({ event, stateId, error });
    session.fail(FanoutError.from(error));
  }
}
