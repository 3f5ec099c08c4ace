import type { Bell } from '../../bell.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { NamespacedRuntime } from '../ports/catalog.ts';
import type { Storage } from '../ports/storage.ts';
import type { Session } from '../session/session.ts';
import { heartbeatMs, type SessionTiming } from '../session/session-timing.ts';
import { expired, type Sessions, superseded } from './sessions.ts';

/** Time between two moves of deadlines, milliseconds. */
function extendMs({ leaseMs }: SessionTiming): number {
  return leaseMs / 8;
}

/** A session as storage knows it. */
type Standing = 'OK' | 'SUPERSEDED' | 'EXPIRED';

type KeptStorage = Pick<Storage, 'sessions' | 'catalog'>;

/**
 * Keeps the sessions of this state manager: moves their deadlines, and pings them. It alone says whether a session lives:
 * who is refused something for one (a claim), or finds one late (the sweeper), asks here, and here it is ended or goes on,
 * in storage and in memory alike.
 *
 *     storage says   deadline             here                               what follows
 *     OK             moved                lives, also if it had passed       it may claim (again)
 *     SUPERSEDED     that of its heir     ended: SESSION_SUPERSEDED          the newer stream goes on
 *     EXPIRED        gone, all is taken   ended: SESSION_EXPIRED             its runtime connects as a new one
 */
export class SessionKeeper {
  readonly #storage: KeptStorage;
  readonly #sessions: Sessions;
  readonly #timing: SessionTiming;
  readonly #deadlines: Loop;
  readonly #pings: Loop;
  readonly #work: Bell;
  readonly #log: Log;
  /** Instant at which this process was last seen to run, by its monotonic clock. */
  #listenedAt = performance.now();
  #nonce = 0;

  constructor(parts: {
    storage: KeptStorage;
    sessions: Sessions;
    timing: SessionTiming;
    /** Heard here: storage has refused a session work. */
    doubts: Bell;
    /** Rung when such a session goes on. */
    work: Bell;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#timing = parts.timing;
    this.#work = parts.work;
    this.#log = parts.log;
    this.#deadlines = new Loop('session_deadlines', extendMs(parts.timing), parts.log, () => this.#extend());
    this.#pings = new Loop('session_pings', heartbeatMs(parts.timing), parts.log, () => this.#ping());
    parts.doubts.hear(() => this.#deadlines.nudge());
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

  /**
   * Moves the deadlines of those among some sessions that are open here and were heard, or kept, within a lease. They may be late
   * although they are well: storage took no writes for so long, or this process stood still.
   * @returns those that live
   */
  async keepAlive(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    this.#forgive();
    const since = performance.now() - this.#timing.leaseMs;
    const wanted = new Set(sessionIds);
    const alive = this.#sessions
      .all()
      .filter((one) => wanted.has(one.sessionId) && Math.max(one.heardAt, one.keptAt) > since);
    await this.#move(alive);
    const kept = new Set(alive.flatMap(({ sessionId, isClosed }) => (isClosed ? [] : sessionId)));
    if (kept.size > 0)
      this.#log.warn({ event: 'sessions_kept', count: kept.size, reason: 'late, and alive' });
    return kept;
  }

  /** Finds out whether a session lives, and moves its deadline if so. @returns what storage said */
  async decide(session: Session): Promise<Standing> {
    const [result] = await this.#move([session]);
    return result!;
  }

  /** Moves the deadlines of all that were heard since the last time, and of those in doubt. */
  async #extend(): Promise<void> {
    this.#forgive();
    await this.#move(this.#sessions.all().filter(({ isFresh, isDoubted }) => isFresh || isDoubted));
  }

  /** Counts silence only while this process could hear: what was sent when it stood still is read after this. */
  #forgive(): void {
    const lateMs = performance.now() - this.#listenedAt - heartbeatMs(this.#timing);
    if (lateMs < this.#timing.leaseMs / 4) return;
    this.#listenedAt = performance.now();
    this.#log.warn({ event: 'stood_still', durationMs: Math.round(lateMs) });
    for (const session of this.#sessions.all()) session.forgive(lateMs);
  }

  async #move(fresh: readonly Session[]): Promise<readonly Standing[]> {
    if (fresh.length === 0) return [];
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
      if (session.isDoubted) this.#decided(session, result);
    });
    await this.#storage.catalog.putRuntimes(connected, this.#timing.leaseMs);
    return results;
  }

  /** A session was refused work: it is ended, or claims again. */
  #decided(session: Session, result: Standing): void {
    const { sessionId, namespace, runtimeName } = session;
    session.isDoubted = false;
    this.#log.warn({ event: 'session_doubted', sessionId, namespace, runtimeName, status: result });
    if (!session.isClosed) this.#work.ring();
  }

  async #ping(): Promise<void> {
    this.#forgive();
    this.#listenedAt = performance.now();
    this.#nonce++;
    for (const session of this.#sessions.all()) session.ping(this.#nonce);
  }
}
