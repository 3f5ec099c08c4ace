/** Open fan-out in storage: outputs become branches while their state is executed. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { planCancelled, planPruned } from '../../../services/state-manager/domain/plan/endings.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { listStates } from '../../../services/state-manager/engine/queries/list-states.ts';
import { outputsInOrder } from '../../../services/state-manager/engine/tree/outputs-in-order.ts';
import { statesBelow } from '../../../services/state-manager/engine/tree/states-below.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import {
  afterEmits,
  emitted,
  errored,
  executed,
  type Held,
  lost,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const [split, work, merge] = [0, 1, 2];

function uniting(unites: object = {}, retries = 0): Graph {
  return compile({
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { retry_policy: { max_retries: 0 } }),
      nodeTemplate('merge', [], { unites: { identifier: 'split', ...unites } }),
    ],
  });
}

const graph = uniting();

async function started(of: Graph = graph): Promise<{ run: LoadedRun; source: Held }> {
  const run = newRun(of);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [of.root]);
  return { run, source: source! };
}

/** Settles, and makes sure that the run holds together. */
async function settle(run: LoadedRun, ...reports: PlannedReport[]) {
  const result = await driver.settle(run, reports);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, run.graph), []);
  return result;
}

async function accept(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await settle(run, ...reports)).kind, 'committed');
}

async function refusal(run: LoadedRun, report: PlannedReport): Promise<unknown> {
  const before = await dumpAll(redis);
  const result = await settle(run, report);
  assert.deepEqual(await dumpAll(redis), before, 'nothing was written');
  return result.kind === 'refused' ? result.reasons.get(report.state) : result.kind;
}

async function work2success(run: LoadedRun, atMost = 100): Promise<void> {
  for (const held of await driver.claim(run, [work], atMost)) await accept(run, executed(held, [{}]));
}

async function scopeOf(run: LoadedRun, unite = merge) {
  return (await storage.runs.scopes(run.runId, [{ unite, execution: 1 }]))[0];
}

async function listed(run: LoadedRun, status?: 'SUCCESS' | 'QUEUED') {
  const view = (await storage.runs.view(run.runId))!;
  const page = { pageSize: 1_000, pageToken: '' };
  return (await listStates(storage, run, view, status ? { statuses: [status] } : {}, page)).items;
}

async function found(run: LoadedRun, target: number): Promise<number[]> {
  const outputs: number[] = [];
  for await (const page of outputsInOrder({ storage: storage.runs, run, from: 1, targets: [target] })) {
    outputs.push(...page.map(({ path, output }) => path[0]?.output ?? output));
  }
  return outputs;
}

test('an emit is a branch at once, and its state goes on under the same lease', async () => {
  const { run, source } = await started();
  await accept(run, emitted(source, 0, values(2)));
  const [first, second] = await driver.claim(run, [work]);
  assert.deepEqual([first?.record.output, second?.record.output], [0, 1]);
  assert.deepEqual(first?.record.standing.scopes, [{ unite: merge, execution: 1, branch: 0 }]);
  await accept(run, executed(first!, [{}]), executed(second!, [{}]));
  const scope = await scopeOf(run);
  assert.deepEqual([scope?.total, scope?.succeeded, scope?.isSealed, scope?.status], [2, 2, false, 'OPEN']);
  await accept(run, emitted(source, 2, values(1)));
  await work2success(run);
  assert.equal((await scopeOf(run))?.status, 'OPEN', 'it waits for the report, whatever is finished');
  await accept(run, sealed(source, 3));
  assert.deepEqual([(await scopeOf(run))?.status, (await scopeOf(run))?.total], ['FIRED', 3]);
});

test('siblings are listed beside the state that emits, and children name them as their parents', async () => {
  const { run, source } = await started();
  await accept(run, emitted(source, 0, [{ n: 'a' }, { n: 'b' }]));
  const states = await listed(run);
  const rows = states.map(({ stateId, status, outputJson }) => [
    stateId.slice(run.runId.length),
    status,
    outputJson,
  ]);
  assert.deepEqual(rows.slice(0, 3), [
    ['.1', 'QUEUED', undefined],
    ['.1.1', 'SUCCESS', '{"n":"a"}'],
    ['.1.2', 'SUCCESS', '{"n":"b"}'],
  ]);
  const children = states.filter(({ identifier }) => identifier === 'work');
  assert.deepEqual(
    children.map(({ parents, path }) => [parents, path]),
    [
      [{ split: `${run.runId}.1.1` }, '0.0'],
      [{ split: `${run.runId}.1.2` }, '1.0'],
    ],
  );
  assert.equal((await listed(run, 'SUCCESS')).length, 2);
  assert.equal((await listed(run, 'QUEUED')).length, 1);
});

test('children stand in blocks, and are found again in order, over many blocks and nodes', async () => {
  const wide = compile({
    nodes: [nodeTemplate('split', ['left', 'right']), nodeTemplate('left'), nodeTemplate('right')],
  });
  const { run, source } = await started(wide);
  for (const [first, count] of [
    [0, 1],
    [1, 62],
    [63, 2],
    [65, 200],
  ] as const)
    await accept(run, emitted(source, first, values(count)));
  await accept(run, sealed(source, 265));
  await driver.executeAll(run, () => [{}]);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, wide), []);
  assert.equal((await storage.runs.view(run.runId))?.status, 'SUCCESS');
  const both = Array.from({ length: 265 }, (_, output) => [output, output]).flat();
  assert.deepEqual(
    await found(run, 1),
    both.filter((_, i) => i % 2 === 0),
  );
  const below: number[] = [];
  for await (const page of statesBelow({ storage: storage.runs, run }, 1))
    below.push(...page.map(({ record }) => record.output!));
  assert.deepEqual(
    below.sort((left, right) => left - right),
    both,
  );
  const one: number[] = [];
  for await (const page of statesBelow(
    { storage: storage.runs, run, below: { output: 64, ownScopes: false } },
    1,
  ))
    one.push(...page.map(({ record }) => record.output!));
  assert.deepEqual(one, [64, 64]);
});

test('the same emit again, one too early and a wrong total are refused, and nothing is written', async () => {
  const { run, source } = await started();
  assert.equal(await refusal(run, emitted(source, 1, values(1))), 'MISSING');
  await accept(run, emitted(source, 0, values(3)));
  assert.equal(await refusal(run, emitted(source, 0, values(3))), 'MISSING');
  assert.equal(await refusal(run, emitted(source, 4, values(1))), 'MISSING');
  for (const total of [0, 2, 4]) assert.equal(await refusal(run, sealed(source, total)), 'MISSING');
  assert.equal(await refusal(run, sealed(source, undefined)), 'SETTLED', 'more are needed');
  assert.equal(await refusal(run, errored(source, false)), 'CHANGED', 'a plan that knows of no emits');
  assert.equal(await refusal(run, executed(source, values(2))), 'CHANGED');
  const forged = { ...emitted(source, 3, values(1)), leaseToken: 's1-forged' };
  assert.equal(await refusal(run, forged), 'STALE');
  assert.deepEqual(await storage.runs.acceptedEmits(run.runId, [1]), [3]);
});

test('an index belongs to the work: a lost lease and a retry go on where the attempt before was', async () => {
  const { run, source } = await started(uniting({}, 1));
  await accept(run, emitted(source, 0, values(2)));
  await accept(run, lost(afterEmits(source)));
  assert.equal(await refusal(run, emitted(source, 2, values(1))), 'STALE');
  const [again] = await driver.claim(run, [split]);
  assert.deepEqual([again?.state, again?.record.hasEmitted], [1, true]);
  await accept(run, emitted(again!, 2, values(1)));
  await accept(run, errored(again!, true));
  const [retried] = await driver.claim(run, [split]);
  assert.ok(retried!.state > 1);
  assert.deepEqual([retried?.record.work, retried?.record.hasEmitted], [1, true]);
  await accept(run, emitted(retried!, 3, values(2)), ...[]);
  await work2success(run);
  await accept(run, sealed(retried!, 5));
  assert.deepEqual([(await scopeOf(run))?.status, (await scopeOf(run))?.total], ['FIRED', 5]);
  assert.deepEqual(await found(run, work), [0, 1, 2, 3, 4]);
  const parents = (await listed(run)).filter(({ identifier }) => identifier === 'work');
  assert.deepEqual(
    parents.map(({ parents: { split: parent } }) => parent),
    [1, 2, 3, 4, 5].map((place) => `${run.runId}.1.${place}`),
  );
});

test('a retry that is the first to emit gives its outputs to the first attempt, too', async () => {
  const { run, source } = await started(uniting({}, 1));
  await accept(run, errored(source, true));
  const [retried] = await driver.claim(run, [split]);
  await accept(run, emitted(retried!, 0, values(2)));
  await work2success(run);
  await accept(run, sealed(retried!, 2));
  assert.equal((await scopeOf(run))?.status, 'FIRED');
  assert.deepEqual(await found(run, work), [0, 1]);
});

test('no outputs at all open a sealed scope without branches, also after a retry', async () => {
  for (const isRetried of [false, true]) {
    const { run, source } = await started(uniting({}, 1));
    if (isRetried) await accept(run, errored(source, true));
    const held = isRetried ? (await driver.claim(run, [split]))[0]! : source;
    await accept(run, sealed(held, 0));
    const scope = await scopeOf(run);
    assert.deepEqual([scope?.status, scope?.total, scope?.isSealed], ['FIRED', 0, true]);
  }
});

test('an execution that fails after emits is one more failed branch, and before them opens nothing', async () => {
  for (const [unites, status, end] of [
    [{}, 'GAVE_UP', 'FAILED'],
    [{ tolerated_failures: 1 }, 'FIRED', 'SUCCESS'],
    [{ strategy: 'ALL_DONE' }, 'FIRED', 'SUCCESS'],
  ] as const) {
    const { run, source } = await started(uniting(unites));
    await accept(run, emitted(source, 0, values(2)));
    await accept(run, errored(afterEmits(source), false));
    assert.deepEqual([(await scopeOf(run))?.isSealed, (await scopeOf(run))?.status], [true, 'OPEN']);
    await work2success(run);
    const scope = await scopeOf(run);
    assert.deepEqual([scope?.status, scope?.total, scope?.succeeded, scope?.failed], [status, 3, 2, 1]);
    const failures = await storage.runs.countedFailures(
      run.runId,
      { unite: merge, execution: 1 },
      { after: undefined, atMost: 9 },
    );
    assert.deepEqual(failures, [{ branch: 2, state: 1 }]);
    for (const held of await driver.claim(run, [merge])) await accept(run, executed(held, [{}]));
    assert.equal((await storage.runs.view(run.runId))?.status, end);
  }
  const { run, source } = await started();
  await accept(run, errored(source, false));
  assert.equal(await scopeOf(run), undefined);
  assert.equal((await storage.runs.view(run.runId))?.status, 'FAILED');
});

test('cancelling seals with a failed branch, pruning without one', async () => {
  const { run, source } = await started(uniting({ strategy: 'ALL_DONE' }));
  await accept(run, emitted(source, 0, values(1)));
  const held = afterEmits(source);
  const cancelled = planCancelled(run.graph, held.record, { code: 'CANCELLED', message: '' }, true);
  await accept(run, { ...sealed(held, 0), plan: cancelled });
  assert.deepEqual([(await scopeOf(run))?.total, (await scopeOf(run))?.failed], [2, 1]);
  const other = await started(uniting());
  await accept(other.run, emitted(other.source, 0, values(1)));
  const pruning = afterEmits(other.source);
  const pruned = planPruned(other.run.graph, pruning.record, '{"why":1}');
  await accept(other.run, { ...sealed(pruning, 0), plan: pruned });
  await work2success(other.run);
  assert.deepEqual([(await scopeOf(other.run))?.status, (await scopeOf(other.run))?.total], ['FIRED', 1]);
  const [state, sibling] = await listed(other.run);
  assert.deepEqual([state?.status, state?.outputJson], ['PRUNED', '{"why":1}']);
  assert.equal(sibling?.outputJson, '{"value":0}', 'the output is not overwritten by the data of the prune');
});

test('a quorum that is met while the state emits closes the scope, and nothing more is taken', async () => {
  const { run, source } = await started(uniting({ strategy: 'QUORUM', min_success: 2 }));
  await accept(run, emitted(source, 0, values(3)));
  for (const held of await driver.claim(run, [work], 2)) await driver.settle(run, [executed(held, [{}])]);
  const scope = await scopeOf(run);
  assert.deepEqual([scope?.status, scope?.isSealed, scope?.total], ['FIRED', true, 3]);
  const late = await driver.settle(run, [emitted(source, 3, values(1))]);
  assert.deepEqual(late, { kind: 'refused', reasons: new Map([[1, 'UNNEEDED']]) });
  const [united] = await driver.claim(run, [merge]);
  const ofScope = { unite: merge, execution: 1, keepsSuccesses: true };
  const outputs: number[] = [];
  const walking = { storage: storage.runs, run, from: 1, targets: [split], scope: ofScope };
  for await (const page of outputsInOrder(walking)) outputs.push(...page.map(({ output }) => output));
  assert.deepEqual(outputs, [0, 1]);
  // The total that it reports does not matter: no more outputs are needed.
  assert.equal((await driver.settle(run, [sealed(source, 7)])).kind, 'committed');
  assert.equal((await driver.settle(run, [executed(united!, [{}])])).kind, 'committed');
});

test('windows count branches as they succeed, long before all of them are known', async () => {
  for (const direct of [false, true]) {
    const windowed = compile({
      nodes: [
        nodeTemplate('split', direct ? ['merge'] : ['work', 'merge'].slice(0, 1)),
        ...(direct ? [] : [nodeTemplate('work', ['merge'])]),
        nodeTemplate('merge', [], {
          unites: { identifier: 'split', strategy: 'ALL_DONE', window: { count: 2 } },
        }),
      ],
    });
    const unite = direct ? 1 : 2;
    const run = newRun(windowed);
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [source] = await driver.claim(run, [0]);
    assert.equal((await driver.settle(run, [emitted(source!, 0, values(5))])).kind, 'committed');
    if (!direct) {
      for (const held of await driver.claim(run, [work]))
        assert.equal((await driver.settle(run, [executed(held, [{}])])).kind, 'committed');
    }
    assert.equal((await scopeOf(run, unite))?.instances, 2);
    const address = { unite, execution: 1 };
    const page = { after: -1, atMost: 10 };
    assert.deepEqual(await storage.runs.windowBranches(run.runId, address, 2, page), [2, 3]);
    assert.equal((await driver.settle(run, [sealed(source!, 5)])).kind, 'committed');
    const scope = await scopeOf(run, unite);
    assert.deepEqual([scope?.status, scope?.instances], ['FIRED', 3]);
  }
});

test('routes send emits where they say, in any mixture with emits that have none', async () => {
  const routed = compile({
    nodes: [
      nodeTemplate('split', ['left', 'right', 'merge']),
      nodeTemplate('left', ['merge']),
      nodeTemplate('right', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  const run = newRun(routed);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [0]);
  await driver.settle(run, [emitted(source!, 0, values(1))]);
  await driver.settle(run, [emitted(source!, 1, values(4), [['left'], ['merge'], [], ['right', 'left']])]);
  await driver.settle(run, [emitted(source!, 5, values(1))]);
  await driver.settle(run, [sealed(source!, 6)]);
  const left = await driver.claim(run, [1]);
  const right = await driver.claim(run, [2]);
  assert.deepEqual(
    left.map(({ record }) => record.output),
    [0, 1, 4, 5],
  );
  assert.deepEqual(
    right.map(({ record }) => record.output),
    [0, 4, 5],
  );
  for (const held of [...left, ...right]) await driver.settle(run, [executed(held, [{}])]);
  const scope = await scopeOf(run, 3);
  assert.deepEqual([scope?.status, scope?.total, scope?.succeeded, scope?.pruned], ['FIRED', 6, 5, 1]);
});

test('an open fan-out inside another scope keeps the branch around it unfinished until it is sealed', async () => {
  const nested = compile({
    nodes: [
      nodeTemplate('outer', ['split']),
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['inner']),
      nodeTemplate('inner', ['all'], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      nodeTemplate('all', [], { unites: { identifier: 'outer' } }),
    ],
  });
  const { run, source } = await started(nested);
  await accept(run, executed(source, values(2)));
  const [left, right] = await driver.claim(run, [1]);
  await accept(run, emitted(left!, 0, values(2)), sealed(right!, 0));
  for (const held of await driver.claim(run, [2])) await accept(run, executed(held, [{}]));
  for (const held of await driver.claim(run, [3])) await accept(run, executed(held, [{}]));
  assert.equal((await storage.runs.scopes(run.runId, [{ unite: 4, execution: 1 }]))[0]?.unfinished, 1);
  // Its failure is a branch of the inner unite, which answers for it further out.
  await accept(run, errored(afterEmits(left!), false));
  for (const held of await driver.claim(run, [3])) await accept(run, executed(held, [{}]));
  const outer = (await storage.runs.scopes(run.runId, [{ unite: 4, execution: 1 }]))[0];
  assert.deepEqual([outer?.status, outer?.succeeded, outer?.failed], ['FIRED', 2, 0]);
});
