import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { Wake } from '../../../services/state-manager/engine/ports/storage.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, type Held, lost, returned, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const retry = { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 };
const graph = compile({
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', [], { max_parallel: 3, timeout_ms: 60_000, retry_policy: retry }),
  ],
});
const [split, work] = [0, 1];
const driver = new SessionDriver(storage);
await driver.attach();

/** A run with so many states that wait for the three slots of `work`. */
async function fannedOut(width: number): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(root!, values(width))]);
  return run;
}

const violations = (run: LoadedRun) => audit(redis, keyPrefix, run.runId, graph);
const isOffered = async ({ runId }: LoadedRun) => {
  const [places] = await storage.runs.readyPlaces(0, [{ namespace: 'default', nodeName: 'WorkNode' }], 100);
  return places!.some((place) => place.runId === runId);
};

test('a claim leases no more states of a node than it has slots, and the rest is not offered', async () => {
  const run = await fannedOut(5);
  const claim = await driver.claimResult(run, [work]);
  assert.ok(claim.kind === 'claimed');
  assert.equal(claim.states.length, 3);
  assert.deepEqual(claim.left, [0]);
  assert.equal(await isOffered(run), false);
  assert.deepEqual(await driver.claim(run, [work]), []);
  assert.deepEqual(await violations(run), []);
});

const endings = {
  executed: (held: Held) => executed(held, [{}]),
  errored: (held: Held) => errored(held, false),
  'to be retried': (held: Held) => errored(held, true),
  lost: lost,
  'given back': returned,
};
for (const [ending, report] of Object.entries(endings)) {
  test(`a state that is ${ending} frees its slot, and every state manager is told`, async () => {
    const wakes: Wake[] = [];
    const other = await fixture.open();
    other.notices.onWake((wake) => wakes.push(wake));
    const run = await fannedOut(5);
    const [first] = await driver.claim(run, [work]);
    wakes.length = 0;
    const settled = await driver.settle(run, [report(first!)]);
    assert.ok(settled.kind === 'committed');
    assert.deepEqual(settled.readyNodes, [work]);
    assert.ok(await isOffered(run));
    await eventually(() => wakes.some((wake) => wake.runId === run.runId && wake.node === work));
    assert.deepEqual(await violations(run), []);
    assert.equal((await driver.claim(run, [work])).length, 1);
    assert.deepEqual(await violations(run), []);
  });
}

test('states that become ready while there is no slot are not offered', async () => {
  const run = await fannedOut(2_000);
  const { plan } = executed(
    { run, state: 1, record: (await storage.runs.records(run.runId, [1]))[0]! },
    values(2_000),
  );
  await storage.runs.expand(run, 1, plan, { atMost: 500 });
  const held = await driver.claim(run, [work]);
  assert.equal(held.length, 3);
  await storage.runs.expand(run, 1, plan, { atMost: 500 });
  assert.equal(await isOffered(run), false);
  const retried = await driver.settle(run, [errored(held[0]!, true)]);
  assert.ok(retried.kind === 'committed');
  assert.equal((await driver.claim(run, [work])).length, 1);
  const due = await eventually(async () => {
    const all = (await storage.runs.due(0, 100)).filter(({ runId }) => runId === run.runId);
    return all.length > 0 && all;
  });
  await storage.runs.promote(
    run,
    work,
    due.map(({ state }) => state),
  );
  assert.equal(await isOffered(run), false);
  assert.deepEqual(await violations(run), []);
});

test('a node whose slots are free and that has no ready state is not offered', async () => {
  const run = await fannedOut(2);
  const held = await driver.claim(run, [work]);
  const settled = await driver.settle(run, [executed(held[0]!, [{}])]);
  assert.ok(settled.kind === 'committed');
  assert.deepEqual(settled.readyNodes, []);
  assert.equal(await isOffered(run), false);
});

test('sessions of several state managers never hold more than the slots, and all states are executed', async () => {
  const run = await fannedOut(120);
  const rivals = await Promise.all(
    [1, 2, 3].map(async (i) => new SessionDriver(await fixture.open(), `rival${i}`)),
  );
  let executedStates = 0;
  await Promise.all(
    rivals.map(async (rival) => {
      await rival.attach();
      while (executedStates < 120) {
        const held = await rival.claim(run, [work], 2);
        const view = await storage.runs.view(run.runId);
        assert.ok(view!.count(work, 'QUEUED') <= 3);
        if (held.length === 0) continue;
        const result = await rival.settle(
          run,
          held.map((one) => executed(one, [{}])),
        );
        assert.equal(result.kind, 'committed');
        executedStates += held.length;
      }
    }),
  );
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
  assert.deepEqual(await violations(run), []);
});
