import { planReturned } from '../../domain/plan/lost-lease.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease } from '../ports/sessions.ts';
import type { Committer } from './committer.ts';
import { settlementsOf } from './settle-leases.ts';

/** States that one step gives back. */
const maxStep = 200;

/** Gives leased states back that never reached a runtime: they are handed out anew, and the attempt does not count. */
export class ReturnLeases {
  readonly #storage: RunReader;
  readonly #runs: LoadedRuns;
  readonly #committer: Committer;

  constructor(storage: RunReader, runs: LoadedRuns, committer: Committer) {
    this.#storage = storage;
    this.#runs = runs;
    this.#committer = committer;
  }

  async all(leases: readonly Lease[]): Promise<void> {
    for (let from = 0; from < leases.length; from += maxStep) {
      const step = leases.slice(from, from + maxStep);
      await this.#committer.each(await settlementsOf(this.#storage, this.#runs, step, () => planReturned));
    }
  }
}
