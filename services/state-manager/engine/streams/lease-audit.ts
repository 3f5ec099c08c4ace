import { setTimeout as pause } from 'node:timers/promises';
import type { Bell } from '../../bell.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import { Failures } from '../ports/failures.ts';
import type { Lease, SessionStorage } from '../ports/sessions.ts';
import type { Reports } from '../reports/reports.ts';
import type { Session } from '../session/session.ts';
import type { ReturnLeases } from '../turn/return-leases.ts';
import type { Sessions } from './sessions.ts';

/** Time between the two looks that find a lease unknown, milliseconds. */
const secondLookMs = 100;

/** Sessions whose leases are read at the same time. */
const sessionsAtOnce = 10;

/**
 * Compares the leases of sessions with what their runtimes were given: finds leases that were taken but never
 * pushed, those whose settling storage has lost, and pushed ones that have ended without a word.
 */
export class LeaseAudit {
  readonly #storage: SessionStorage;
  readonly #sessions: Sessions;
  readonly #reports: Reports;
  readonly #returning: ReturnLeases;
  readonly #work: Bell;
  readonly #intervalMs: number;
  readonly #loop: Loop;

  constructor(parts: {
    storage: SessionStorage;
    sessions: Sessions;
    reports: Reports;
    returning: ReturnLeases;
    /** A lease is as long as the time between two comparisons. */
    leaseMs: number;
    /** Rung when states were given back. */
    work: Bell;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#reports = parts.reports;
    this.#returning = parts.returning;
    this.#work = parts.work;
    this.#intervalMs = parts.leaseMs;
    this.#loop = new Loop('lease_audit', parts.leaseMs, parts.log, () => this.#compare());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Compares now: storage may have gone back in time. */
  hasten(): void {
    this.#loop.hasten();
  }

  async #compare(): Promise<void> {
    const failures = new Failures();
    const suspects = new Map<Session, readonly Lease[]>();
    const sessions = this.#sessions.all();
    for (let from = 0; from < sessions.length; from += sessionsAtOnce) {
      const looks = await Promise.allSettled(
        sessions.slice(from, from + sessionsAtOnce).map(async (session) => {
          const leases = await this.#cancelEnded(session);
          const unknown = this.#unknown(session, leases);
          if (unknown.length > 0) suspects.set(session, unknown);
        }),
      );
      for (const look of looks) if (look.status === 'rejected') failures.add(look.reason);
    }
    // A claim or a settlement was on its way, perhaps. Its answer comes before that of the second look.
    if (suspects.size > 0) await pause(secondLookMs);
    for (const [session, unknown] of suspects) await failures.past(() => this.#lookAgain(session, unknown));
    failures.end();
  }

  async #lookAgain(session: Session, unknown: readonly Lease[]): Promise<void> {
    const suspected = new Set(unknown.map(keyOf));
    const leases = await this.#storage.leases(session.sessionId);
    const lost = this.#unknown(session, leases).filter((lease) => suspected.has(keyOf(lease)));
    if (lost.length === 0) return;
    // On a newer stream, which ends elsewhere, they may well be known.
    if (!(await this.#storage.isNewest(session.sessionId, session.streamId))) return;
    await this.#returning.all(lost);
    this.#work.ring();
  }

  /** Cancels what was pushed and is not leased any more. @returns what is leased */
  async #cancelEnded(session: Session): Promise<readonly Lease[]> {
    const before = performance.now() - this.#intervalMs / 2;
    const known = session.allHeld();
    const leases = await this.#storage.leases(session.sessionId);
    const tokens = new Map(leases.map((lease) => [stateIdOf(lease.runId, lease.state), lease.leaseToken]));
    const ended = known.filter(
      (held) => held.heldSince < before && tokens.get(held.stateId) !== held.leaseToken,
    );
    for (const { stateId, leaseToken } of ended) {
      if (!session.held(stateId, leaseToken)) continue;
      session.release(stateId, leaseToken);
      session.cancel({ stateId, leaseToken, reason: 'LEASE_LOST' });
    }
    return leases;
  }

  /** Leases that the runtime does not work on, as far as is known here, and has not reported on. */
  #unknown(session: Session, leases: readonly Lease[]): readonly Lease[] {
    // The runtime of a closed stream says what it holds when it resumes.
    if (session.isClosed) return [];
    return leases.filter(({ runId, state, leaseToken }) => {
      const stateId = stateIdOf(runId, state);
      return !session.held(stateId, leaseToken) && !this.#reports.has(stateId, leaseToken);
    });
  }
}

function keyOf({ runId, state, leaseToken }: Lease): string {
  return `${stateIdOf(runId, state)} ${leaseToken}`;
}
