import { nodeAt } from '../../domain/graph/graph.ts';
import { planErrored } from '../../domain/plan/automatic-retry.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { Storage } from '../ports/storage.ts';
import type { Committer } from '../turn/committer.ts';
import { settlementsOf } from '../turn/settle-leases.ts';

const intervalMs = 50;
const statesPerRound = 200;

/** Ends attempts that have taken longer than their node's `timeout_ms`, and tells their runtimes. */
export class TimeoutReaper {
  readonly #storage: Storage;
  readonly #runs: LoadedRuns;
  readonly #committer: Committer;
  readonly #loop: Loop;

  constructor(parts: { storage: Storage; runs: LoadedRuns; committer: Committer; log: Log }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#committer = parts.committer;
    this.#loop = new Loop('timeout_reaper', intervalMs, parts.log, () => this.#reap());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #reap(): Promise<void> {
    for (let shard = 0; shard < this.#storage.runs.shards; shard++) {
      const leases = await this.#storage.runs.timedOut(shard, statesPerRound);
      if (leases.length === 0) continue;
      await this.#committer.each(await settlementsOf(this.#storage.runs, this.#runs, leases, planTimeout));
      for (const { runId, state, leaseToken } of leases) {
        const stateId = stateIdOf(runId, state);
        this.#storage.notices.cancel(sessionOf(leaseToken), { stateId, leaseToken, reason: 'TIMEOUT' });
      }
    }
  }
}

function planTimeout({ graph }: LoadedRun, record: StateRecord): Plan {
  const { identifier, timeoutMs } = nodeAt(graph, record.standing.node);
  const message = `attempt ${record.attempt} of ${identifier} took longer than its timeout_ms of ${timeoutMs}`;
  return planErrored(graph, record, { code: 'TIMEOUT', message }, true, Math.random());
}
