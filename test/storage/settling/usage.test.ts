/** Counts of what a namespace has, beside what its runs come to. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { storeLimits } from '../../../services/state-manager/domain/run/store.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { storage, redis, keys } = fixture;
const graph = compile({ nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] });

/** Bytes that a run says it has. */
async function bytesOf(runId: string): Promise<number> {
  const [bytes, store] = await redis.hmget(keys.run(runId), 'bytes', 'store_bytes');
  return Number(bytes) + Number(store);
}

test('the runs of a namespace that have not ended are counted with their states, and the bytes of all until they are removed', async () => {
  const namespace = 'counted';
  const driver = new SessionDriver(storage, namespace);
  await driver.attach();
  const usage = () => storage.runs.usage(namespace);
  assert.deepEqual(await usage(), { runs: 0, states: 0, bytes: 0 });
  const plain = newRun(graph, { namespace });
  const run = { ...plain, limits: { ...plain.limits, retentionMs: 0 } };
  const store = new Map([['key', '"a value"']]);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{"a":1}', store });
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{"a":1}', store });
  assert.deepEqual(await usage(), { runs: 1, states: 1, bytes: 7 + 12 });

  const [root] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  const change = { kind: 'set', key: 'more', json: '123456' } as const;
  await storage.store.change(lease, { change, number: 0 }, storeLimits(1_000, 1_000_000));
  assert.deepEqual(await usage(), { runs: 1, states: 1, bytes: await bytesOf(run.runId) });
  await storage.runs.stage(lease, 0, values(2).map(stagedOutput), 1e9);
  await driver.settle(run, [executedStaged(root!, 2)]);
  const [first, second] = await driver.claim(run, [1], 2);
  // A sibling of the root, and a child of each.
  assert.equal((await usage()).states, 4);
  await driver.settle(run, [executed(first!, [{ text: 'an output' }]), errored(second!, false)]);
  const ended = await usage();
  assert.deepEqual(ended, { runs: 0, states: 0, bytes: await bytesOf(run.runId) });
  assert.ok(ended.bytes > 7 + 12 + 10);

  await storage.runs.retire(run.runId, run);
  assert.deepEqual(await usage(), { runs: 0, states: 0, bytes: 0 });
  for (let shard = 0; shard < 3; shard++) assert.equal(await redis.exists(keys.usage(shard)), 0);
});
