/** Retry by hand below a windowed unite: what its last window was told, it is told again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];
const address = { unite: merge, execution: 1 };

function graphOf(count: number) {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE', window: { count } } }),
    ],
  });
}

/** The branches of each window that is in force, in order. */
async function windowsOf({ runId }: LoadedRun): Promise<number[][]> {
  const [scope] = await storage.runs.scopes(runId, [address]);
  const instances = Array.from({ length: scope!.instances }, (_, i) => i + 1);
  const windows = await storage.runs.windows(runId, address, instances);
  const page = { after: -1, atMost: 100 };
  return Promise.all(
    instances
      .filter((_, i) => windows[i])
      .map((instance) => storage.runs.windowBranches(runId, address, instance, page)),
  );
}

/** Runs a graph with windows of `count` over `total` branches, of which some fail; they settle in order. */
async function ran(count: number, total: number, failing: readonly number[]) {
  const run = newRun(graphOf(count));
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(source!, values(total))]);
  const failed: number[] = [];
  for (const held of await driver.claim(run, [work])) {
    const fails = failing.includes(held.record.output!);
    if (fails) failed.push(held.state);
    await driver.settle(run, [fails ? errored(held, false) : executed(held, [{}])]);
  }
  return { run, failed };
}

async function retry(run: LoadedRun, state: number): Promise<void> {
  const [record] = await storage.runs.records(run.runId, [state]);
  await retryState(storage.runs, run, state, record!);
}

/** Sweeps what was superseded, and executes all that is ready. */
async function workOff(run: LoadedRun): Promise<void> {
  for (const job of await storage.runs.cancelling(0, -1, 100))
    await storage.runs.cancelled(run, job, { held: [], seen: '' });
  for (const held of await driver.claim(run, [work]))
    assert.equal((await driver.settle(run, [executed(held, [{}])])).kind, 'committed');
}

test('the last window comes again with what it had, and with what was retried', async () => {
  const { run, failed } = await ran(3, 6, [0, 5]);
  assert.deepEqual(await windowsOf(run), [[1, 2, 3], [4]]);
  await retry(run, failed[0]!);
  await workOff(run);
  assert.deepEqual(await windowsOf(run), [
    [1, 2, 3],
    [0, 4],
  ]);
  await retry(run, failed[1]!);
  await workOff(run);
  assert.deepEqual(await windowsOf(run), [[1, 2, 3], [0, 4, 5], []]);
});

test('a window that becomes full after a retry fires as it would have before', async () => {
  const { run, failed } = await ran(2, 4, [1, 2, 3]);
  assert.deepEqual(await windowsOf(run), [[0]]);
  for (const state of failed) await retry(run, state);
  await workOff(run);
  assert.deepEqual(await windowsOf(run), [[0, 1], [2, 3], []]);
});
