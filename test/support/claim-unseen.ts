/** Takes a lease as a state manager does that crashes before it hands the state out. */
import type { Redis } from 'ioredis';
import { defaultRunLimits } from '../../services/state-manager/domain/graph/run-limits.ts';
import { LoadedRuns } from '../../services/state-manager/engine/loaded/loaded-runs.ts';
import { RedisCatalogStorage } from '../../services/state-manager/storage/catalog-storage.ts';
import type { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import { createRunStorage } from '../../services/state-manager/storage/runs/run-storage.ts';

export interface UnseenClaim {
  readonly sessionId: string;
  /** The newest one of the session. */
  readonly streamId: string;
  /** Its root state is leased. */
  readonly runId: string;
}

/** Leases the root state of a run to a session, whatever its capacity. @throws Error the claim finds no ready state */
export async function claimUnseen(
  redis: Redis,
  keys: Keys,
  { sessionId, streamId, runId }: UnseenClaim,
): Promise<void> {
  const runs = createRunStorage(redis, redis, keys);
  const run = await new LoadedRuns(runs, new RedisCatalogStorage(redis, keys), defaultRunLimits).one(runId);
  if (!run) throw new Error(`there is no run ${runId}`);
  const places = [{ run, node: run.graph.root, atMost: 1 }];
  const claim = {
    sessionId,
    streamId,
    leaseToken: `${sessionId}-unseen`,
    capacity: 1_000,
    atMost: 1,
    roomOf: new Map(),
    places,
  };
  const { claimed } = await runs.commit({ claims: [claim] });
  const [result] = claimed;
  if (result?.kind !== 'claimed' || result.states.length !== 1) {
    throw new Error(`the claim took nothing: ${JSON.stringify(result)}`);
  }
}
