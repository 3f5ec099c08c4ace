/** Steps on many runs at once: each is settled whole or not at all, and none holds up another. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { ClaimedState, Settlement } from '../../../services/state-manager/engine/ports/settling.ts';
import { isPassing } from '../../../services/state-manager/errors.ts';
import { readSettleResults } from '../../../services/state-manager/storage/calls/settle.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage({ shards: 2 });
after(() => fixture.stop());
const { redis, storage, keyPrefix, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile({
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
  ],
});

async function rootOf(run: LoadedRun): Promise<ClaimedState> {
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run);
  return root!;
}

async function roots(count: number): Promise<ClaimedState[]> {
  return Promise.all(Array.from({ length: count }, () => rootOf(newRun(graph))));
}

function settlementOf(held: ClaimedState, width: number): Settlement {
  return { run: held.run, reports: [executed(held, values(width))] };
}

async function assertWhole(runs: readonly LoadedRun[]): Promise<void> {
  for (const { runId } of runs) assert.deepEqual(await audit(redis, keyPrefix, runId, graph), []);
}

test('runs of all shards are settled in one turn, each with its own reports', async () => {
  const held = await roots(20);
  const { settled } = await storage.runs.commit({ settlements: held.map((one, i) => settlementOf(one, i)) });
  assert.deepEqual(new Set(settled.map(({ kind }) => kind)), new Set(['committed']));
  await assertWhole(held.map(({ run }) => run));
  for (const [i, { run }] of held.entries()) {
    const view = await storage.runs.view(run.runId);
    assert.equal(view?.count(1, 'CREATED'), i);
  }
});

test('a report that is refused holds up its own run alone', async () => {
  const held = await roots(3);
  await driver.settle(held[1]!.run, [executed(held[1]!, values(1))]);
  const { settled } = await storage.runs.commit({ settlements: held.map((one) => settlementOf(one, 2)) });
  assert.deepEqual(
    settled.map(({ kind }) => kind),
    ['committed', 'refused', 'committed'],
  );
  await assertWhole(held.map(({ run }) => run));
});

test('a run that is broken in storage holds up itself alone', async () => {
  const held = (await roots(12)).filter(({ run }) => keys.shardOf(run.runId) === 0);
  const broken = held[1]!.run;
  await redis.del(keys.run(broken.runId));
  await redis.set(keys.run(broken.runId), 'no hash');
  const { settled } = await storage.runs.commit({ settlements: held.map((one) => settlementOf(one, 2)) });
  settled.forEach((result, i) => {
    assert.equal(result.kind, held[i]!.run === broken ? 'failed' : 'committed');
    if (result.kind === 'failed') assert.equal(result.isOfRun, true);
  });
  await assertWhole(held.map(({ run }) => run).filter((run) => run !== broken));
});

/** Ways in which Redis takes no writes, each with what it says then, and how it takes them again. */
const troubles = {
  READONLY: {
    begin: () => redis.replicaof('127.0.0.1', 1),
    end: () => redis.replicaof('NO', 'ONE'),
  },
  MISCONF: {
    begin: async () => {
      const [, folder = ''] = (await redis.config('GET', 'dir')) as string[];
      // What it saves cannot take the place of a folder.
      mkdirSync(join(folder, 'dump.rdb'));
      await redis.config('SET', 'save', '3600 1');
      await redis.bgsave();
      await eventually(async () => /^rdb_last_bgsave_status:err/m.test(await redis.info('persistence')));
    },
    end: () => redis.config('SET', 'save', ''),
  },
};

for (const [word, { begin, end }] of Object.entries(troubles))
  test(`a step that Redis refuses as ${word} fails for all its runs, and is not taken run by run`, async () => {
    const held = (await roots(12)).filter(({ run }) => keys.shardOf(run.runId) === 0);
    const settlements = held.map((one) => settlementOf(one, 2));
    assert.ok(held.length > 1);
    await begin();
    try {
      await redis.config('RESETSTAT');
      const { settled } = await storage.runs.commit({ settlements });
      for (const result of settled) {
        assert.ok(result.kind === 'failed');
        assert.ok(isPassing(result.error), `${result.error}`);
        assert.match((result.error.cause as Error).message, new RegExp(`^${word}`));
        assert.equal(result.isOfRun, false);
      }
      assert.match(await redis.info('commandstats'), /^cmdstat_evalsha:calls=0,.*rejected_calls=1,/m);
    } finally {
      await end();
    }
    const { settled } = await storage.runs.commit({ settlements });
    assert.deepEqual(new Set(settled.map(({ kind }) => kind)), new Set(['committed']));
  });

test('a step whose connection ends fails for all its runs, and says nothing of any', async () => {
  const held = await roots(4);
  await redis.client('PAUSE', 60_000, 'WRITE');
  const commit = storage.runs.commit({ settlements: held.map((one) => settlementOf(one, 2)) });
  await eventually(async () => /^blocked_clients:[1-9]/m.test(await redis.info('clients')));
  await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.client('UNPAUSE');
  const { settled } = await commit;
  await eventually(() => storage.isHealthy());
  for (const result of settled) {
    assert.ok(result.kind === 'failed');
    assert.equal(result.isOfRun, false);
  }
});

test('what Redis says of itself is no error of a run', () => {
  const settlement = { run: newRun(graph), reports: [] };
  for (const said of [
    "OOM command not allowed when used memory > 'maxmemory'.",
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN The cluster is down',
    'Command timed out',
  ]) {
    const error = new Error(said);
    const [result] = readSettleResults([settlement], [], error);
    assert.ok(result?.kind === 'failed' && !result.isOfRun);
    assert.ok(isPassing(result.error) && result.error.cause === error, `${result.error}`);
  }
});

test('a run that is settled twice in one turn is settled in two steps', async () => {
  const [root] = await roots(1);
  await driver.settle(root!.run, [executed(root!, values(2))]);
  const held = await driver.claim(root!.run);
  const { settled } = await storage.runs.commit({ settlements: held.map((one) => settlementOf(one, 1)) });
  assert.deepEqual(
    settled.map(({ kind }) => kind),
    ['committed', 'committed'],
  );
  await assertWhole([root!.run]);
});

test('runs that begin together are each there once, also with the same id', async () => {
  const run = newRun(graph);
  const other = newRun(graph);
  const begin = (one: LoadedRun, digest: string) => ({ ...one, digest, inputsJson: '{}' });
  const newRuns = [begin(run, 'a'), begin(other, 'c'), begin(run, 'b'), begin(run, 'a')];
  const { triggered } = await storage.runs.commit({ newRuns });
  assert.deepEqual(triggered, [
    { kind: 'created' },
    { kind: 'created' },
    { kind: 'exists', digest: 'a' },
    { kind: 'exists', digest: 'a' },
  ]);
  await assertWhole([run, other]);
});

test('a claim on many runs asks the marks of each about its own states', async () => {
  // State 3 took output 1 in the one, output 0 in the other: what is known of one run is no answer for another.
  const narrow = compile({
    nodes: [nodeTemplate('split', ['left']), nodeTemplate('left', ['end']), nodeTemplate('end')],
  });
  const wide = compile({
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['end']),
      nodeTemplate('end'),
      nodeTemplate('right', ['end']),
    ],
  });
  const runs: LoadedRun[] = [];
  for (const of of [narrow, wide]) {
    let run = newRun(of);
    while (keys.shardOf(run.runId) !== 0) run = newRun(of);
    runs.push(run);
    const root = await rootOf(run);
    await driver.settle(run, [executed(root, values(2))]);
    const held = await driver.claim(run);
    await driver.settle(
      run,
      held.map((one) => executed(one, values(1))),
    );
    const end = { outcome: 'CANCELLED', reason: '' } as const;
    assert.equal(await storage.runs.markCancelled(run, { state: 1, output: 1 }, end), 'CHANGED');
  }
  const { claimed } = await storage.runs.commit({
    claims: [
      {
        sessionId: driver.sessionId,
        streamId: driver.streamId,
        leaseToken: `${driver.sessionId}-marks`,
        capacity: 1_000,
        atMost: 1_000,
        roomOf: new Map(),
        places: runs.map((run) => ({ run, node: 2, atMost: 10 })),
      },
    ],
  });
  const [result] = claimed;
  assert.ok(result?.kind === 'claimed');
  const parents = runs.map((run) =>
    result.states.filter((one) => one.run === run).map(({ record }) => record.standing.parent),
  );
  assert.deepEqual(parents, [[2], [2, 3]]);
});
