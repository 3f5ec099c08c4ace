import type { Log } from '../log.ts';
import { Loop } from './loop.ts';
import type { SessionStorage } from './ports.ts';
import type { ReturnLeases } from './return-leases.ts';

const intervalMs = 200;

/**
 * Claims whose answer never came: whatever they leased was not pushed, and would fill its session's capacity
 * until leases are compared. Each is looked up by its token as soon as storage answers, and given back.
 */
export class LostClaims {
  readonly #sessions: SessionStorage;
  readonly #returning: ReturnLeases;
  readonly #onReturned: () => void;
  readonly #loop: Loop;
  /** Session by lease token. */
  readonly #lost = new Map<string, string>();

  constructor(parts: {
    sessions: SessionStorage;
    returning: ReturnLeases;
    onReturned: () => void;
    log: Log;
  }) {
    this.#sessions = parts.sessions;
    this.#returning = parts.returning;
    this.#onReturned = parts.onReturned;
    this.#loop = new Loop('lost_claims', intervalMs, parts.log, () => this.#giveBack());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  add({ sessionId, leaseToken }: { sessionId: string; leaseToken: string }): void {
    this.#lost.set(leaseToken, sessionId);
  }

  async #giveBack(): Promise<void> {
    for (const [leaseToken, sessionId] of this.#lost) {
      const leases = await this.#sessions.leases(sessionId);
      await this.#returning.all(leases.filter((lease) => lease.leaseToken === leaseToken));
      this.#lost.delete(leaseToken);
      this.#onReturned();
    }
  }
}
