import { planLost } from '../../domain/plan/lost-lease.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Storage } from '../ports/storage.ts';
import type { Committer } from '../turn/committer.ts';
import { settlementsOf } from '../turn/settle-leases.ts';

const intervalMs = 100;
/** Sessions, and leases of one, that a round takes. */
const sessionsPerRound = 100;
const leasesPerStep = 200;

/** Takes the leases of sessions that are gone, whoever held their streams. */
export class SessionSweeper {
  readonly #storage: Storage;
  readonly #runs: LoadedRuns;
  readonly #committer: Committer;
  readonly #log: Log;
  readonly #loop: Loop;

  constructor(parts: {
    storage: Storage;
    runs: LoadedRuns;
    committer: Committer;
    log: Log;
    onLost: () => void;
  }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#committer = parts.committer;
    this.#log = parts.log;
    this.#loop = new Loop('session_sweeper', intervalMs, parts.log, async () => {
      if (await this.#sweep()) parts.onLost();
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #sweep(): Promise<boolean> {
    let hasLost = false;
    for (let shard = 0; shard < this.#storage.runs.shards; shard++) {
      for (const sessionId of await this.#storage.sessions.expired(shard, sessionsPerRound)) {
        const leases = await this.#storage.sessions.leasesOn(shard, sessionId, leasesPerStep);
        if (leases.length > 0) {
          hasLost = true;
          this.#log.info({ event: 'session_expired', sessionId, shard, count: leases.length });
          const lost = await settlementsOf(this.#storage.runs, this.#runs, leases, (run, record) =>
            planLost(run.graph, record),
          );
          await this.#committer.each(
            lost.map((settlement) => ({ ...settlement, expiredSession: sessionId })),
          );
        }
        // Refused as long as leases are left, or when the session has come back.
        await this.#storage.sessions.forget(shard, sessionId);
      }
    }
    return hasLost;
  }
}
