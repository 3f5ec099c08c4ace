import { stateIdOf } from '../domain/state-id.ts';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Loop } from './loop.ts';
import type { Storage } from './ports.ts';
import type { ReturnLeases } from './return-leases.ts';
import type { Session } from './session.ts';
import { heartbeatMs, type Sessions, type SessionTiming, superseded } from './sessions.ts';

/** Keeps the sessions of this state manager: moves their deadlines, pings them, and compares leases. */
export class SessionKeeper {
  readonly #storage: Storage;
  readonly #sessions: Sessions;
  readonly #returning: ReturnLeases;
  readonly #timing: SessionTiming;
  readonly #loops: readonly Loop[];
  /** Leases that were not known here at the last comparison. */
  readonly #unknown = new WeakMap<Session, ReadonlySet<string>>();
  #nonce = 0;

  constructor(parts: {
    storage: Storage;
    sessions: Sessions;
    returning: ReturnLeases;
    timing: SessionTiming;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#returning = parts.returning;
    this.#timing = parts.timing;
    const { leaseMs } = parts.timing;
    this.#loops = [
      new Loop('session_deadlines', leaseMs / 8, parts.log, () => this.#extend()),
      new Loop('session_pings', heartbeatMs(parts.timing), parts.log, () => this.#ping()),
      new Loop('session_leases', leaseMs, parts.log, () => this.#compareLeases()),
    ];
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  /** Moves the deadlines of all that were heard since the last time. */
  async #extend(): Promise<void> {
    const fresh = this.#sessions.all().filter((session) => session.isFresh);
    if (fresh.length === 0) return;
    for (const session of fresh) session.isFresh = false;
    const results = await this.#storage.sessions
      .extend(fresh, this.#timing.leaseMs)
      .catch((error: unknown) => {
        for (const session of fresh) session.isFresh = true;
        throw error;
      });
    await Promise.all(
      fresh.map(async (session, i) => {
        const result = results[i]!;
        if (result === 'SUPERSEDED') this.#sessions.end(session, superseded(session.sessionId));
        else if (result === 'EXPIRED') this.#sessions.end(session, expired(session));
        else
          await this.#storage.catalog.putRuntime(session.namespace, session.describe(), this.#timing.leaseMs);
      }),
    );
  }

  async #ping(): Promise<void> {
    this.#nonce++;
    for (const session of this.#sessions.all()) session.outlet.send({ kind: 'ping', nonce: this.#nonce });
  }

  /** Finds leases that were taken but never pushed, and pushed ones that have ended without a word. */
  async #compareLeases(): Promise<void> {
    for (const session of this.#sessions.all()) {
      const before = performance.now() - this.#timing.leaseMs / 2;
      const known = session.allHeld();
      const leases = await this.#storage.sessions.leases(session.sessionId);
      if (session.isClosed) continue;
      const tokens = new Map(leases.map((lease) => [stateIdOf(lease.runId, lease.state), lease.leaseToken]));
      const ended = known.filter(
        (held) => held.heldSince < before && tokens.get(held.stateId) !== held.leaseToken,
      );
      for (const { stateId, leaseToken } of ended) {
        if (!session.held(stateId, leaseToken)) continue;
        session.release(stateId, leaseToken);
        session.cancel({ stateId, leaseToken, reason: 'LEASE_LOST' });
      }
      // Unknown twice in a row: a claim or a report may be on its way right now.
      const unknown = leases.filter(
        ({ runId, state, leaseToken }) => !session.held(stateIdOf(runId, state), leaseToken),
      );
      const unknownBefore = this.#unknown.get(session) ?? new Set();
      this.#unknown.set(
        session,
        new Set(unknown.map(({ leaseToken, state, runId }) => `${runId}.${state} ${leaseToken}`)),
      );
      await this.#returning.all(
        unknown.filter(({ leaseToken, state, runId }) =>
          unknownBefore.has(`${runId}.${state} ${leaseToken}`),
        ),
      );
    }
  }
}

function expired({ sessionId }: Session): FanoutError {
  return new FanoutError(
    'SESSION_EXPIRED',
    `session ${sessionId} was silent for too long and has lost its leases: connect again`,
  );
}
