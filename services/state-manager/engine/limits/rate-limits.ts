/**
 * Hands states out at limited rates. Of a rate of 2 per 1 s, with three states leased at 0 ms:
 *
 *     0 ms    asks permits for 1, 2, 3      1 and 2 have one, usable for 20 ms; 3 is to come again in 1,020 ms
 *     2 ms    the answer is here            1 and 2 are sent; 3 is given back, due then, and counts no attempt
 *     1,020   3 is made ready, and leased   it asks again, and has the first permit that is free
 *
 * A permit counts until its span after the last instant at which it could have been used, and one that comes too late is
 * not used: so no more than the limit are sent in any span, however slow this process or its way to storage is.
 */
import type { Assignment } from '../../domain/model/stream.ts';
import { type LimitStorage, maxLimitedStates, type RateLimit } from '../ports/limits.ts';
import type { Reports } from '../reports/reports.ts';
import type { HeldState, Session } from '../session/session.ts';
import type { Gates } from './gates.ts';

/** Time for which permits are usable, milliseconds, at least and at most: what answers take, and what is lost of a rate. */
const [minUsableMs, maxUsableMs] = [20, 1_000];
/** Part of that time which stays when an answer came in time. */
const easing = 0.98;

/** A state whose assignment is made, and the limits that it stands under: at least one. */
export interface LimitedAssignment {
  readonly held: HeldState;
  readonly assignment: Assignment;
  readonly limits: readonly RateLimit[];
}

export class RateLimits {
  readonly #storage: LimitStorage;
  readonly #reports: Reports;
  readonly #gates: Gates;
  #usableMs = minUsableMs;

  constructor(parts: { storage: LimitStorage; reports: Reports; gates: Gates }) {
    this.#storage = parts.storage;
    this.#reports = parts.reports;
    this.#gates = parts.gates;
  }

  /**
   * Sends those that have permits to a session, and gives the others back until they may have some.
   * @throws storage gives no permits now
   * @returns never without all of them sent or given back; those that are not are left in `states`
   */
  async handOut(session: Session, states: LimitedAssignment[]): Promise<void> {
    while (states.length > 0) {
      const some = states.slice(0, maxLimitedStates);
      const usableMs = this.#usableMs;
      const askedAt = performance.now();
      const waits = await this.#ask(some, usableMs);
      const isLate = performance.now() - askedAt > usableMs;
      this.#usableMs = isLate
        ? Math.min(maxUsableMs, 2 * usableMs)
        : Math.max(minUsableMs, easing * usableMs);
      // Leases may have ended meanwhile.
      const isHeld = ({ held }: LimitedAssignment) => session.held(held.stateId, held.leaseToken) === held;
      const permitted = some.filter((_, i) => waits[i] === 0);
      if (!isLate) session.assignNow(permitted.filter(isHeld).map(({ assignment }) => assignment));
      some.forEach(({ held }, i) => {
        if (waits[i]! > 0 && isHeld(some[i]!)) this.#reports.holdBack(session, held, waits[i]!);
      });
      states.splice(0, some.length, ...(isLate ? permitted.filter(isHeld) : []));
    }
  }

  /** Asks for permits. @returns for each state 0, or milliseconds after which to ask again */
  async #ask(states: readonly LimitedAssignment[], usableMs: number): Promise<readonly number[]> {
    const limits: RateLimit[] = [];
    const places = new Map<string, number>();
    const asked = states.map(({ held, limits: own }) => ({
      runId: held.run.runId,
      state: held.state,
      limits: own.map((limit) => {
        const name = JSON.stringify(limit);
        const place = places.get(name) ?? limits.push(limit) - 1;
        places.set(name, place);
        return place;
      }),
    }));
    const { waits, outlooks } = await this.#storage.takePermits(limits, asked, usableMs);
    const [{ held }] = states as readonly [LimitedAssignment];
    const place = { runId: held.run.runId, node: held.record.standing.node };
    for (const [i, limit] of limits.entries()) this.#gates.learn(limit, outlooks[i]!);
    this.#gates.sentAway(
      place,
      waits.filter((wait) => wait > 0),
    );
    return waits;
  }
}
