import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patience } from '../../model/running/troubles.ts';
import { cancelledOnce, steeredOnce } from '../../model/steering/once-broken.ts';
import { type FoundBySteering, SteeringRunner } from '../../model/steering/steering-runner.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

/** More of them, or one again: `npm run test:model -- --steering`. */
const seed = 1;
/** A file of tests has two minutes: `npm run test:model` takes its time. */
const shrinkMs = 20_000;

let redis: TestRedis;
let manager: TestStateManager;

before(async () => {
  redis = await startTestRedis();
  manager = await startTestStateManager(redis, patience);
});

after(async () => {
  await manager?.stop();
  await redis?.stop();
});

/** Checks that nothing differs, and that each kind of call has done something. */
function assertWhole({ failures, calls }: FoundBySteering): void {
  assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
  for (const call of ['cancelRun', 'pauseRun', 'resumeRun', 'retryRun'])
    assert.ok((calls[call] ?? 0) > 0, `no ${call} did anything`);
}

test('runs that fail, are cancelled, paused and retried end as if nothing had failed, once all is healed', async (t) => {
  const runner = new SteeringRunner(redis, manager.address);
  t.after(() => runner.stop());
  const { failures, ...found } = await runner.search({ runs: 150, seed, shrinkMs });
  t.diagnostic(JSON.stringify(found));
  assertWhole({ failures, ...found });
});

test('what a user cancels of a run is cancelled with the unites in there, and the unites around see failures', async (t) => {
  const runner = new SteeringRunner(redis, manager.address);
  t.after(() => runner.stop());
  const { failures, ...found } = await runner.searchCancelled({ runs: 80, seed, shrinkMs });
  t.diagnostic(JSON.stringify(found));
  assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
  assert.ok(
    (found.calls.cancelRun ?? 0) > found.runs / 4,
    `only ${found.calls.cancelRun} cancelled something`,
  );
});

for (const [wrong, only] of Object.entries(steeredOnce)) {
  test(`a case that ends as if nothing had failed, where once ${wrong}`, async (t) => {
    const runner = new SteeringRunner(redis, manager.address);
    t.after(() => runner.stop());
    const { failures } = await runner.search({ runs: 2, seed, only });
    assert.deepEqual(failures, []);
  });
}

for (const [wrong, only] of Object.entries(cancelledOnce)) {
  test(`a part that is cancelled as the model says, where once ${wrong}`, async (t) => {
    const runner = new SteeringRunner(redis, manager.address);
    t.after(() => runner.stop());
    const { failures } = await runner.searchCancelled({ runs: 2, seed, only });
    assert.deepEqual(failures, []);
  });
}
