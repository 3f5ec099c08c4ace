import { LRUCache } from 'lru-cache';
import type { Bell } from '../../bell.ts';
import { getOrAdd } from '../../domain/get-or-add.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { Failures } from '../ports/failures.ts';
import type { Lease, SessionStorage } from '../ports/sessions.ts';
import type { ReturnLeases } from './return-leases.ts';

/** Time after which it is given back, milliseconds: storage may be away for a moment. */
const waitMs = 200;
/** The longest time for which a state is kept whose inputs could not be read again and again, milliseconds. */
const maxWaitMs = 30_000;
/** States of which it is remembered how often they could not be read. */
const maxRemembered = 10_000;

/**
 * Claims whose answer never came, and leases whose inputs could not be read: what they leased was not pushed,
 * and would fill its session's capacity until leases are compared. It is given back as soon as storage answers.
 */
export class UnansweredClaims {
  readonly #sessions: SessionStorage;
  readonly #returning: ReturnLeases;
  readonly #work: Bell;
  readonly #loop: Loop;
  /** Lease tokens by session, each with what was pushed of it: what else they leased is looked up. */
  readonly #unanswered = new Map<string, Map<string, ReadonlySet<string>>>();
  /** Leases whose inputs could not be read, with the instants at which they are given back. */
  readonly #unread = new Map<Lease, number>();
  /** Number of tries to read the inputs of a state, by its id. */
  readonly #tries = new LRUCache<string, number>({ max: maxRemembered, ttl: 4 * maxWaitMs });

  constructor(parts: {
    sessions: SessionStorage;
    returning: ReturnLeases;
    /** Rung when states were given back. */
    work: Bell;
    log: Log;
  }) {
    this.#sessions = parts.sessions;
    this.#returning = parts.returning;
    this.#work = parts.work;
    this.#loop = new Loop('unanswered_claims', onDemand, parts.log, () => this.#giveBack());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /**
   * A claim, or what a taker was given, of which not all is known.
   * @param pushed ids of states that are known, and were pushed: they stay leased
   */
  addUnanswered(
    { sessionId, leaseToken }: { readonly sessionId: string; readonly leaseToken: string },
    pushed: ReadonlySet<string> = new Set(),
  ): void {
    getOrAdd(this.#unanswered, sessionId, () => new Map()).set(leaseToken, pushed);
    this.#loop.within(waitMs);
  }

  /**
   * Leases of an answered claim that cannot be pushed, since storage gave no inputs. Others of the same claim may have been.
   * A state for which that goes on is given back later and later.
   */
  addUnread(leases: readonly Lease[]): void {
    const now = performance.now();
    for (const lease of leases) {
      const stateId = stateIdOf(lease.runId, lease.state);
      const tries = this.#tries.get(stateId) ?? 0;
      this.#tries.set(stateId, tries + 1);
      this.#unread.set(lease, now + Math.min(maxWaitMs, waitMs * 2 ** tries));
    }
    this.#waitForUnread();
  }

  #waitForUnread(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.#unread.values()) next = Math.min(next, at);
    if (this.#unread.size > 0) this.#loop.within(Math.max(0, next - performance.now()));
  }

  async #giveBack(): Promise<void> {
    const failures = new Failures();
    for (const [sessionId, tokens] of this.#unanswered)
      await failures.past(() => this.#giveBackUnanswered(sessionId, tokens));
    await failures.past(() => this.#giveBackUnread());
    failures.end();
  }

  async #giveBackUnanswered(sessionId: string, tokens: Map<string, ReadonlySet<string>>): Promise<void> {
    const asked = new Map(tokens);
    const leases = await this.#sessions.leases(sessionId);
    await this.#returning.all(
      leases.filter(({ leaseToken, runId, state }) => {
        const pushed = asked.get(leaseToken);
        return pushed !== undefined && !pushed.has(stateIdOf(runId, state));
      }),
    );
    for (const token of asked.keys()) tokens.delete(token);
    if (tokens.size === 0) this.#unanswered.delete(sessionId);
    this.#work.ring();
  }

  async #giveBackUnread(): Promise<void> {
    const now = performance.now();
    const due = [...this.#unread].flatMap(([lease, at]) => (at <= now ? [lease] : []));
    if (due.length > 0) {
      await this.#returning.all(due);
      for (const lease of due) this.#unread.delete(lease);
      this.#work.ring();
    }
    this.#waitForUnread();
  }
}
