/** Jobs that cancel, retry and delete many runs, picked by a filter. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  GetRunJobResponse__Output,
  ListRunJobsResponse__Output,
  ListRunsResponse__Output,
  RunFilter,
  RunJob__Output,
  StopRunJobResponse__Output,
} from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, refusalOf } from '../../support/raw/raw-client.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

interface Asked {
  readonly namespace?: string;
  readonly filter?: RunFilter;
  readonly reason?: string;
  readonly idempotencyKey?: string;
}

const start = async (
  method: 'cancelRuns' | 'retryRuns' | 'deleteRuns',
  asked: Asked,
  client = system.client,
) => (await client.call<{ job?: RunJob__Output }>((...more) => client.runs[method](asked, ...more))).job!;

const jobOf = async (jobId: string, namespace = '', client = system.client): Promise<RunJob__Output> =>
  (
    await client.call<GetRunJobResponse__Output>((...more) =>
      client.runs.getRunJob({ namespace, jobId }, ...more),
    )
  ).job!;

const stop = (jobId: string) =>
  system.client.call<StopRunJobResponse__Output>((...more) =>
    system.client.runs.stopRunJob({ jobId }, ...more),
  );

/** Waits for the end of a job. */
function ended({ jobId = '' }: RunJob__Output, namespace = '', client = system.client) {
  return eventually(
    async () => {
      const job = await jobOf(jobId, namespace, client);
      return job.status === 'RUN_JOB_STATUS_RUNNING' ? undefined : job;
    },
    { timeoutMs: 30_000 },
  );
}

const countsOf = ({ matched = 0, changed = 0, skipped = 0, failed = 0 }: RunJob__Output) => ({
  matched,
  changed,
  skipped,
  failed,
});

/** One node, which nobody offers unless the test does. */
const single = (name: string) => ({ nodes: [nodeTemplate('work', [], { node_name: `${name}.work` })] });

async function runsOf(graphName: string, count: number, namespace = ''): Promise<string[]> {
  await system.client.upsert(graphName, single(graphName), namespace);
  return Promise.all(
    Array.from({ length: count }, () => system.client.trigger(graphName, {}, { namespace })),
  );
}

async function cancelledOf(graphName: string) {
  const request = { graphName, status: 'RUN_STATUS_CANCELLED', pageSize: 1_000 } as const;
  const { runs = [] } = await system.client.call<ListRunsResponse__Output>((...more) =>
    system.client.runs.listRuns(request, ...more),
  );
  return runs;
}

const statusOf = async (runId: string) => (await system.client.run(runId)).status?.replace('RUN_STATUS_', '');

test('runs of a graph are cancelled, and no others: not those of other graphs, namespaces, or later triggers', async () => {
  const picked = await runsOf('picked', 5);
  const [beside] = await runsOf('beside', 1);
  const [elsewhere] = await runsOf('picked', 1, 'elsewhere');
  const job = await start('cancelRuns', { filter: { graphName: 'picked' }, reason: 'a mistake' });
  assert.equal(job.action, 'RUN_JOB_ACTION_CANCEL');
  assert.deepEqual(job.filter?.graphName, 'picked');
  const done = await ended(job);
  assert.equal(done.status, 'RUN_JOB_STATUS_DONE');
  assert.deepEqual(countsOf(done), { matched: 5, changed: 5, skipped: 0, failed: 0 });
  assert.equal(done.reason, 'a mistake');
  assert.ok(done.endTime);
  for (const runId of picked) assert.equal((await system.client.end(runId)).status, 'CANCELLED');
  assert.equal(await statusOf(beside!), 'RUNNING');
  const { run } = await system.client.call<{ run?: { status?: string } }>((...more) =>
    system.client.runs.getRun({ namespace: 'elsewhere', runId: elsewhere! }, ...more),
  );
  assert.equal(run?.status, 'RUN_STATUS_RUNNING');
  const [later] = await runsOf('picked', 1);
  const again = await ended(await start('cancelRuns', { filter: { statuses: ['RUN_STATUS_CANCELLED'] } }));
  assert.deepEqual(countsOf(again), { matched: 5, changed: 0, skipped: 5, failed: 0 });
  assert.equal(await statusOf(later!), 'RUNNING');
});

test('runs with a label are cancelled, by what has started them, and no others', async () => {
  await system.client.upsert('labelled', single('labelled'));
  const begin = async (labels: Record<string, string>) => {
    const request = { graphName: 'labelled', inputsJson: '{}', labels };
    const answer = await system.client.call<{ runId?: string }>((...more) =>
      system.client.runs.triggerRun(request, ...more),
    );
    return answer.runId!;
  };
  const [old, fresh] = [await begin({ batch: 'old', team: 'films' }), await begin({ batch: 'new' })];
  const kinds = ['TRIGGER_KIND_CRON'] as const;
  const none = await ended(
    await start('cancelRuns', { filter: { labels: { batch: 'old' }, triggerKinds: [...kinds] } }),
  );
  assert.deepEqual(countsOf(none), { matched: 0, changed: 0, skipped: 0, failed: 0 });
  const job = await ended(await start('cancelRuns', { filter: { labels: { batch: 'old' } } }));
  assert.deepEqual(countsOf(job), { matched: 1, changed: 1, skipped: 0, failed: 0 });
  assert.deepEqual(job.filter?.labels, { batch: 'old' });
  assert.equal((await system.client.end(old)).status, 'CANCELLED');
  assert.equal(await statusOf(fresh), 'RUNNING');
});

test('an empty filter is refused with what to set, and `all` stands for every run', async () => {
  for (const method of ['cancelRuns', 'retryRuns', 'deleteRuns'] as const) {
    for (const filter of [undefined, {}, { graphName: '' }, { statuses: [] }]) {
      const refusal = await refusalOf(start(method, filter ? { filter } : {}));
      assert.deepEqual([refusal.code, refusal.reason], ['INVALID_ARGUMENT', 'FIELD_INVALID']);
      assert.match(refusal.message, /filter is empty: set graph_name, statuses, .* or all if every run/);
    }
  }
  const both = await refusalOf(start('deleteRuns', { filter: { all: true, graphName: 'one' } }));
  assert.match(both.message, /filter\.all goes with no other field/);
  const unknown = await refusalOf(start('deleteRuns', { filter: { statuses: ['RUN_STATUS_UNSPECIFIED'] } }));
  assert.match(unknown.message, /filter\.statuses\[0\] is no status/);
  await runsOf('whole', 3, 'whole');
  const job = await start('cancelRuns', { namespace: 'whole', filter: { all: true } });
  assert.equal(job.filter?.all, true);
  assert.deepEqual(countsOf(await ended(job, 'whole')), { matched: 3, changed: 3, skipped: 0, failed: 0 });
});

test('each state that had failed is retried once, also if it has failed again while the job goes on', async () => {
  const runIds = await runsOf('again', 30);
  const runtime = await system.connect(['again.work']);
  const failAll = async () => {
    for (const one of await runtime.assignments(runIds.length)) runtime.reportErrored(one, 'BROKEN', true);
  };
  await failAll();
  for (const runId of runIds) assert.equal((await system.client.end(runId)).status, 'FAILED');
  const job = await start('retryRuns', {
    filter: { graphName: 'again', statuses: ['RUN_STATUS_FAILED'] },
  });
  await failAll();
  const done = await ended(job);
  assert.deepEqual(countsOf(done), { matched: 30, changed: 30, skipped: 0, failed: 0 });
  for (const runId of runIds) {
    assert.equal((await system.client.end(runId)).status, 'FAILED');
    assert.equal((await system.client.states(runId)).length, 2, 'failed, retried, failed again');
  }
});

test('runs that have ended are deleted, and those that go on are skipped', async () => {
  const [first, second, goesOn] = await runsOf('gone', 3);
  const runtime = await system.connect(['gone.work']);
  const [one, two] = await runtime.assignments(3);
  for (const assignment of [one!, two!]) runtime.reportExecuted(assignment, [{}]);
  const all = [first!, second!, goesOn!];
  await eventually(async () => {
    const statuses = await Promise.all(all.map(statusOf));
    return statuses.filter((status) => status === 'SUCCESS').length === 2;
  });
  const done = await ended(await start('deleteRuns', { filter: { graphName: 'gone' } }));
  assert.deepEqual(countsOf(done), { matched: 3, changed: 2, skipped: 1, failed: 0 });
  const left = await Promise.all(
    all.map((runId) => refusalOf(system.client.run(runId)).catch(() => undefined)),
  );
  assert.equal(left.filter((refusal) => refusal?.reason === 'RUN_NOT_FOUND').length, 2);
});

test('the same key is the same job, and with another request it is refused', async () => {
  await runsOf('keyed', 1);
  const asked = { filter: { graphName: 'keyed' }, idempotencyKey: 'nightly' };
  const first = await start('cancelRuns', asked);
  await ended(first);
  await runsOf('keyed', 1);
  const second = await start('cancelRuns', asked);
  assert.equal(second.jobId, first.jobId);
  assert.equal(second.matched, 1, 'it has ended, and acts on nothing more');
  const refusal = await refusalOf(start('deleteRuns', asked));
  assert.deepEqual([refusal.code, refusal.reason], ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT']);
  const missing = await refusalOf(jobOf('nothing'));
  assert.deepEqual([missing.code, missing.reason], ['NOT_FOUND', 'JOB_NOT_FOUND']);
  assert.equal((await refusalOf(stop('nothing'))).reason, 'JOB_NOT_FOUND');
  const elsewhere = await refusalOf(jobOf(first.jobId!, 'elsewhere'));
  assert.equal(elsewhere.reason, 'JOB_NOT_FOUND');
});

test('a job goes on when its state manager is killed, comes to each run, and stops when it is told to', async () => {
  const client = system.client;
  const count = 250;
  await runsOf('wide', count);
  const mortal = await startTestStateManager(system.redis);
  const through = new RawClient(mortal.address);
  // What looks after jobs stands still, so that only the one that is killed can work on this one.
  system.stateManager.signal('SIGSTOP');
  const job = await start('cancelRuns', { filter: { graphName: 'wide' } }, through);
  const seen = await eventually(async () => {
    const now = await jobOf(job.jobId!, '', through);
    return (now.changed ?? 0) > 0 ? now : undefined;
  });
  await mortal.kill();
  through.close();
  system.stateManager.signal('SIGCONT');
  assert.equal(seen.status, 'RUN_JOB_STATUS_RUNNING', 'it died before the end, else this proves nothing');
  assert.ok((seen.changed ?? 0) < count);
  const done = await ended(job);
  assert.equal(done.status, 'RUN_JOB_STATUS_DONE');
  assert.equal(done.matched, count);
  assert.equal((done.changed ?? 0) + (done.skipped ?? 0), count);
  await eventually(async () => (await cancelledOf('wide')).length === count, { timeoutMs: 30_000 });

  await runsOf('stopped', count);
  const stopped = await start('cancelRuns', { filter: { graphName: 'stopped' } });
  assert.equal((await stop(stopped.jobId!)).changed, true);
  assert.ok(!(await stop(stopped.jobId!)).changed);
  const end = await ended(stopped);
  assert.equal(end.status, 'RUN_JOB_STATUS_STOPPED');
  assert.ok((end.changed ?? 0) < count, 'it has not come to all of them');
  const { jobs = [] } = await client.call<ListRunJobsResponse__Output>((...more) =>
    client.runs.listRunJobs({}, ...more),
  );
  assert.deepEqual(
    jobs.slice(0, 2).map(({ jobId }) => jobId),
    [stopped.jobId, job.jobId],
  );
});
