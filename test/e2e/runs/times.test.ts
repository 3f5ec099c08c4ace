/** Counts and times of runs: executions, outputs, retries and times per node, the slowest states, branches in cells. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  GetRunResponse__Output,
  ListStatesRequest,
  ListStatesResponse__Output,
  NodeCounts__Output,
  State__Output,
  SummarizeBranchesRequest,
  SummarizeBranchesResponse__Output,
} from '@fanout/proto';
import { Client } from '@fanout/runtime';
import { Redis } from 'ioredis';
import { nodeTemplate } from '../../support/graphs.ts';
import { PlayedRun } from '../../support/played-run.ts';
import { redisTimePasses } from '../../support/redis-time.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem();
  redis = new Redis(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

const template = {
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
  ],
};

async function countsOf(runId: string): Promise<Map<string | undefined, NodeCounts__Output>> {
  const { run } = await system.client.call<GetRunResponse__Output>((...more) =>
    system.client.runs.getRun({ runId }, ...more),
  );
  return new Map(run?.counts?.map((counts) => [counts.identifier, counts]));
}

function slowest(request: ListStatesRequest): Promise<ListStatesResponse__Output> {
  return system.client.call((...more) =>
    system.client.runs.listStates({ ...request, orderBy: 'STATE_ORDER_SLOWEST' }, ...more),
  );
}

function cells(request: SummarizeBranchesRequest): Promise<SummarizeBranchesResponse__Output> {
  return system.client.call((...more) => system.client.runs.summarizeBranches(request, ...more));
}

/** Time for which a state was executed, ms. */
function ranMs({ startTime, endTime }: State__Output): number {
  const at = (time: State__Output['startTime']) => Number(time?.seconds) * 1_000 + Number(time?.nanos) / 1e6;
  return Math.round(at(endTime) - at(startTime));
}

/** A run in which one of five branches fails once, and one takes 300 ms at least. */
async function played(): Promise<PlayedRun> {
  const run = await PlayedRun.start(system, template);
  await run.give(await run.take('split'), ...Array.from({ length: 5 }, (_, i) => ({ i })));
  const [fails, slow, ...others] = await run.takeAll('work', 5);
  await run.fail(fails!, { retry: true });
  for (const one of [...others, await run.take('work')]) await run.give(one, {});
  await redisTimePasses(redis, 300);
  await run.give(slow!, {}, {});
  return run;
}

test('a run tells of each node how often it was executed, what it returned, and how long that took', async () => {
  const run = await played();
  const merge = await run.take('merge');
  await run.give(merge, {});
  await system.client.end(run.id);
  const counts = await countsOf(run.id);
  const numbers = (identifier: string) => {
    const { executions, outputs, retries = 0, success } = counts.get(identifier) ?? {};
    return { executions, outputs, retries, success };
  };
  assert.deepEqual(numbers('split'), { executions: 1, outputs: 5, retries: 0, success: 5 });
  assert.deepEqual(numbers('work'), { executions: 6, outputs: 6, retries: 1, success: 6 });
  assert.deepEqual(numbers('merge'), { executions: 1, outputs: 1, retries: 0, success: 1 });

  const { runningTimes, waitingTimes } = counts.get('work')!;
  const bounds = runningTimes?.boundsMs ?? [];
  assert.deepEqual(
    bounds,
    Array.from({ length: 11 }, (_, i) => 4 ** i),
  );
  const bucketOf = (ms: number) => bounds.filter((bound) => ms >= bound).length;
  // Siblings have no execution of their own: they have the times of the state that they are beside.
  const states = await system.client.states(run.id, 'work');
  const executions = states.filter(({ stateId }) => /^\d+$/.test(stateId!.slice(run.id.length + 1)));
  const times = executions.map(ranMs).sort((left, right) => left - right);
  assert.equal(times.length, 6);
  assert.ok(times.at(-1)! >= 300);
  const expected = Array.from(
    { length: 12 },
    (_, bucket) => times.filter((ms) => bucketOf(ms) === bucket).length,
  );
  assert.deepEqual(runningTimes?.counts, expected);
  assert.equal(
    waitingTimes?.counts?.reduce((sum, one) => sum + one, 0),
    6,
  );
  assert.equal(
    bucketOf(runningTimes?.p50Ms ?? 0),
    bucketOf(times[2]!),
    'p50 is in the bucket of the third of six',
  );
  const p95 = runningTimes?.p95Ms ?? 0;
  assert.ok(p95 >= 256, `the slowest of six is beyond 95 %: ${p95}`);
});

test('the slowest states come first, and other filters do not go with that', async () => {
  const run = await played();
  const { states = [], nextPageToken = '' } = await slowest({
    runId: run.id,
    identifier: 'work',
    pageSize: 1,
  });
  assert.equal(nextPageToken === '' || states.length === 1, true);
  assert.ok(ranMs(states[0]!) >= 300);
  const all = await slowest({ runId: run.id });
  const times = (all.states ?? []).map(ranMs);
  assert.deepEqual(
    times,
    [...times].sort((left, right) => right - left),
  );
  assert.equal(all.states?.[0]?.stateId, states[0]!.stateId);
  await assert.rejects(
    slowest({ runId: run.id, status: 'STATE_STATUS_SUCCESS' }),
    /order_by SLOWEST goes with no filter but identifier: leave out the others/,
  );
});

test('branches are told in cells, from those that are unfinished to the end', async () => {
  const run = await PlayedRun.start(system, template);
  await run.give(await run.take('split'), ...Array.from({ length: 6 }, (_, i) => ({ i })));
  const [fails, ends, prunes] = await run.takeAll('work', 6);
  await run.fail(fails!);
  await run.give(ends!, {});
  await run.prune(prunes!);
  const asked = { runId: run.id, stateId: `${run.id}.1` };
  const { cells: found = [], total, unitingIdentifier } = await cells({ ...asked, cells: 1 });
  assert.deepEqual([total, unitingIdentifier], [6, 'merge']);
  assert.deepEqual(
    found.map(({ from = 0, ...cell }) => ({ from, ...cell })),
    [
      {
        from: 0,
        branches: 6,
        succeeded: 1,
        failed: 1,
        pruned: 1,
        unfinished: 3,
        worst: 'BRANCH_STATUS_FAILED',
      },
    ],
  );
  assert.equal((await cells({ ...asked, from: 1, to: 4 })).cells?.length, 3);
  for (const [request, rule] of [
    [{ ...asked, cells: 1_001 }, /cells is 1001, it must be a whole number from 0 to 1000/],
    [{ ...asked, from: 4, to: 4 }, /to is 4, it must be more than from, 4: leave it out for all that follow/],
    [{ ...asked, stateId: `${run.id}.2` }, /no unite waits for branches of state/],
    [{ ...asked, stateId: `${run.id}.99` }, /there is no state/],
  ] as const)
    await assert.rejects(cells(request), rule);
});

test('the client tells the same', async () => {
  const run = await played();
  const client = new Client({ address: system.stateManager.address });
  try {
    const { counts } = await client.get(run.id);
    const work = counts.find(({ identifier }) => identifier === 'work')!;
    assert.deepEqual([work.executions, work.outputs, work.retries], [6, 6, 1]);
    assert.ok(work.runningTimes!.p95Ms >= 256);
    const merge = counts.find(({ identifier }) => identifier === 'merge')!;
    assert.deepEqual([merge.executions, merge.runningTimes], [0, undefined]);
    const first = await client.states(run.id, { orderBy: 'SLOWEST' }).next();
    assert.equal(first.value?.identifier, 'work');
    const {
      cells: [cell],
      total,
    } = await client.summarizeBranches(run.id, { stateId: `${run.id}.1`, cells: 1 });
    assert.deepEqual([cell!.succeeded, cell!.worst, total], [5, 'SUCCEEDED', 5]);
    await assert.rejects(client.summarizeBranches(run.id, { stateId: '', width: 3 } as never), /width/);
  } finally {
    client.close();
  }
});
