/** All scopes of a run: of the states behind the first ones it is listed which of them have opened some. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { UniteScope } from '../../../services/state-manager/domain/model/unite.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import { explainUnite } from '../../../services/state-manager/engine/queries/explain-unite.ts';
import { readScopeId } from '../../../services/state-manager/storage/layout/scope-record.ts';
import { audit } from '../../support/audit/auditor.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { afterEmits, emitted, errored, executed, SessionDriver, sealed, values } from '../session-driver.ts';
import { withNotedReads } from './noted-reads.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys, keyPrefix } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** Three nodes unite each execution of `inner`: the index of one has two digits, and would come first as a text. */
const graph = compile({
  retry_policy: { max_retries: 0 },
  nodes: [
    nodeTemplate('outer', ['inner']),
    nodeTemplate('inner', ['work']),
    nodeTemplate('work', ['a', 'b', 'c']),
    nodeTemplate('a', ['all'], { unites: { identifier: 'inner' } }),
    ...['d', 'e', 'f', 'g', 'h'].map((identifier) => nodeTemplate(identifier)),
    nodeTemplate('b', ['all', 'd', 'e', 'f', 'g', 'h'], { unites: { identifier: 'inner' } }),
    nodeTemplate('c', ['all'], { unites: { identifier: 'inner' } }),
    nodeTemplate('all', [], { unites: { identifier: 'outer' } }),
  ],
});
const [outer, inner] = [0, 1];
const width = 180;

async function settle(run: LoadedRun, ...reports: PlannedReport[]): Promise<void> {
  assert.equal((await driver.settle(run, reports)).kind, 'committed');
}

async function begun(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [outer]);
  await settle(run, executed(root!, values(width)));
  return run;
}

/** Addresses of all scopes that the run's hash has, in the order of the list. */
async function stored(run: LoadedRun): Promise<string[]> {
  const fields = (await redis.hkeys(keys.run(run.runId))).filter((field) => field.startsWith('u'));
  return fields
    .filter((field) => /^u\d/.test(field))
    .map((field) => readScopeId(field.slice(1)))
    .sort((left, right) => left.execution - right.execution || left.unite - right.unite)
    .map(({ unite, execution }) => `${graph.nodes[unite]!.identifier} ${execution}`);
}

async function explained(run: LoadedRun, identifier: string | undefined, pageSize: number) {
  const found: UniteScope[] = [];
  let pages = 0;
  for (let pageToken = ''; ; pages++) {
    const question = { runId: run.runId, ...(identifier && { identifier }) };
    const page = await explainUnite(storage, run, question, { pageSize, pageToken });
    assert.ok(page.items.length <= pageSize);
    found.push(...page.items);
    if (page.nextPageToken === undefined) break;
    pageToken = page.nextPageToken;
  }
  const names = found.map((scope) => `${scope.unitingIdentifier} ${scope.unitedStateId.split('.')[1]}`);
  return { names, pages: pages + 1, found };
}

test('all scopes come in the order of executions and then of unites, in pages of any size', async () => {
  const run = await begun();
  // In another order than that of their numbers, and not all of them.
  const held = await driver.claim(run, [inner], width);
  for (const one of held.filter(({ state }) => state % 3 > 0).reverse())
    await settle(run, executed(one, [{}]));
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
  const expected = await stored(run);
  assert.equal(expected.length, 1 + 3 * 120);
  // Where branches are missing a scope is told on each page that has some of them.
  const parts = await explained(run, undefined, 7);
  assert.deepEqual([...new Set(parts.names)], expected);
  await settle(run, ...held.filter(({ state }) => state % 3 === 0).map((one) => executed(one, [{}])));
  await driver.executeAll(run, () => [{}]);
  const all = await stored(run);
  assert.equal(all.length, 1 + 3 * width);
  for (const pageSize of [1, 7, 100, 1_000]) {
    assert.deepEqual((await explained(run, undefined, pageSize)).names, all, `pages of ${pageSize}`);
    const some = all.filter((name) => name.startsWith('c '));
    assert.deepEqual((await explained(run, 'c', pageSize)).names, some, `pages of ${pageSize} of one unite`);
  }
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
});

/** Fields that list which states have opened scopes. */
async function lists(run: LoadedRun): Promise<[string, string][]> {
  const fields = Object.entries(await redis.hgetall(keys.run(run.runId)));
  return fields.filter(([field]) => /^s\d/.test(field));
}

test('only states behind the first ones are listed, so that a small run has no list', async () => {
  const run = await begun();
  const held = await driver.claim(run, [inner], width);
  await settle(run, ...held.filter(({ state }) => state < 52).map((one) => executed(one, [{}])));
  assert.deepEqual(await lists(run), []);
  await settle(run, ...held.filter(({ state }) => state === 52).map((one) => executed(one, [{}, {}])));
  assert.deepEqual(await lists(run), [['s1', '1']]);
  await settle(
    run,
    ...held.filter(({ state }) => state === 54 || state === 155).map((one) => executed(one, [])),
  );
  assert.deepEqual((await lists(run)).sort(), [
    ['s1', '5'],
    ['s2', String(2 ** 51)],
  ]);
  const { executions, next } = await storage.runs.unitedExecutions(run.runId, { from: 51, atMost: 2 });
  assert.deepEqual([executions, next], [[51, 52], 54]);
});

test('the execution of an open fan-out is listed with its first emit', async () => {
  const run = await begun();
  const source = (await driver.claim(run, [inner], width)).at(-1)!;
  await settle(run, emitted(source, 0, values(2)));
  const first = await lists(run);
  assert.deepEqual(first, [['s3', String(2 ** (source.state - 3 * 52))]]);
  await settle(run, emitted(afterEmits(source), 2, values(1)));
  await settle(run, sealed(afterEmits(source), 3));
  assert.deepEqual(await lists(run), first);
  assert.deepEqual(await audit(redis, keyPrefix, run.runId, graph), []);
});

test('only states that have opened scopes are looked at, and those of the first block', async () => {
  const run = await begun();
  const held = await driver.claim(run, [inner], width);
  for (const one of held.filter(({ state }) => state === 60 || state === 170))
    await settle(run, executed(one, []));
  const { source, read } = withNotedReads(storage);
  const question = { runId: run.runId, identifier: 'a' };
  const page = await explainUnite(source, run, question, { pageSize: 10, pageToken: '' });
  assert.deepEqual(
    page.items.map(({ unitedStateId }) => unitedStateId),
    [`${run.runId}.60`, `${run.runId}.170`],
  );
  assert.deepEqual(read, [...Array.from({ length: 51 }, (_, i) => i + 1), 60, 170]);
});

test('nothing of a run is left once it is removed, its lists neither', async () => {
  const run = await begun();
  const [one] = await driver.claim(run, [inner], 1);
  await settle(run, errored(one!, false));
  await driver.executeAll(run, () => [{}]);
  assert.equal(await redis.exists(keys.failedStates(run.runId)), 1);
  await redis.zadd(keys.retiring(0), 1, run.runId);
  await storage.runs.retire(run.runId, run);
  assert.deepEqual(await redis.keys(`*${run.runId}*`), []);
});
