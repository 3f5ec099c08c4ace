import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { NamespacedRuntime } from '../ports/catalog.ts';
import type { Storage } from '../ports/storage.ts';
import { heartbeatMs, type SessionTiming } from '../session/session-timing.ts';
import { expired, type Sessions, superseded } from './sessions.ts';

type KeptStorage = Pick<Storage, 'sessions' | 'catalog'>;

/** Keeps the sessions of this state manager: moves their deadlines, and pings them. */
export class SessionKeeper {
  readonly #storage: KeptStorage;
  readonly #sessions: Sessions;
  readonly #timing: SessionTiming;
  readonly #deadlines: Loop;
  readonly #pings: Loop;
  #nonce = 0;

  constructor(parts: {
    storage: KeptStorage;
    sessions: Sessions;
    timing: SessionTiming;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#timing = parts.timing;
    const { leaseMs } = parts.timing;
    this.#deadlines = new Loop('session_deadlines', leaseMs / 8, parts.log, () => this.#extend());
    this.#pings = new Loop('session_pings', heartbeatMs(parts.timing), parts.log, () => this.#ping());
  }

  start(): void {
    this.#deadlines.start();
    this.#pings.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#deadlines.stop(), this.#pings.stop()]);
  }

  /** Moves deadlines now, and pings, so that the move after finds every session that storage has lost. */
  hasten(): void {
    this.#deadlines.hasten();
    this.#pings.hasten();
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
    const connected: NamespacedRuntime[] = [];
    fresh.forEach((session, i) => {
      const result = results[i]!;
      if (result === 'SUPERSEDED') this.#sessions.end(session, superseded(session.sessionId));
      else if (result === 'EXPIRED') this.#sessions.end(session, expired(session.sessionId));
      else connected.push({ namespace: session.namespace, runtime: session.describe() });
    });
    await this.#storage.catalog.putRuntimes(connected, this.#timing.leaseMs);
  }

  async #ping(): Promise<void> {
    this.#nonce++;
    for (const session of this.#sessions.all()) session.ping(this.#nonce);
  }
}
