/** Jobs that act on many runs, as storage keeps them: each outcome of each script. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RunJobSpec } from '../../services/state-manager/domain/model/run-job.ts';
import { startStorage } from './fixture.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, keys } = fixture;
const { runJobs } = fixture.storage;
const other = (await fixture.open()).runJobs;

const spec: RunJobSpec = { action: 'CANCEL', filter: { statuses: ['RUNNING'] }, reason: 'old' };
const limits = { atOnce: 2, kept: 3 };

async function started(namespace: string, jobId: string) {
  assert.equal(await runJobs.start({ namespace, jobId }, spec, limits), 'STARTED');
  const stored = await runJobs.read({ namespace, jobId });
  return stored!;
}

test('a job is started once, and its id stands for what it is to do', async () => {
  const { job } = await started('once', 'job');
  const { createdAt, ...rest } = job;
  assert.ok(createdAt > 0);
  assert.deepEqual(rest, {
    jobId: 'job',
    ...spec,
    ...{ matched: 0, changed: 0, skipped: 0, failed: 0, failures: [] },
    status: 'RUNNING',
    isStopping: false,
  });
  const address = { namespace: 'once', jobId: 'job' };
  assert.equal(await runJobs.start(address, spec, limits), 'SAME');
  assert.equal(await runJobs.start(address, { ...spec, reason: 'new' }, limits), 'OTHER');
  assert.deepEqual((await runJobs.read(address))?.job, job, 'neither changes it');
  assert.equal(await runJobs.read({ namespace: 'elsewhere', jobId: 'job' }), undefined);
});

test('a namespace has so many jobs that go on, and of those that have ended the oldest make room', async () => {
  const namespace = 'full';
  const [first, second] = [await started(namespace, 'a'), await started(namespace, 'b')];
  assert.equal(await runJobs.start({ namespace, jobId: 'c' }, spec, limits), 'FULL');
  assert.equal(await runJobs.move(first, first.progress, undefined), 'ENDED');
  for (const jobId of ['c', 'd', 'e']) {
    const one = await started(namespace, jobId);
    assert.equal(await runJobs.move(one, one.progress, undefined), 'ENDED');
  }
  const ids = (await runJobs.list(namespace, limits.kept)).map(({ jobId }) => jobId).sort();
  assert.deepEqual(ids, ['b', 'd', 'e'], 'what goes on stays');
  assert.equal(await runJobs.read({ namespace, jobId: 'a' }), undefined);
  const fields = await redis.hkeys(keys.runJobs(namespace));
  assert.deepEqual([...new Set(fields.map((field) => field.split(':')[0]))].sort(), ['b', 'd', 'e']);
  assert.equal(await redis.pttl(keys.runJobs(namespace)), -1, 'one goes on');
  await runJobs.move(second, second.progress, undefined);
  for (const key of [keys.runJobs(namespace), keys.runJobEnds(namespace)]) {
    const leftMs = await redis.pttl(key);
    assert.ok(leftMs > 86_000_000 && leftMs <= 86_400_000, `forgotten a day after the last one: ${leftMs}`);
  }
});

test('one state manager takes a step at a time, and whoever was overtaken writes nothing', async () => {
  const namespace = 'taken';
  const before = await started(namespace, 'job');
  const shard = keys.shardOf(namespace);
  const mine = (all: readonly { namespace: string }[]) => all.filter((one) => one.namespace === namespace);
  assert.deepEqual(mine(await runJobs.take(shard, 60_000, 9)), [{ namespace, jobId: 'job' }]);
  assert.deepEqual(mine(await other.take(shard, 60_000, 9)), [], 'it has a lease');
  const progress = { ...before.progress, matched: 2, pending: ['r-1', 'r-2'] };
  assert.equal(await other.move(before, progress, 0), 'GOES_ON');
  assert.equal(await runJobs.move(before, { ...progress, matched: 9 }, 0), 'MOVED');
  const now = await other.read({ namespace, jobId: 'job' });
  assert.deepEqual([now?.progress, now?.revision], [progress, 1]);
  assert.deepEqual(mine(await runJobs.take(shard, 60_000, 9)), [{ namespace, jobId: 'job' }]);
});

test('a job that is told to stop ends with the step under way, with what that has done', async () => {
  const address = { namespace: 'stopped', jobId: 'job' };
  assert.equal(await runJobs.stop(address), 'GONE');
  const before = await started('stopped', 'job');
  assert.equal(await runJobs.stop(address), 'CHANGED');
  assert.equal(await other.stop(address), 'SAME');
  const stopping = (await runJobs.read(address))!.job;
  assert.deepEqual([stopping.status, stopping.isStopping], ['RUNNING', true]);
  assert.equal(await runJobs.move(before, { ...before.progress, matched: 7, changed: 7 }, 0), 'ENDED');
  const { job } = (await runJobs.read(address))!;
  assert.deepEqual([job.status, job.isStopping, job.changed], ['STOPPED', false, 7]);
  assert.ok(job.endedAt! >= job.createdAt);
  assert.equal(await runJobs.stop(address), 'SAME');
  const due = await redis.zrange(keys.dueRunJobs(keys.shardOf('stopped')), 0, 100);
  assert.ok(!due.includes('stopped:job'));
});

test('steps of a job that is gone are forgotten', async () => {
  const namespace = 'gone';
  const before = await started(namespace, 'job');
  await redis.del(keys.runJobs(namespace));
  assert.equal(await runJobs.move(before, before.progress, 0), 'MOVED');
  await runJobs.drop({ namespace, jobId: 'job' });
  const due = await redis.zrange(keys.dueRunJobs(keys.shardOf(namespace)), 0, 100);
  assert.ok(!due.includes('gone:job'));
});
