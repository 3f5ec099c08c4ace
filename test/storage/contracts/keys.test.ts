import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { leaseToken } from '../../../services/state-manager/domain/run/lease-token.ts';
import { storeLimits } from '../../../services/state-manager/domain/run/store.ts';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { redisTimePasses } from '../../support/redis-time.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, executedStaged, SessionDriver, stagedOutput, values } from '../session-driver.ts';

const shards = 5;
const fixture = await startStorage({ shards });
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 60_000 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge'], { timeout_ms: 60_000 }),
    nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
  ],
});

/** Lets what is leased now be executed for long enough to be listed as slow. */
const untilSlow = () => redisTimePasses(redis, 10);
/** A line of a node. */
const line = {
  loggedAt: 1,
  level: 'INFO',
  text: 'begun',
  fieldsJson: '',
  state: 1,
  node: 0,
  attempt: 1,
  runtimeName: 'keys',
} as const;

/** A run with something of every kind: ready, leased, due, failed, staged, being expanded. */
async function busyRun(driver: SessionDriver) {
  const run = newRun(graph);
  const labels = new Map([['team', 'films']]);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}', labels });
  const [root] = await driver.claim(run);
  await untilSlow();
  const lease = { runId: run.runId, state: 1, leaseToken: root!.record.leaseToken };
  for (const from of [0, 300]) {
    await storage.runs.stage(lease, from, values(300).map(stagedOutput), 1e9);
  }
  const report = executedStaged(root!, 600);
  await driver.settle(run, [report]);
  await storage.runs.expand(run, 1, report.plan, { atMost: 10 });
  const [first, second, third] = await driver.claim(run, [1], 4);
  const change = { kind: 'set', key: 'k', json: '1' } as const;
  const holder = { ...lease, state: third!.state, leaseToken: third!.record.leaseToken };
  await storage.store.change(holder, { change, number: 1 }, storeLimits(1_000, 1_000_000));
  await storage.logs.keep([{ runId: run.runId, lines: [line], dropped: 0 }], { lines: 9, bytes: 9_999 });
  await driver.settle(run, [executed(first!, [{}]), errored(second!, true), errored(third!, false)]);
  return run;
}

test('every key there is comes from the one file, has the type that it says, and one hash tag', async () => {
  const driver = new SessionDriver(storage, 'keys');
  await driver.attach();
  const expected = new Map([
    [keys.deployment(), 'hash'],
    [keys.graphs('default'), 'hash'],
    [keys.graph('default', 'graph'), 'hash'],
    [keys.triggers('default', 'graph'), 'list'],
    [keys.schedules(), 'zset'],
    [keys.slots(), 'zset'],
    [keys.started(), 'hash'],
    [keys.paused(), 'hash'],
    [keys.lastSlots(), 'hash'],
    [keys.backfills(), 'zset'],
    [keys.spans(), 'hash'],
    [keys.listeners(), 'zset'],
    [keys.nodes('default'), 'hash'],
    [keys.firstNew('default'), 'hash'],
    [keys.oldVersions(), 'zset'],
    [keys.keptVersions(), 'hash'],
    [keys.namedNodes('default'), 'hash'],
    [keys.seenNodes(), 'zset'],
    [keys.runtimes('default'), 'hash'],
    [keys.tokens(), 'hash'],
    [keys.quotas('default'), 'hash'],
    [keys.pace('default'), 'string'],
    [keys.permits('default', 'n:WorkNode'), 'string'],
    [keys.line('default', 'n:WorkNode'), 'zset'],
    [keys.lineTimes('default', 'n:WorkNode'), 'zset'],
    [keys.descendants('default', 'root'), 'zset'],
  ]);
  const { catalog } = storage;
  const triggers = {
    schedules: [
      { trigger: 'nightly', form: 'a', firstAt: 5 },
      { trigger: 'weekly', form: 'b', firstAt: 9 },
    ],
    after: ['other'],
  };
  const version = { namespace: 'default', name: 'graph', version: 1, templateJson: '{}', createdAt: 0 };
  const use = { nodeNames: ['WorkNode'], kept: 1 };
  await catalog.addVersion(version, triggers, use);
  await catalog.addVersion({ ...version, version: 2 }, triggers, use);
  const schedule = { namespace: 'default', graphName: 'graph', trigger: 'nightly' };
  await storage.triggers.recordSlots(schedule, { version: 2, startAt: 5, slots: [5, 6], nextAt: 7 });
  const [slot] = await storage.triggers.recordedSlots(1);
  await storage.triggers.decideSlot(slot!, { runId: 'run', wanted: 'START', mark: '', lateAfter: 0 });
  await storage.schedules.pause({ ...schedule, trigger: 'weekly' }, 2);
  const backfill = { fromAt: 1, toAt: 9, nextAt: 1, slots: 2, doneSlots: 0 };
  await storage.schedules.beginBackfill(schedule, 2, backfill);
  const definition = {
    name: 'WorkNode',
    inputSchemaJson: '',
    outputSchemaJson: '',
    secrets: [],
    iteratorInputs: [],
    openFanOut: false,
    description: '',
  };
  await catalog.registerNodes('default', [definition]);
  const runtime = {
    sessionId: 'keys',
    runtimeName: '',
    language: '',
    nodeNames: [],
    capacity: { total: 1, perNode: {}, lingering: 0 },
    inFlight: 0,
    connectedAt: 0,
    isDraining: false,
  };
  await catalog.putRuntimes([{ namespace: 'default', runtime: runtime }], 60_000);
  await catalog.putQuotas('default', { runs: 5 });
  // As many as a minute's, so that they are not gone before they are looked for.
  const starts = Array.from({ length: 60 }, (_, i) => ({ runId: `started-${i}`, origin: 'root' }));
  await storage.triggers.admitStarts('default', starts, { startsPerSecond: 1, descendants: 60 });
  const rate = { namespace: 'default', nodeName: 'WorkNode', limit: 1, perMs: 60_000 };
  const limited = [1, 2].map((state) => ({ runId: 'limited', state, limits: [0] }));
  await storage.limits.takePermits([rate], limited, 20);
  await catalog.putToken('hash', {
    hash: 'hash',
    tokenId: 't',
    namespace: 'default',
    role: 'admin',
    createdAt: 0,
  });

  const job = { namespace: 'default', jobId: 'job' };
  const cancelAll = { action: 'CANCEL', filter: { statuses: [] }, reason: '' } as const;
  await storage.runJobs.start(job, cancelAll, { atOnce: 1, kept: 2 });
  expected
    .set(keys.runJobs('default'), 'hash')
    .set(keys.runJobEnds('default'), 'zset')
    .set(keys.dueRunJobs(keys.shardOf('default')), 'zset');

  for (let shard = 0; shard < shards; shard++) {
    expected.set(keys.sessions(shard), 'zset').set(keys.streams(shard), 'hash');
  }
  for (let i = 0; i < 10; i++) {
    const { runId } = await busyRun(driver);
    const shard = keys.shardOf(runId);
    expected.set(keys.run(runId), 'hash').set(keys.outputs(runId), 'hash').set(keys.failures(runId), 'zset');
    expected
      .set(keys.usage(shard), 'hash')
      .set(keys.versions(shard), 'hash')
      .set(keys.store(runId), 'hash')
      .set(keys.failedStates(runId), 'zset')
      .set(keys.slowest(runId), 'zset')
      .set(keys.log(runId), 'list');
    expected.set(keys.storeMade(runId, 4, leaseToken('keys', String(2 * i + 2))), 'string');
    expected.set(keys.wide(runId), 'set').set(keys.ready(runId, 1), 'list');
    expected.set(keys.staged(runId, 1, leaseToken('keys', String(2 * i + 1))), 'hash');
    expected.set(keys.work(shard, 'default', 'WorkNode'), 'zset').set(keys.leases(shard, 'keys'), 'hash');
    expected
      .set(keys.due(shard), 'zset')
      .set(keys.timeouts(shard), 'zset')
      .set(keys.expanding(shard), 'zset');
    expected.set(keys.labelled(shard, 'default', ['team', 'films']), 'zset');
    expected.set(keys.runs(shard, 'default'), 'zset').set(keys.deadlines(shard), 'zset');
    const ofRun = (await redis.keys(`*:${runId}*`)).map((name) => /^\{([^{}]+)\}/.exec(name)?.[1]);
    assert.deepEqual([...new Set(ofRun)], [`test.${shard}`]);
  }
  const single = compile({ nodes: [nodeTemplate('single')] });
  const shardsEnded = new Set<number>();
  while (shardsEnded.size < shards) {
    const run = newRun(single, { namespace: 'ended' });
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    const [root] = await driver.claim(run);
    await untilSlow();
    await driver.settle(run, [executed(root!, [{}])]);
    const shard = keys.shardOf(run.runId);
    expected.set(keys.slowest(run.runId), 'zset');
    shardsEnded.add(shard);
    expected.set(keys.run(run.runId), 'hash').set(keys.outputs(run.runId), 'hash');
    expected
      .set(keys.ends(shard), 'zset')
      .set(keys.retiring(shard), 'zset')
      .set(keys.runs(shard, 'ended'), 'zset');
  }
  const found = new Map<string, string>();
  for (const name of await redis.keys('*')) found.set(name, await redis.type(name));
  assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));
});

test('runs are spread evenly over the shards, and always to the same', () => {
  const many = new Keys('test', 16);
  const counts = new Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) counts[many.shardOf(`01890a5d-ac96-774b-bcce-${i}`)]! += 1;
  for (const count of counts) assert.ok(count > 800 && count < 1_200, counts.join());
  assert.equal(new Keys('other', 16).shardOf('some-run'), many.shardOf('some-run'));
});

test('a deployment keeps the number of shards that it was created with', async () => {
  const { openStorage } = await import('../../../services/state-manager/storage/storage.ts');
  const { quietLog } = await import('../fixture.ts');
  const again = { url: fixture.server.url, keyPrefix: fixture.keyPrefix, shards: 2, log: quietLog };
  await assert.rejects(openStorage(again), /created with 5 shards, not 2: set FANOUT_SHARDS=5/);
});

test('a deployment with data of another layout is refused, with both versions', async () => {
  const { openStorage } = await import('../../../services/state-manager/storage/storage.ts');
  const { quietLog } = await import('../fixture.ts');
  const old = new Keys('old', 1);
  await redis.hset(old.deployment(), 'shards', 1);
  const opening = () => openStorage({ url: fixture.server.url, keyPrefix: 'old', shards: 1, log: quietLog });
  await assert.rejects(
    opening(),
    /key prefix old has data of layout 0, and this version .* layout 5: let its runs/,
  );
  await redis.del(old.deployment());
  (await opening()).close();
  assert.deepEqual(await redis.hgetall(old.deployment()), { shards: '1', layout: '5' });
});

test('scripts that Redis forgets at any time are sent again, in their order', async () => {
  const run = newRun(graph);
  const driver = new SessionDriver(storage, 'flushed');
  const flushed = async <T>(call: () => Promise<T>): Promise<T> => {
    await redis.script('FLUSH');
    return call();
  };
  await flushed(() => driver.attach());
  await flushed(() => beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' }));
  const [root] = await flushed(() => driver.claim(run));
  const places = [{ run, node: 1, atMost: 9 }];
  const claim = {
    sessionId: 'flushed',
    streamId: 'stream',
    leaseToken: 'flushed-9',
    capacity: 9,
    atMost: 9,
    roomOf: new Map(),
    places,
  };
  const { settled, claimed } = await flushed(() =>
    storage.runs.commit({ settlements: [{ run, reports: [executed(root!, values(3))] }], claims: [claim] }),
  );
  assert.equal(settled[0]?.kind, 'committed');
  assert.ok(claimed[0]?.kind === 'claimed');
  assert.equal(claimed[0].states.length, 3);
  const reports = claimed[0].states.map((held) => executed(held, [{}]));
  const result = await flushed(() => driver.settle(run, reports));
  assert.deepEqual(result, {
    kind: 'committed',
    hasEnded: false,
    isCancelling: false,
    readyNodes: [2],
    handedOff: [],
  });
  assert.deepEqual(await flushed(() => storage.sessions.extend([driver], 1_000)), ['OK']);
});
