/** Copies of stored data, and the cost of looking at them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const value = { value: expression('split.outputs.value') };
const graph = compile({
  nodes: [
    nodeTemplate('split', ['left', 'right']),
    nodeTemplate('left', ['merge'], { inputs: value }),
    nodeTemplate('right', ['merge'], { inputs: value }),
    nodeTemplate('merge', [], { inputs: value, unites: { identifier: 'split' } }),
  ],
});

async function triggered(of: Graph = graph): Promise<LoadedRun> {
  const run = newRun(of);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

test('each output of a fan-out is stored once, however many states take it', async () => {
  const run = await triggered();
  const [root] = await driver.claim(run);
  const canary = 'a payload that is easy to find ';
  const outputs = values(100).map(({ value: number }) => ({ value: `${canary}${number}` }));
  await driver.settle(run, [executed(root!, outputs)]);
  const held = await driver.claim(run, [1, 2], 500);
  assert.equal(held.length, 200);
  await driver.settle(
    run,
    held.map((one) => executed(one, [{}])),
  );
  assert.equal((await driver.claim(run, [3])).length, 1, 'the unite has fired');
  const stored = await Promise.all([redis.hvals(keys.outputs(run.runId)), redis.hvals(keys.run(run.runId))]);
  assert.equal(stored.flat().join('\n').split(canary).length - 1, 100);
});

test('a look at a run costs as much as its graph, however many states it has', async () => {
  const small = await triggered();
  const wide = await triggered();
  for (const [run, width] of [
    [small, 2],
    [wide, 3_000],
  ] as const) {
    const [root] = await driver.claim(run, [0]);
    const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
    for (let from = 0; from < width; from += 500)
      await storage.runs.stage(lease, from, values(Math.min(500, width - from)).map(stagedOutput), 1e9);
    const report = executedStaged(root!, width);
    await driver.settle(run, [report]);
    while ((await storage.runs.expand(run, 1, report.plan, { atMost: 500 })).kind === 'more');
  }
  /** Bytes that Redis sends for one view. */
  const costOf = async (run: LoadedRun) => {
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await sent();
    const view = await storage.runs.view(run.runId);
    return { bytes: (await sent()) - before, count: view!.stateCount };
  };
  const [few, many] = [await costOf(small), await costOf(wide)];
  assert.deepEqual([few.count, many.count], [6, 9_000]);
  assert.ok(many.bytes < few.bytes + 200, `${many.bytes} bytes, and ${few.bytes} of a small run`);
});
