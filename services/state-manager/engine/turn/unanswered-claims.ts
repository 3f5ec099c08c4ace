import type { Bell } from '../../bell.ts';
import { getOrAdd } from '../../domain/get-or-add.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import type { Lease, SessionStorage } from '../ports/sessions.ts';
import type { ReturnLeases } from './return-leases.ts';

/** Time after which it is given back, milliseconds: storage may be away for a moment. */
const waitMs = 200;

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
  readonly #unread = new Set<Lease>();

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

  /** Leases of an answered claim that cannot be pushed. Others of the same claim may have been. */
  addUnread(leases: readonly Lease[]): void {
    for (const lease of leases) this.#unread.add(lease);
    this.#loop.within(waitMs);
  }

  async #giveBack(): Promise<void> {
    for (const [sessionId, tokens] of this.#unanswered) {
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
    const unread = [...this.#unread];
    if (unread.length === 0) return;
    await this.#returning.all(unread);
    for (const lease of unread) this.#unread.delete(lease);
    this.#work.ring();
  }
}
