import type { Bell } from '../../bell.ts';
import type { PlannedReport } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';
import { type Batch, bytesOfReport, type EmitResult, takeSteps, type Waiting } from './report-batch.ts';
import type { PlannedAnswer } from './report-planner.ts';

/** Planned reports: those that wait for a turn of the dispatcher, and those that it is committing. `reports.ts` has an example. */
export class ReportQueue {
  readonly #work: Bell;
  #waiting: Waiting[] = [];
  /** States by id, from `take` until `end`: another report on one is answered behind the one that is on its way. */
  readonly #committing = new Map<string, HeldState>();
  /** Ids of the states in all turns that are under way: what else comes of one waits for the end of its turn. */
  readonly #inTurns = new Set<string>();
  /** Reports that wait for later: their runs are broken. */
  readonly #postponed = new Set<Waiting>();

  /** @param work rung when something waits */
  constructor(work: Bell) {
    this.#work = work;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Number of reports that wait for a turn. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Adds a report of a runtime, which is answered when it is durable. */
  add(session: Session, held: HeldState, { planned, answer }: PlannedAnswer): void {
    this.#push({ session, held, planned, answer, bytes: bytesOfReport(planned) });
  }

  /** Adds a report of our own, which no runtime waits for: it ends a leased state. */
  addOwn(session: Session, held: HeldState, planned: PlannedReport): void {
    this.#push({ session, held, planned, bytes: 0 });
  }

  /** Adds outputs of an open fan-out. @returns what became of them, once that is known */
  addEmits(session: Session, held: HeldState, planned: PlannedReport): Promise<EmitResult> {
    const bytes = bytesOfReport(planned);
    return new Promise((resolve) => this.#push({ session, held, planned, bytes, resolve }));
  }

  /** Adds a report whose emits were counted while the last of them came in: they are counted once more. */
  addRecount(refused: Waiting): void {
    this.#push({ ...refused, isRecount: true });
  }

  /**
   * Takes what the next turn commits: steps of reports on one run, each state in one turn at a time.
   * @param atMost weight, as `takeSteps` has it
   */
  take(atMost: number): Batch {
    const { steps, rest, weight } = takeSteps(this.#waiting, atMost, this.#inTurns);
    this.#waiting = rest;
    for (const step of steps) {
      for (const { session, held, resolve } of step) {
        this.#inTurns.add(held.stateId);
        if (resolve) continue;
        // Its room can be claimed in the same round trip.
        session.release(held.stateId, held.leaseToken);
        this.#committing.set(held.stateId, held);
      }
    }
    return {
      weight,
      waiting: steps,
      settlements: steps.map((step) => ({
        run: step[0]!.held.run,
        reports: step.map(({ planned }) => planned),
        wasBroken: step.some(({ brokenTries = 0 }) => brokenTries > 0),
      })),
    };
  }

  /** Ends a turn. @param again of its reports: they wait again, in front of all others */
  end({ waiting }: Batch, again: readonly Waiting[]): void {
    for (const step of waiting) {
      for (const { held } of step) {
        this.#inTurns.delete(held.stateId);
        this.#committing.delete(held.stateId);
      }
    }
    if (again.length > 0) this.#waiting = [...again, ...this.#waiting];
  }

  /** Has these wait for a while, so that nobody else waits for what may never be right. */
  postpone(broken: readonly Waiting[], ms: number): void {
    for (const one of broken) this.#postponed.add(one);
    setTimeout(() => {
      for (const one of broken) {
        this.#postponed.delete(one);
        this.#push({ ...one, brokenTries: (one.brokenTries ?? 0) + 1 });
      }
    }, ms).unref();
  }

  /** Ends a turn that has failed somewhere: what of it does not wait again already is put back. */
  putBack(batch: Batch): void {
    const known = new Set([...this.#waiting, ...this.#postponed]);
    this.end(
      batch,
      batch.waiting.flat().filter((one) => !known.has(one)),
    );
  }

  /** True if a report on this lease waits, or is being committed. */
  has(stateId: string, leaseToken: string): boolean {
    if (this.committing(stateId, leaseToken)) return true;
    return [this.#waiting, [...this.#postponed]].some((list) =>
      list.some(({ held }) => held.stateId === stateId && held.leaseToken === leaseToken),
    );
  }

  /** The state under this lease if a report on it is being committed. */
  committing(stateId: string, leaseToken: string): HeldState | undefined {
    const held = this.#committing.get(stateId);
    return held?.leaseToken === leaseToken ? held : undefined;
  }

  #push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#work.ring();
  }
}
