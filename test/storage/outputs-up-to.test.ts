/** Outputs of which nobody knows the size before they are read: no more of them than fit into memory. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, startStorage } from './fixture.ts';
import { executed, SessionDriver } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage, keys, server } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** Outputs that a read may bring beyond its limit. */
const slack = 32;
const graph = compile({ nodes: [nodeTemplate('split', ['work']), nodeTemplate('work', [])] });

/** A run with outputs of the given lengths, the JSON around a text included. */
async function withOutputs(lengths: readonly number[]): Promise<LoadedRun> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  const outputs = lengths.map((length) => ({ text: 'x'.repeat(length - '{"text":""}'.length) }));
  assert.equal((await driver.settle(run, [executed(root!, outputs)])).kind, 'committed');
  return run;
}

async function lengthsRead(run: LoadedRun, count: number, limits: { bytes: number; atLeast: number }) {
  const addresses = Array.from({ length: count }, (_, output) => ({ state: 1, output }));
  const texts = await storage.runs.outputsUpTo(run.runId, addresses, limits);
  return texts.map((text) => text?.length);
}

test('outputs are read in one go as long as they are small', async () => {
  const lengths = Array.from({ length: 1_000 }, (_, i) => 20 + (i % 7));
  const run = await withOutputs(lengths);
  assert.deepEqual(await lengthsRead(run, 1_000, { bytes: 64_000, atLeast: 1 }), lengths);
  assert.deepEqual(await lengthsRead(run, 0, { bytes: 64_000, atLeast: 0 }), []);
});

test('no more are read than the bytes allow, and a few, but as many as are needed at least', async () => {
  const lengths = Array.from({ length: 500 }, (_, i) => (i < 100 ? 20 : 10_000));
  const run = await withOutputs(lengths);
  const some = await lengthsRead(run, 500, { bytes: 12_000, atLeast: 1 });
  assert.ok(some.length >= 102 && some.length <= 102 + slack, `${some.length} were read`);
  assert.deepEqual(some, lengths.slice(0, some.length));
  const needed = await lengthsRead(run, 500, { bytes: 1, atLeast: 300 });
  assert.ok(needed.length >= 300 && needed.length <= 300 + slack, `${needed.length} were read`);
});

test('outputs of several hashes come in the order in which they are asked for, those that are not there too', async (t) => {
  const run = await withOutputs([30, 31]);
  const redis = new Redis(server.url);
  t.after(() => redis.disconnect());
  await redis.hset(keys.staged(run.runId, 9, 'lease'), '0', 'staged', '2', 'other');
  const staged = (output: number) => ({ state: 9, output, stagedUnder: 'lease' });
  const addresses = [
    staged(2),
    { state: 1, output: 1 },
    { state: 1, output: 7 },
    staged(0),
    staged(1),
    { state: 1, output: 0 },
  ];
  const texts = await storage.runs.outputsUpTo(run.runId, addresses, { bytes: 1_000, atLeast: 1 });
  assert.deepEqual(
    texts.map((text) => (text?.startsWith('{') ? text.length : text)),
    ['other', 31, undefined, 'staged', undefined, 30],
  );
});
