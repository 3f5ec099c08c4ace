import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NewRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { RunStorage, Wake } from '../../../services/state-manager/engine/ports/storage.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { chain } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, dumpAll, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver } from '../session-driver.ts';

const fixture = await startStorage({ shards: 4 });
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const graph = compile(chain('first', 'second'));

function request(fields: Partial<NewRun> = {}): NewRun {
  return { ...newRun(graph), digest: 'abc', inputsJson: '{"a":[],"n":9007199254740993}', ...fields };
}

test('a trigger creates the run with its root state ready, and tells whoever waits for work', async () => {
  const wakes: Wake[] = [];
  storage.notices.onWake((wake) => wakes.push(wake));
  const run = request({ priority: 7, traceparent: '00-abc' });
  assert.deepEqual(await beginRun(storage.runs, run), { created: true });
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  const { runId, namespace } = run;
  assert.deepEqual(await storage.runs.headers([runId, 'nobody']), [
    { runId, namespace, graphName: 'graph', graphVersion: 1, priority: 7, traceparent: '00-abc' },
    undefined,
  ]);
  assert.equal(await storage.runs.triggerInputs(runId), run.inputsJson);
  const view = await storage.runs.view(runId);
  assert.equal(view?.status, 'RUNNING');
  assert.equal(view?.stateCount, 1);
  assert.equal(view?.count(graph.root, 'CREATED'), 1);
  const nodeName = graph.nodes[graph.root]!.nodeName;
  const shard = storage.runs.shardOf(runId);
  assert.deepEqual(await storage.runs.readyPlaces(shard, [{ namespace, nodeName }], 10), [
    [{ runId, node: graph.root, priority: 7 }],
  ]);
  const wake = await eventually(() => wakes.find((one) => one.runId === runId));
  assert.deepEqual(wake, { runId, node: graph.root, priority: 7, namespace, nodeName });
});

test('the same run again, from anywhere and at any time, writes nothing and gives the digest', async () => {
  const run = request();
  const other = await fixture.open();
  const answers = await Promise.all([storage, other, storage].map(({ runs }) => beginRun(runs, run)));
  assert.equal(answers.filter(({ created }) => created).length, 1);
  const before = await dumpAll(redis);
  assert.deepEqual(await beginRun(other.runs, { ...run, digest: 'other', inputsJson: '{}' }), {
    created: false,
    digest: 'abc',
  });
  assert.deepEqual(await dumpAll(redis), before);
});

test('a full Redis refuses new runs and staged outputs, and lets running work go on to its end', async () => {
  const driver = new SessionDriver(storage, 'full');
  await driver.attach();
  const run = request();
  await beginRun(storage.runs, run);
  const [root] = await driver.claim(run);
  const before = await dumpAll(redis);
  await redis.config('SET', 'maxmemory', 1);
  try {
    const isFull = (error: unknown) =>
      error instanceof FanoutError && error.reason === 'STORAGE_FULL' && error.retryAfterMs! > 0;
    await assert.rejects(beginRun(storage.runs, request()), isFull);
    const lease = { runId: run.runId, state: root!.state, leaseToken: root!.record.leaseToken };
    await assert.rejects(storage.runs.stage(lease, 0, [{ outputJson: '{}', chosen: '' }], 1e9), isFull);
    assert.deepEqual(await dumpAll(redis), before);

    // A runtime whose stream broke comes back, and finishes.
    assert.equal(await driver.attach(600_000, false), true);
    assert.deepEqual(await storage.sessions.extend([driver], 600_000), ['OK']);
    assert.equal((await driver.settle(run, [executed(root!, [{}])])).kind, 'committed');
    const [second] = await driver.claim(run);
    const end = await driver.settle(run, [executed(second!, [{}])]);
    assert.deepEqual(end, {
      kind: 'committed',
      hasEnded: true,
      isCancelling: false,
      readyNodes: [],
      handedOff: [],
    });
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  assert.deepEqual(await beginRun(storage.runs, request()), { created: true });
});

test('runs are listed newest first over all shards, in pages, and each once', async () => {
  const namespace = 'listed';
  const triggered: string[] = [];
  for (let i = 0; i < 23; i++) {
    const run = request({ namespace, graphName: i % 2 === 0 ? 'even' : 'odd' });
    await beginRun(storage.runs, run);
    triggered.push(run.runId);
  }
  const all = await allPages(storage.runs, namespace, {});
  assert.deepEqual([...all.map(({ runId }) => runId)].sort(), [...triggered].sort());
  assert.deepEqual(
    all.map(({ createdAt }) => createdAt),
    all.map(({ createdAt }) => createdAt).sort((left, right) => right - left),
  );
  assert.equal((await allPages(storage.runs, namespace, { graphName: 'odd' })).length, 11);
  assert.equal((await allPages(storage.runs, namespace, { status: 'SUCCESS' })).length, 0);
  await assert.rejects(
    storage.runs.list(namespace, {}, { pageSize: 5, pageToken: 'nonsense' }),
    (error: unknown) => error instanceof FanoutError && error.reason === 'PAGE_TOKEN_INVALID',
  );
});

async function allPages(runs: RunStorage, namespace: string, filter: Parameters<RunStorage['list']>[1]) {
  const found = [];
  let pageToken = '';
  do {
    const page = await runs.list(namespace, filter, { pageSize: 5, pageToken });
    found.push(...page.items);
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return found;
}
