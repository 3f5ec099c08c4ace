import { getOrAdd } from '../../domain/get-or-add.ts';
import { planReturned } from '../../domain/plan/lost-lease.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { Failures } from '../ports/failures.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease, SessionStorage } from '../ports/sessions.ts';
import type { Committer } from './committer.ts';
import { settlementsOf } from './settle-leases.ts';

/** States that one step gives back. */
const maxStep = 200;

/** Gives leased states back that never reached a runtime: they are handed out anew, and the attempt does not count. */
export class ReturnLeases {
  readonly #storage: RunReader;
  readonly #sessions: SessionStorage;
  readonly #runs: LoadedRuns;
  readonly #committer: Committer;

  constructor(parts: {
    storage: RunReader;
    sessions: SessionStorage;
    runs: LoadedRuns;
    committer: Committer;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#runs = parts.runs;
    this.#committer = parts.committer;
  }

  /**
   * Gives back all that can be given back. A run that is broken is logged, and left: its leases end with their session.
   * @throws storage takes some of them not now; the others are given back
   */
  async all(leases: readonly Lease[]): Promise<void> {
    const failures = new Failures();
    for (let from = 0; from < leases.length; from += maxStep) {
      const step = leases.slice(from, from + maxStep);
      await failures.past(async () =>
        this.#committer.each(await settlementsOf(this.#storage, this.#runs, step, () => planReturned)),
      );
      const bySession = new Map<string, Lease[]>();
      for (const lease of step) getOrAdd(bySession, sessionOf(lease.leaseToken), () => []).push(lease);
      for (const [sessionId, ofSession] of bySession)
        await failures.past(() => this.#sessions.dropLeases(sessionId, ofSession));
    }
    failures.end();
  }
}
