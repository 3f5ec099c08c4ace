/**
 * Reports and emits of runtimes, until storage has them. With `split → work ×3 → merge`, where `merge` unites `split`:
 *
 *     split reports 3 outputs    planned: succeed, 3 children of work, a scope of 3 branches → waits
 *     the dispatcher's turn      nextBatch: [[split]], split's room is free, nothing waits
 *                                committed → split is acked ACCEPTED
 *     work 1, 2 and 3 report     each planned: succeed, one token less in its branch → 3 wait
 *     the dispatcher's turn      nextBatch: [[work 1, work 2, work 3]], one step, since they are of one run
 *                                refused: work 2 is STALE → it is acked STALE_LEASE; 1 and 3 wait again, in front
 *     the dispatcher's turn      nextBatch: [[work 1, work 3]]
 *                                committed → both are acked ACCEPTED
 *
 * So a step is committed whole or not at all, and a report that spoils it costs the others one turn.
 * The imports go one way: what comes in (`report-intake.ts`, `emit-intake.ts`, then `open-emits.ts`) and what comes
 * back (`refused-reports.ts`) put planned reports into `report-queue.ts`, which knows of none of them.
 */
import type { Bell } from '../../bell.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Emit, Report } from '../../domain/model/stream.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps, SettleResult } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import { EmitIntake } from './emit-intake.ts';
import { LeaseFinder } from './find-lease.ts';
import { OpenEmits } from './open-emits.ts';
import { RefusedReports } from './refused-reports.ts';
import type { Batch, Waiting } from './report-batch.ts';
import { ReportIntake } from './report-intake.ts';
import { type ReportPlanner, reportedState } from './report-planner.ts';
import { ReportQueue } from './report-queue.ts';

/** Time after which reports on a run that is broken in storage are tried again for the first time, and at most, milliseconds. */
const brokenRunMs = 1_000;
const maxBrokenRunMs = 60_000;

/** Reports and emits on their way into storage, and the answers on their way back. */
export class Reports {
  readonly #planner: ReportPlanner;
  readonly #queue: ReportQueue;
  readonly #intake: ReportIntake;
  readonly #emits: EmitIntake;
  readonly #refused: RefusedReports;
  readonly #log: Log;

  constructor(parts: {
    storage: RunReader & RunSteps;
    runs: LoadedRuns;
    planner: ReportPlanner;
    /** Rung when something waits for a turn. */
    work: Bell;
    log: Log;
  }) {
    this.#planner = parts.planner;
    this.#log = parts.log;
    const queue = new ReportQueue(parts.work);
    const openEmits = new OpenEmits({ ...parts, queue });
    this.#queue = queue;
    const leases = new LeaseFinder(parts);
    this.#intake = new ReportIntake({ ...parts, queue, openEmits, leases });
    this.#emits = new EmitIntake({ ...parts, queue, openEmits, leases });
    this.#refused = new RefusedReports({ ...parts, queue });
  }

  /** Takes reports of a session. Each is answered to it when it is durable. */
  take(session: Session, reports: readonly Report[]): void {
    for (const report of reports) this.#intake.take(session, report);
  }

  /** Takes chunks of emits of a session, those of each state in order. Each is answered to it when it is durable. */
  takeEmits(session: Session, emits: readonly Emit[]): void {
    for (const emit of emits) this.#emits.take(session, emit);
  }

  /** Ends a leased state as an error for a reason of our own, which no retry would change. */
  fail(session: Session, held: HeldState, failure: Failure): void {
    this.#queue.addOwn(session, held, this.#planner.refuse(reportedState(held), failure).planned);
  }

  /** Gives a leased state back that was never sent, for some milliseconds; the attempt does not count. */
  holdBack(session: Session, held: HeldState, delayMs: number): void {
    this.#queue.addOwn(session, held, this.#planner.heldBack(reportedState(held), delayMs));
  }

  /** True if a report on this lease waits, or is on its way into storage. */
  has(stateId: string, leaseToken: string): boolean {
    return this.#queue.has(stateId, leaseToken);
  }

  /** Number of reports that wait for a turn. */
  get size(): number {
    return this.#queue.size;
  }

  /**
   * Takes what the next turn commits. It ends with `answer` or `putBack`.
   * @param atMost weight: 1 a report, and more for what it brings along
   */
  nextBatch(atMost: number): Batch {
    return this.#queue.take(atMost);
  }

  /** Answers what was settled; the rest waits to be tried again. @returns FAILED: storage takes nothing now */
  answer(batch: Batch, settled: readonly SettleResult[]): 'DONE' | 'MORE' | 'FAILED' {
    const again: Waiting[] = [];
    let hasFailed = false;
    batch.waiting.forEach((step, i) => {
      const result = settled[i]!;
      switch (result.kind) {
        case 'committed':
          for (const one of step) answerCommitted(one);
          break;
        case 'refused':
          for (const one of step) {
            const reason = result.reasons.get(one.held.state);
            if (reason) this.#refused.take(one, reason);
            else again.push(one);
          }
          break;
        case 'failed':
          this.#log.warn({ event: 'settle_failed', error: result.error, runId: step[0]!.held.run.runId });
          if (result.isOfRun) this.#queue.postpone(step, pauseOf(step));
          else {
            hasFailed = true;
            again.push(...step);
          }
          break;
        case 'alive':
          again.push(...step);
      }
    });
    this.#queue.end(batch, again);
    if (hasFailed) return 'FAILED';
    return this.#queue.isEmpty ? 'DONE' : 'MORE';
  }

  /** Takes back a batch of which it is not known what was committed: it is tried again, which is harmless. */
  putBack(batch: Batch): void {
    this.#queue.putBack(batch);
  }
}

/** A run that stays broken is tried less and less. */
function pauseOf(step: readonly Waiting[]): number {
  const tries = Math.max(...step.map(({ brokenTries = 0 }) => brokenTries));
  return Math.min(maxBrokenRunMs, brokenRunMs * 2 ** tries);
}

function answerCommitted({ session, held, answer, resolve }: Waiting): void {
  if (resolve) resolve('COMMITTED');
  else if (answer) session.ack({ stateId: held.stateId, leaseToken: held.leaseToken, ...answer });
}
