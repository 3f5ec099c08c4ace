/** A run that is deleted before its time is over: whoever dies in the middle of it leaves nothing behind for long. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { retireCall } from '../../../services/state-manager/storage/calls/retire.ts';
import { runScript } from '../../../services/state-manager/storage/connection/scripts.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage, redis, keys } = fixture;
const graph = compile({ nodes: [nodeTemplate('only')] });

test('what a deletion has not come to is removed with the next runs whose time is over', async () => {
  const driver = new SessionDriver(storage);
  await driver.attach();
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  await storage.runs.stage(lease, 0, values(3).map(stagedOutput), 1e9);
  assert.equal(await storage.runs.retire(run.runId, run, { isUnwanted: true }), false, 'it goes on');
  await driver.settle(run, [executedStaged(root!, 3)]);
  assert.deepEqual(await storage.runs.retiring(0, 10), [], 'its time is not over');

  // Whoever deletes it dies behind the script, before what was staged is removed.
  assert.equal(await runScript(redis, retireCall(keys, run, true, '')), 'GONE');
  assert.equal(await redis.exists(keys.run(run.runId)), 0);
  assert.ok((await redis.keys(`*${run.runId}*`)).length > 0);
  assert.deepEqual(await storage.runs.retiring(0, 10), [run.runId]);
  // Retention goes on with it, also where a state manager still knows the run.
  assert.equal(await storage.runs.retire(run.runId, run), true);
  assert.deepEqual(await redis.keys(`*${run.runId}*`), []);
  assert.deepEqual(await storage.runs.retiring(0, 10), []);
});
