/** keep_lines and read_lines: a run keeps its newest lines, and tells how many it does not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KeptLine } from '../../services/state-manager/domain/model/log.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import { putAroundScripts } from '../../services/state-manager/storage/connection/scripts.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, dumpAll, newRun, type StorageFixture, startStorage } from './fixture.ts';
import { executed, SessionDriver } from './session-driver.ts';

const graph = compile({ limits: { retention_ms: 1 }, nodes: [nodeTemplate('work')] });
const bounds = { lines: 5, bytes: 100_000 };
let fixture: StorageFixture;

before(async () => {
  fixture = await startStorage();
});
after(() => fixture.stop());

function lineOf(text: string, fieldsJson = ''): KeptLine {
  const by = { state: 1, node: 0, attempt: 1, runtimeName: 'one' };
  return { loggedAt: 7, level: 'WARN', text, fieldsJson, ...by };
}

function linesOf(from: number, to: number): KeptLine[] {
  return Array.from({ length: to - from + 1 }, (_, i) => lineOf(`line ${from + i}`));
}

async function begin(): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(fixture.storage.runs, { ...run, digest: '', inputsJson: '{}' });
  return run;
}

function keep({ runId }: LoadedRun, lines: readonly KeptLine[], dropped = 0, within = bounds) {
  return fixture.storage.logs.keep([{ runId, lines, dropped }], within);
}

async function textsOf({ runId }: LoadedRun, from = 1, atMost = 100) {
  const { lines, ...more } = await fixture.storage.logs.lines(runId, from, atMost);
  return { ...more, texts: lines.map(({ text }) => text) };
}

async function bytesUsed(): Promise<number> {
  return Number((await fixture.redis.hget(fixture.keys.usage(0), 'default:bytes')) ?? 0);
}

test('a line is read as it was kept, with its fields as they came', async () => {
  const run = await begin();
  const odd = lineOf('two\nlines "…"', '{"n":12345678901234567890}');
  await keep(run, [odd]);
  const { lines } = await fixture.storage.logs.lines(run.runId, 1, 10);
  assert.deepEqual(lines, [odd]);
});

test('a run that has logged nothing has no lines, and none is missing', async () => {
  const run = await begin();
  assert.deepEqual(await textsOf(run), { first: 1, last: 0, dropped: 0, texts: [] });
});

test('the newest lines stay, within the bound of lines, and those that made room are counted', async () => {
  const run = await begin();
  await keep(run, linesOf(1, 3));
  await keep(run, linesOf(4, 7), 10);
  assert.deepEqual(await textsOf(run), {
    first: 3,
    last: 7,
    dropped: 12,
    texts: ['line 3', 'line 4', 'line 5', 'line 6', 'line 7'],
  });
  assert.deepEqual((await textsOf(run, 6)).texts, ['line 6', 'line 7']);
  assert.deepEqual((await textsOf(run, 1, 2)).texts, ['line 3', 'line 4']);
  assert.deepEqual(await textsOf(run, 8), { first: 8, last: 7, dropped: 12, texts: [] });
});

test('the newest lines stay, within the bound of bytes, however long one of them is', async () => {
  const run = await begin();
  const within = { lines: 100, bytes: 200 };
  await keep(run, linesOf(1, 50), 0, within);
  const { texts, dropped } = await textsOf(run);
  assert.ok(texts.length >= 2 && texts.length <= 7, texts.join());
  assert.equal(texts.length + dropped, 50);
  assert.equal(texts.at(-1), 'line 50');
  await keep(run, [lineOf('x'.repeat(500))], 0, within);
  assert.deepEqual(await textsOf(run), { first: 52, last: 51, dropped: 51, texts: [] });
  await keep(run, [lineOf('short')], 0, within);
  assert.deepEqual((await textsOf(run)).texts, ['short']);
});

test('more lines than one call takes are kept in order', async () => {
  const run = await begin();
  const other = await begin();
  const { runId } = run;
  const of = [
    { runId, lines: linesOf(1, 2_500), dropped: 1 },
    { runId: other.runId, lines: linesOf(1, 2), dropped: 0 },
  ];
  assert.deepEqual(await fixture.storage.logs.keep(of, { lines: 10_000, bytes: 1e9 }), []);
  const { texts, first } = await textsOf(run, 2_499);
  assert.deepEqual({ texts, first }, { texts: ['line 2499', 'line 2500'], first: 2_499 });
  assert.deepEqual((await textsOf(other)).texts, ['line 1', 'line 2']);
});

test('lines count in the bytes of the namespace while they are kept, and go with the run', async () => {
  const before = await bytesUsed();
  const run = await begin();
  const driver = new SessionDriver(fixture.storage, 'logs');
  await driver.attach();
  const [root] = await driver.claim(run);
  const begun = await bytesUsed();
  await keep(run, linesOf(1, 20));
  const [bytes] = await fixture.redis.hmget(fixture.keys.run(run.runId), 'log_bytes');
  assert.equal((await bytesUsed()) - begun, Number(bytes));
  const kept = await fixture.redis.lrange(fixture.keys.log(run.runId), 0, -1);
  assert.equal(Buffer.byteLength(kept.join('')), Number(bytes));
  await driver.settle(run, [executed(root!, [{}])]);
  await fixture.storage.runs.retire(run.runId, run, { isUnwanted: true });
  assert.equal(await bytesUsed(), before);
  assert.equal(await fixture.redis.exists(fixture.keys.log(run.runId)), 0);
});

test('of a run that is gone nothing is kept', async () => {
  const all = await dumpAll(fixture.redis);
  assert.deepEqual(await keep(newRun(graph), linesOf(1, 3), 4), []);
  assert.deepEqual(await dumpAll(fixture.redis), all);
});

test('a call that comes twice keeps its lines once', async () => {
  const run = await begin();
  let isTwice = true;
  putAroundScripts((next) => async (redis, calls) => {
    if (isTwice) await next(redis, calls);
    return next(redis, calls);
  });
  await keep(run, linesOf(1, 2), 3);
  isTwice = false;
  assert.deepEqual(await textsOf(run), { first: 1, last: 2, dropped: 3, texts: ['line 1', 'line 2'] });
});

test('what storage does not take is given back as a number, and nothing of it is kept', async () => {
  const run = await begin();
  await fixture.redis.config('SET', 'maxmemory', '1');
  const left = await keep(run, linesOf(1, 3), 2);
  await fixture.redis.config('SET', 'maxmemory', '0');
  assert.deepEqual(left, [{ runId: run.runId, lines: [], dropped: 5 }]);
  assert.deepEqual((await textsOf(run)).texts, []);
});
