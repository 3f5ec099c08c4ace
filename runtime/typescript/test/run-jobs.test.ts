/** Acts of a client on many runs, on a real state manager. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { defineNode, type FanoutError, graph, NotRetryable, type RunJob } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';

let isBroken = true;
const Work = defineNode({
  name: 'WorkNode',
  inputs: z.object({ n: z.number() }),
  outputs: z.object({ n: z.number() }),
  run({ n }) {
    if (isBroken) throw new NotRetryable('the server is away');
    return { n };
  },
});
const many = graph('many', { inputs: z.object({ n: z.number() }) }, (g) => g.start(Work, { n: g.trigger.n }));

const environment = await startTestEnvironment({ nodes: [Work] });
after(() => environment.stop());
const { client } = environment;

test('runs that have failed are retried together, with progress, and then deleted', async () => {
  await client.upsert(many);
  const runs = await Promise.all([1, 2, 3].map((n) => client.trigger(many, { n })));
  for (const { id } of runs) await client.result(id).catch(() => undefined);
  isBroken = false;
  const seen: RunJob[] = [];
  const job = await client.retryRuns(
    { graphName: 'many', statuses: ['FAILED'] },
    { onProgress: (now) => seen.push(now) },
  );
  const { status, action, matched, changed, skipped, failed, failures } = job;
  assert.deepEqual([status, action, matched, changed, skipped, failed], ['DONE', 'RETRY', 3, 3, 0, 0]);
  assert.deepEqual(failures, []);
  assert.equal(seen.at(-1)?.status, 'DONE');
  const results = await Promise.all(runs.map(({ id }) => client.result(id)));
  assert.deepEqual(
    results.map(([result]) => result?.output),
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  );
  const deleted = await client.deleteRuns({ all: true });
  assert.equal(deleted.changed, 3);
  for await (const { id } of client.list()) assert.fail(`${id} is still there`);
  assert.deepEqual(
    (await client.runJobs()).map(({ id }) => id),
    [deleted.id, job.id],
  );
});

test('a state that failed is tried again with other inputs', async () => {
  isBroken = true;
  const { id } = await client.trigger(many, { n: 1 });
  await client.result(id).catch(() => undefined);
  isBroken = false;
  const stateId = `${id}.1`;
  await assert.rejects(
    client.retry(id, { corrections: { [stateId]: { n: 'one' } } }),
    ({ reason, violations }: FanoutError) =>
      reason === 'INPUT_INVALID' && violations[0]?.path === 'corrections[0].inputs_json',
  );
  assert.equal(await client.retry(id, { corrections: { [stateId]: { n: 5 } } }), 1);
  assert.deepEqual((await client.result(id))[0]?.output, { n: 5 });
  const { inputs, correctedInputs } = await client.state(`${id}.2`, { includeInputs: true });
  assert.deepEqual([inputs, correctedInputs], [{ n: 5 }, ['n']]);
  await client.deleteRun(id);
});

test('a job goes on in the background, is read and stopped by its id, and its key gives it again', async () => {
  await client.trigger(many, { n: 1 });
  const options = { reason: 'not needed', key: 'nightly', background: true };
  const begun = await client.cancelRuns({ graphName: 'many' }, options);
  const again = await client.cancelRuns({ graphName: 'many' }, { reason: 'not needed', key: 'nightly' });
  assert.equal(again.id, begun.id);
  const end = await client.runJob(begun.id);
  assert.deepEqual([end.status, end.reason, end.matched], ['DONE', 'not needed', 1]);
  assert.equal(await client.stopRunJob(begun.id), false);
});

test('an empty filter is refused, and so is one that has an unknown word in it', async () => {
  await assert.rejects(client.deleteRuns({}), (error: FanoutError) => error.reason === 'FIELD_INVALID');
  await assert.rejects(
    client.deleteRuns({ status: 'FAILED' } as never),
    /deleteRuns: there is no option "status": did you mean "statuses"\?/,
  );
  await assert.rejects(client.runJob('nothing'), (error: FanoutError) => error.reason === 'JOB_NOT_FOUND');
});
