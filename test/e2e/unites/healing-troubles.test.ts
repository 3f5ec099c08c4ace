/** Steering by hand where much else happens: things die, or the order of events decides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patience, Troubles } from '../../model/running/troubles.ts';
import { type FoundBySteering, SteeringRunner } from '../../model/steering/steering-runner.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

/** More of them, or one again: `npm run test:model -- --steering`. */
const seed = 2;
const shrinkMs = 20_000;

async function start() {
  const redis = await startTestRedis();
  const manager = await startTestStateManager(redis, patience);
  const stop = async () => {
    await manager.stop();
    await redis.stop();
  };
  return { redis, manager, stop };
}

function assertWhole({ failures }: FoundBySteering): void {
  assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
}

test('where the order of events decides, runs that are steered end, with counts that add up and nothing left that could be retried', async (t) => {
  const { redis, manager, stop } = await start();
  const runner = new SteeringRunner(redis, manager.address);
  t.after(async () => {
    await runner.stop();
    await stop();
  });
  const { failures, ...found } = await runner.searchAnyOrder({ runs: 60, seed, shrinkMs });
  t.diagnostic(JSON.stringify(found));
  assertWhole({ failures, ...found });
});

test('runs that are steered end as if nothing had failed while state managers are killed, streams and connections end, and scripts are forgotten', async (t) => {
  const { redis, manager, stop } = await start();
  const troubles = new Troubles(redis);
  const runner = new SteeringRunner(redis, manager.address, () => troubles.addresses());
  await troubles.start(() => runner.cut());
  t.after(async () => {
    await troubles.stop();
    await runner.stop();
    await stop();
  });
  const { failures, ...found } = await runner.search({ runs: 60, seed, shrinkMs });
  const hits = { ...troubles.hits, resumed: runner.resumed };
  t.diagnostic(JSON.stringify({ ...found, ...hits }));
  assertWhole({ failures, ...found });
  for (const [trouble, times] of Object.entries(hits)) assert.ok(times > 0, `nothing was ${trouble}`);
});
