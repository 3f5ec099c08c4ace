import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { planExecuted } from '../../../services/state-manager/domain/plan/executed.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { executed, executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const graph = compile({
  nodes: [
    nodeTemplate('split', ['left', 'right']),
    nodeTemplate('left', ['merge']),
    nodeTemplate('right', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
  ],
});
const driver = new SessionDriver(storage);
await driver.attach();

const total = 700;
const plan = (run: LoadedRun) => planExecuted(run.graph, 1, { ...root, leaseToken: '' }, { total });
const root = {
  status: 'QUEUED',
  leaseToken: '',
  changedAt: 0,
  attempt: 1,
  losses: 0,
  retries: 0,
  work: 1,
  output: 0,
  standing: { node: 0, parent: 0, scopes: [], refs: [] },
} as const;

/** A run whose root has fanned out to more than one step can create. */
async function fannedOut(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [held] = await driver.claim(run);
  assert.equal((await driver.settle(run, [executed(held!, values(total))])).kind, 'committed');
  return run;
}

const violations = (run: LoadedRun) => audit(redis, keyPrefix, run.runId, graph);

async function isExpanding(run: LoadedRun, idleMs = 0): Promise<boolean> {
  const found = await storage.runs.expanding(0, idleMs, 10);
  return found.some(({ runId, state }) => runId === run.runId && state === 1);
}

test('a wide fan-out is committed before its children exist, and its scope waits for all of them', async () => {
  const run = await fannedOut();
  assert.deepEqual(await violations(run), []);
  const [record] = await storage.runs.records(run.runId, [1]);
  assert.equal(record?.status, 'EXECUTED');
  assert.equal(await isExpanding(run), true);
  assert.equal(await isExpanding(run, 60_000), false, 'somebody has just moved it');

  // What exists already can finish before the rest exists.
  await storage.runs.expand(run, 1, plan(run), { atMost: 10 });
  const early = await driver.claim(run);
  assert.equal(early.length, 10);
  await driver.settle(
    run,
    early.map((one) => executed(one, [{}])),
  );
  assert.deepEqual(await violations(run), []);
  const [scope] = await storage.runs.scopes(run.runId, [{ unite: 3, execution: 1 }]);
  assert.deepEqual([scope?.status, scope?.unfinished, scope?.succeeded], ['OPEN', 695, 5]);
});

test('children are created step by step, each once, whoever takes the steps', async () => {
  const run = await fannedOut();
  const others = [storage, await fixture.open(), await fixture.open()];
  let steps = 0;
  for (let isDone = false; !isDone && steps < 10; steps++) {
    const results = await Promise.all(
      others.map(({ runs }) => runs.expand(run, 1, plan(run), { atMost: 200 })),
    );
    assert.deepEqual(await violations(run), []);
    isDone = results.some(({ kind }) => kind !== 'more');
  }
  assert.equal(steps, 3);
  assert.equal((await storage.runs.records(run.runId, [1]))[0]?.status, 'SUCCESS');
  assert.equal(await isExpanding(run), false);
  const before = await dumpAll(redis);
  assert.deepEqual(await storage.runs.expand(run, 1, plan(run), { atMost: 200 }), { kind: 'gone' });
  assert.deepEqual(await storage.runs.expand(run, 2, plan(run), { atMost: 200 }), { kind: 'gone' });
  assert.deepEqual(await storage.runs.expand(run, 9_999, plan(run), { atMost: 200 }), { kind: 'gone' });
  assert.deepEqual(await dumpAll(redis), before);

  await driver.executeAll(run, () => [{}]);
  assert.deepEqual(await violations(run), []);
  const view = await storage.runs.view(run.runId);
  assert.deepEqual([view?.status, view?.stateCount], ['SUCCESS', 3 * total + 1]);
});

test('a step says how far it came and how long the longest ready list is', async () => {
  const run = await fannedOut();
  assert.deepEqual(await storage.runs.expand(run, 1, plan(run), { atMost: 600 }), {
    kind: 'more',
    expanded: 300,
    maxReady: 300,
    isCancelling: false,
  });
  // Less than one output's children: a step always gets on.
  assert.deepEqual(await storage.runs.expand(run, 1, plan(run), { atMost: 1 }), {
    kind: 'more',
    expanded: 301,
    maxReady: 301,
    isCancelling: false,
  });
  await driver.claim(run, [1], 100);
  assert.deepEqual(await storage.runs.expand(run, 1, plan(run), { atMost: 10_000 }), {
    kind: 'done',
    expanded: 700,
    maxReady: 700,
    isCancelling: false,
  });
});

test('staged outputs are fanned out like others, and their children know where they stand', async () => {
  const refers = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', [], { inputs: { value: '${{ split.outputs.value }}' } }),
    ],
  });
  const run = newRun(refers);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [held] = await driver.claim(run);
  const lease = { runId: run.runId, state: 1, leaseToken: held!.record.leaseToken };
  for (let from = 0; from < 1_000; from += 250) {
    await storage.runs.stage(
      lease,
      from,
      values(1_000)
        .slice(from, from + 250)
        .map(stagedOutput),
      run.limits.payloadBytes,
    );
  }
  const report = executedStaged(held!, 1_000);
  assert.equal((await driver.settle(run, [report])).kind, 'committed');
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, refers), []);
  while ((await storage.runs.expand(run, 1, report.plan, { atMost: 400 })).kind === 'more');
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, refers), []);
  const [child] = await storage.runs.records(run.runId, [2 + 777]);
  assert.deepEqual(child?.standing.refs, [{ node: 0, state: 1, output: 777, stagedUnder: lease.leaseToken }]);
  assert.deepEqual(await storage.runs.outputs(run.runId, child!.standing.refs), ['{"value":777}']);
});

test('staged outputs that go to a unite by routes keep their branch open until all routes were followed', async () => {
  const routed = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge', 'aside']),
      nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
      nodeTemplate('aside'),
    ],
  });
  const [work, merge] = [1, 2];
  const width = 600;
  const merging = '10';
  const aside = '01';
  for (const [toMerge, ending] of [
    [[width - 1], 'succeeded'],
    [[0], 'succeeded'],
    [[], 'pruned'],
  ] as const) {
    const run = newRun(routed);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [source] = await driver.claim(run);
    await driver.settle(run, [executed(source!, values(2))]);
    const [first, second] = await driver.claim(run, [work]);
    const { state, record } = first!;
    const lease = { runId: run.runId, state, leaseToken: record.leaseToken };
    const staged = values(width).map((value, output) => ({
      outputJson: JSON.stringify(value),
      chosen: (toMerge as readonly number[]).includes(output) ? merging : aside,
    }));
    await storage.runs.stage(lease, 0, staged, run.limits.payloadBytes);
    const report = executedStaged(first!, width, { isRouted: true });
    const counts = async () => (await storage.runs.scopes(run.runId, [{ unite: merge, execution: 1 }]))[0]!;
    const steady = async () => assert.deepEqual(await audit(redis, keyPrefix, run.runId, routed), []);

    assert.equal((await driver.settle(run, [report])).kind, 'committed');
    assert.equal((await counts()).unfinished, 2, 'nothing was followed yet');
    await steady();
    while ((await storage.runs.expand(run, state, report.plan, { atMost: 250 })).kind === 'more') {
      assert.equal((await counts()).unfinished, 2);
      await steady();
    }
    const { unfinished, [ending]: ended, status } = await counts();
    assert.deepEqual([unfinished, ended, status], [1, 1, 'OPEN']);
    await steady();
    // It fires with the last branch, and not before.
    await driver.settle(run, [executed(second!, values(1))]);
    assert.equal((await counts()).status, 'FIRED');
    await steady();
  }
});
