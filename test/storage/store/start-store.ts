/** Runs with a store, changes to it, and what stands in it. */
import assert from 'node:assert/strict';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import type { StoreLimits, StoreStep } from '../../../services/state-manager/domain/run/store.ts';
import { storeLimits } from '../../../services/state-manager/domain/run/store.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimedState, PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

export const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')],
});
export const limits = storeLimits(1_000_000, 4_000_000_000);

/** Storage with a session that works on runs with a store. */
export async function startStore() {
  const fixture = await startStorage();
  const { redis, storage, keys } = fixture;
  const driver = new SessionDriver(storage);
  await driver.attach();

  /** A run with so many states of its second node leased. */
  async function inWork(
    width: number,
    store: Readonly<Record<string, string>> = {},
  ): Promise<{ run: LoadedRun; held: ClaimedState[] }> {
    const run = newRun(graph);
    await beginRun(storage.runs, {
      ...run,
      digest: '',
      inputsJson: '{}',
      store: new Map(Object.entries(store)),
    });
    const [root] = await driver.claim(run, [0]);
    await driver.settle(run, [executed(root!, values(width))]);
    return { run, held: await driver.claim(run, [1]) };
  }

  async function storeOf({ runId }: LoadedRun): Promise<Record<string, unknown>> {
    const stored = await redis.hgetall(keys.store(runId));
    const bytes = Object.entries(stored)
      .flat()
      .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    assert.equal(
      Number(await redis.hget(keys.run(runId), 'store_bytes')),
      bytes,
      'the size is counted right',
    );
    return Object.fromEntries(Object.entries(stored).map(([key, text]) => [key, JSON.parse(text)]));
  }

  return { ...fixture, driver, inWork, storeOf };
}

/** The report, with changes to the store. */
export function changing(
  report: PlannedReport,
  changes: StoreChange[],
  within: StoreLimits = limits,
): PlannedReport {
  const store: StoreStep = { changes, limits: within };
  return { ...report, store };
}

export const set = (key: string, value: unknown): StoreChange => ({
  key,
  kind: 'set',
  json: JSON.stringify(value),
});
export const remove = (key: string): StoreChange => ({ key, kind: 'delete' });
export const increment = (key: string, by: number): StoreChange => ({ key, kind: 'increment', by });
export const append = (key: string, value: unknown): StoreChange => ({
  key,
  kind: 'append',
  json: JSON.stringify(value),
});

export function leaseOf(held: ClaimedState) {
  return { runId: held.run.runId, state: held.state, leaseToken: held.record.leaseToken };
}
