/** A run that does not get on says why: which runtime is missing, what is full, paused or waits for a time. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { GetRunResponse__Output, Wait__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_LEASE_MS: '1000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

async function waits(runId: string): Promise<readonly Wait__Output[]> {
  const answer = await system.client.call<GetRunResponse__Output>((...more) =>
    system.client.runs.getRun({ runId, includeWaits: true }, ...more),
  );
  return answer.waits ?? [];
}

/** Waits as `identifier REASON count`, as soon as they are these. */
async function until(runId: string, expected: readonly string[]): Promise<readonly Wait__Output[]> {
  let last: readonly Wait__Output[] = [];
  const found = await eventually(async () => {
    last = await waits(runId);
    return JSON.stringify(last.map(shown)) === JSON.stringify(expected) || undefined;
  }).catch(() => undefined);
  if (!found) assert.deepEqual(last.map(shown), expected);
  return last;
}

function shown({ identifier = '', reason, count = 0 }: Wait__Output): string {
  return `${identifier} ${reason?.replace('WAIT_REASON_', '')} ${count}`;
}

test('a run whose node nobody offers says so, and which name may be meant', async () => {
  const runId = await system.client.start('typo', { nodes: [nodeTemplate('fetch_film')] });
  const [alone] = await until(runId, ['fetch_film NO_RUNTIME 1']);
  assert.equal(
    alone?.text,
    '1 state of fetch_film waits for a runtime: no connected runtime offers FetchFilmNode, and none is connected to this namespace: start one',
  );
  await system.connect(['FetchFlimNode', 'OtherNode']);
  const [misspelt] = await until(runId, ['fetch_film NO_RUNTIME 1']);
  assert.match(
    misspelt?.text ?? '',
    /start one that does \(of those that are connected did you mean "FetchFlimNode"\?\)$/,
  );
  const late = await system.connect(['FetchFilmNode']);
  late.reportExecuted(await late.assignment(), [{}]);
  await system.client.end(runId);
  assert.deepEqual(await waits(runId), []);
});

test('states wait for a place, and their unite for them', async () => {
  const runtime = await system.connect(['Full.split', 'Full.work'], { capacity: { total: 3 } });
  const runId = await system.client.start('full', {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Full.split' }),
      nodeTemplate('work', ['merge'], { node_name: 'Full.work' }),
      nodeTemplate('merge', [], {
        node_name: 'Full.merge',
        unites: { identifier: 'split' },
        inputs: { counts: expression('unite.counts') },
      }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), [{}, {}, {}, {}, {}]);
  await runtime.assignments(3);
  const [full, , unite] = await until(runId, ['work NO_PLACE 2', 'work EXECUTING 3', 'merge UNITE 1']);
  assert.equal(
    full?.text,
    '2 states of work wait: all 3 places of the runtime that offers Full.work are taken',
  );
  assert.equal(
    unite?.text,
    'merge waits for branches: it fires when all branches have finished and at most 0 more failed; 5 of 5 branches are unfinished',
  );
});

test('max_parallel is what keeps states back although there is room', async () => {
  const runtime = await system.connect(['Few.split', 'Few.work']);
  const runId = await system.client.start('few', {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Few.split' }),
      nodeTemplate('work', [], { node_name: 'Few.work', max_parallel: 2 }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), [{}, {}, {}, {}, {}]);
  await runtime.assignments(2);
  const [wait] = await until(runId, ['work MAX_PARALLEL 3', 'work EXECUTING 2']);
  assert.equal(wait?.text, '3 states of work wait: max_parallel lets 2 be executed at once');
});

test('a pause, a pause below a state, and a time are told apart', async () => {
  const runtime = await system.connect(['Held.split', 'Held.work']);
  const { client } = system;
  const runId = await client.start('held', {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Held.split' }),
      nodeTemplate('work', [], {
        node_name: 'Held.work',
        retry_policy: { max_retries: 3, strategy: 'FIXED', backoff_factor: 600_000 },
      }),
    ],
  });
  const root = await runtime.assignment();
  await client.call((...more) =>
    client.runs.pauseRun({ runId, stateId: root.stateId!, fanOut: true }, ...more),
  );
  runtime.reportExecuted(root, [{}, {}]);
  const [below] = await until(runId, ['work PAUSED 2']);
  assert.match(below?.text ?? '', /a pause below a state holds/);
  await client.call((...more) =>
    client.runs.resumeRun({ runId, stateId: root.stateId!, fanOut: true }, ...more),
  );
  for (const lease of await runtime.assignments(2)) runtime.reportErrored(lease);
  const [due] = await until(runId, ['work DUE 2']);
  const dueMs = Number(due?.dueTime?.seconds ?? 0) * 1_000;
  assert.ok(dueMs > Date.now() + 60_000 && dueMs < Date.now() + 1_300_000, `due at ${dueMs}`);
  assert.match(due?.text ?? '', /^2 states of work wait for a time, the first at 20\d\d-/);
  await client.call((...more) => client.runs.pauseRun({ runId }, ...more));
  const [paused] = await until(runId, ['work PAUSED 2']);
  assert.match(paused?.text ?? '', /while the run is paused: resume it$/);
});

test('a run that starts later waits for its time', async () => {
  await system.client.upsert('later', { nodes: [nodeTemplate('later')] });
  const startTime = { seconds: Math.floor(Date.now() / 1_000) + 3_600 };
  const runId = await system.client.trigger('later', {}, { startTime });
  const [wait] = await until(runId, ['later DUE 1']);
  assert.equal(wait?.dueTime?.seconds, startTime.seconds);
});

test('waits cost no look at the states', async () => {
  const runtime = await system.connect(['Wide.split']);
  const runId = await system.client.start('wide', {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Wide.split' }),
      nodeTemplate('work', [], { node_name: 'Wide.work' }),
    ],
  });
  const outputs = Array.from({ length: 20_000 }, () => ({}));
  runtime.reportExecuted(await runtime.assignment(), outputs);
  await until(runId, ['work NO_RUNTIME 20000']);
  const { Redis } = await import('ioredis');
  const redis = new Redis(system.redis.url);
  const calls = async () => {
    const stats = await redis.info('commandstats');
    return [...stats.matchAll(/cmdstat_(?:hmget|hget|lrange|zrangebyscore):calls=(\d+)/g)]
      .map(([, number]) => Number(number))
      .reduce((sum, number) => sum + number, 0);
  };
  const before = await calls();
  for (let i = 0; i < 10; i++) await waits(runId);
  const perAnswer = ((await calls()) - before) / 10;
  redis.disconnect();
  assert.ok(perAnswer < 20, `${perAnswer} reads for one answer`);
});
