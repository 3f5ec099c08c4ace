/** Labels of runs, and the indexes by which runs are found. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Labels } from '../../../services/state-manager/domain/model/labels.ts';
import type { RunFilter } from '../../../services/state-manager/domain/model/run.ts';
import type { NewRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage, keyPrefix } = fixture;
const graph = compile({
  retry_policy: { max_retries: 0 },
  nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')],
});
const driver = new SessionDriver(storage);
await driver.attach();

const labels = (entries: Record<string, string>): Labels => new Map(Object.entries(entries));

async function begin(fields: Partial<NewRun> = {}): Promise<NewRun> {
  const run: NewRun = { ...newRun(graph), digest: 'd', inputsJson: '{}', ...fields };
  await beginRun(storage.runs, run);
  return run;
}

/** The ids that a list has, page by page, and its number of pages. */
async function listed(filter: RunFilter, pageSize = 100, namespace = 'default') {
  const runIds: string[] = [];
  let pageToken = '';
  let pages = 0;
  do {
    const page = await storage.runs.list(namespace, filter, { pageSize, pageToken });
    runIds.push(...page.items.map(({ runId }) => runId));
    pageToken = page.nextPageToken ?? '';
    pages += 1;
  } while (pageToken !== '');
  return { runIds, pages };
}

const indexes = () => redis.keys('*:labelled:*');

/** Ends a run: so many branches fail with `FLAKY`, the last one with another code if there is one. */
async function fail(run: NewRun, branches: number, lastCode = 'FLAKY'): Promise<void> {
  const [root] = await driver.claim(run);
  await driver.settle(run, [executed(root!, values(branches))]);
  const held = await driver.claim(run, [1], branches);
  const reports = held.map((one, i) => {
    const report = errored(one, false);
    const { step } = report.plan;
    if (step.kind !== 'fail') throw new Error('the report is no failure');
    const failure = { ...step.failure, code: i === held.length - 1 ? lastCode : 'FLAKY' };
    return { ...report, plan: { ...report.plan, step: { ...step, failure } } };
  });
  await driver.settle(run, reports);
}

test('runs are found by all of their labels, in their namespace only, in pages over all shards', async () => {
  const mine: string[] = [];
  for (let i = 0; i < 12; i++) {
    const team = i % 2 === 0 ? 'films' : 'music';
    const run = await begin({ labels: labels({ team, stage: i < 4 ? 'test' : 'live' }) });
    if (team === 'films' && i >= 4) mine.push(run.runId);
    assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  }
  await begin({ namespace: 'other', labels: labels({ team: 'films', stage: 'live' }) });
  await begin();
  const wanted = { labels: labels({ team: 'films', stage: 'live' }) };
  const newestFirst = async () => {
    const all = (await listed({})).runIds;
    return all.filter((runId) => mine.includes(runId));
  };
  for (const pageSize of [1, 3, 100])
    assert.deepEqual((await listed(wanted, pageSize)).runIds, await newestFirst(), `${pageSize} a page`);
  assert.equal((await listed(wanted, 100, 'other')).runIds.length, 1);
  assert.deepEqual((await listed({ labels: labels({ team: 'film' }) })).runIds, []);
  const { items } = await storage.runs.list('default', wanted, { pageSize: 1, pageToken: '' });
  assert.deepEqual([...items[0]!.labels], [...wanted.labels]);
  assert.equal(items[0]!.triggerKind, 'API');
});

test('texts that look like parts of a key find their own runs only', async () => {
  const odd = await begin({ labels: labels({ 'a:b': '{fanout.1}=c' }) });
  const other = await begin({ labels: labels({ a: 'b:{fanout.1}=c' }) });
  assert.deepEqual((await listed({ labels: odd.labels! })).runIds, [odd.runId]);
  assert.deepEqual((await listed({ labels: other.labels! })).runIds, [other.runId]);
});

test('the same trigger again keeps the labels of the first one', async () => {
  const run = await begin({ labels: labels({ once: 'first' }) });
  await beginRun(storage.runs, { ...run, labels: labels({ once: 'second' }) });
  assert.deepEqual((await listed({ labels: labels({ once: 'first' }) })).runIds, [run.runId]);
  assert.deepEqual((await listed({ labels: labels({ once: 'second' }) })).runIds, []);
});

test('a run that is removed leaves no index, also where another one had its id before', async () => {
  const before = await indexes();
  const run = await begin({ labels: labels({ gone: 'yes', 'gone too': '' }) });
  assert.ok((await indexes()).length > before.length);
  const [root] = await driver.claim(run);
  await driver.settle(run, [executed(root!, [])]);
  // Whoever removes it knows it by an older look, and nothing of its labels.
  const { labels: _, ...seen } = run;
  assert.equal(await storage.runs.retire(run.runId, seen, { isUnwanted: true }), true);
  assert.deepEqual((await indexes()).sort(), before.sort());
  assert.deepEqual(await redis.keys(`*${run.runId}*`), []);
  const usage = await storage.runs.usage('default');
  await begin({ runId: run.runId, labels: labels({ gone: 'no' }) });
  const [again] = await driver.claim(run);
  await driver.settle(run, [executed(again!, [])]);
  assert.equal(await storage.runs.retire(run.runId, run, { isUnwanted: true }), true);
  assert.deepEqual((await indexes()).sort(), before.sort());
  assert.deepEqual(await storage.runs.usage('default'), usage, 'bytes of labels are counted and given back');
});

test('kinds of triggers, graphs, statuses, times and labels go together', async () => {
  const team = labels({ mixed: 'yes' });
  const cron = await begin({ labels: team, triggerKind: 'CRON' });
  const called = await begin({ labels: team, triggerKind: 'CALL', graphName: 'another' });
  const ended = await begin({ labels: team, triggerKind: 'RUN_END' });
  const [root] = await driver.claim(ended);
  await driver.settle(ended, [executed(root!, [])]);
  const { createdAt } = (await storage.runs.view(cron.runId))!;
  const find = async (filter: RunFilter) => (await listed({ labels: team, ...filter })).runIds.sort();
  assert.deepEqual(await find({ triggerKinds: ['CRON'] }), [cron.runId]);
  assert.deepEqual(await find({ triggerKinds: ['CRON', 'CALL', 'API'] }), [cron.runId, called.runId].sort());
  assert.deepEqual(await find({ triggerKinds: ['CALL', 'CRON'], graphName: 'another' }), [called.runId]);
  assert.deepEqual(await find({ status: 'SUCCESS' }), [ended.runId]);
  assert.deepEqual(await find({ status: 'SUCCESS', triggerKinds: ['CRON'] }), []);
  assert.deepEqual(await find({ triggeredBefore: createdAt }), []);
});

test('a page of runs that a filter leaves out stops, and tells where to go on', async () => {
  const some = labels({ wide: 'yes' });
  const first = await begin({ labels: some, graphName: 'rare' });
  const runs = Array.from(
    { length: 6_000 },
    (): NewRun => ({ ...newRun(graph), digest: 'd', inputsJson: '{}', labels: some }),
  );
  for (let at = 0; at < runs.length; at += 200)
    await storage.runs.commit({ newRuns: runs.slice(at, at + 200) });
  const page = await storage.runs.list(
    'default',
    { graphName: 'rare', labels: some },
    { pageSize: 10, pageToken: '' },
  );
  assert.deepEqual(page.items, []);
  assert.ok(page.nextPageToken);
  const { runIds, pages } = await listed({ graphName: 'rare', labels: some }, 10);
  assert.deepEqual([runIds, pages], [[first.runId], 2]);
});

test('runs are found by the code of a failure, however many others they have', async () => {
  const mine = labels({ codes: 'yes' });
  const flaky = await begin({ labels: mine });
  await fail(flaky, 3);
  const well = await begin({ labels: mine });
  const [root] = await driver.claim(well);
  await driver.settle(well, [executed(root!, [])]);
  const late = await begin({ labels: mine });
  await fail(late, 120, 'RARE');
  const find = async (errorCode: string) => (await listed({ labels: mine, errorCode }, 1)).runIds.sort();
  assert.deepEqual(await find('FLAKY'), [flaky.runId, late.runId].sort());
  assert.deepEqual(await find('RARE'), [late.runId]);
  assert.deepEqual(await find('NONE'), []);
});
