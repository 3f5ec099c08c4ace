import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile({ nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] });

test('a full Redis goes on cancelling', async () => {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(source!, values(3))]);
  await redis.config('SET', 'maxmemory', 1);
  try {
    const end = { outcome: 'CANCELLED', reason: '' } as const;
    assert.equal(await storage.runs.markCancelled(run, { state: 1 }, end), 'CHANGED');
    const [job, ...others] = await storage.runs.cancelling(0, -1, 10);
    assert.deepEqual(others, []);
    assert.deepEqual(await storage.runs.cancelling(0, 60_000, 10), [], 'it counts as looked at');
    await storage.runs.cancelled(run, job!, { held: [], seen: '' });
    assert.deepEqual(await storage.runs.cancelling(0, -1, 10), []);
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
});

test('a mark stands, is known again and is taken away, also when another was swept before', async () => {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [source] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(source!, values(3))]);
  const end = { outcome: 'CANCELLED', reason: '' } as const;
  for (const output of [0, 1]) {
    const target = { state: 1, output };
    assert.equal(await storage.runs.markCancelled(run, target, end), 'CHANGED');
    assert.equal(await storage.runs.markCancelled(run, target, end), 'SAME');
    assert.equal(await redis.hget(keys.run(run.runId), 'marks'), `,1.${output},`);
    const [job] = await storage.runs.cancelling(0, -1, 10);
    await storage.runs.cancelled(run, job!, { held: [], seen: '' });
    assert.equal(await redis.hget(keys.run(run.runId), 'marks'), '');
  }
});
