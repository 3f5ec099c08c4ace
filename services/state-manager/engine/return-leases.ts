import { planReturned } from '../domain/plan-endings.ts';
import type { Committer } from './committer.ts';
import { settlementsOf } from './lease-settlements.ts';
import type { RunCache } from './run-cache.ts';
import type { RunStorage } from './run-ports.ts';
import type { Lease } from './session-ports.ts';

/** States that one step gives back. */
const widestStep = 200;

/** Gives leased states back that never reached a runtime: they are handed out anew, and the attempt does not count. */
export class ReturnLeases {
  readonly #storage: RunStorage;
  readonly #runs: RunCache;
  readonly #committer: Committer;

  constructor(storage: RunStorage, runs: RunCache, committer: Committer) {
    this.#storage = storage;
    this.#runs = runs;
    this.#committer = committer;
  }

  async all(leases: readonly Lease[]): Promise<void> {
    for (let from = 0; from < leases.length; from += widestStep) {
      const step = leases.slice(from, from + widestStep);
      await this.#committer.each(await settlementsOf(this.#storage, this.#runs, step, () => planReturned));
    }
  }
}
