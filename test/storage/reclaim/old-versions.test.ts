/** Versions of graphs go when they are old and no run uses them; never before. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NewRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { Reclaiming } from '../../../services/state-manager/engine/ports/reclaim.ts';
import { oldVersions } from '../../../services/state-manager/engine/upkeep/old-versions.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, quietLog, startStorage } from '../fixture.ts';
import { executed, SessionDriver } from '../session-driver.ts';
import { letVersionsBeDue, roundOf } from './round.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { storage, redis, keys } = fixture;
const { catalog } = storage;
const other = await fixture.open();
const template = { nodes: [nodeTemplate('only')] };
const graph = compile(template);
const times = { roundMs: 60_000, usedMs: 0, unusedMs: 0 };
const driver = new SessionDriver(storage, 'driver');
await driver.attach();

function addVersion(name: string, version: number, kept: number): Promise<boolean> {
  const templateJson = JSON.stringify(template);
  return catalog.addVersion(
    { namespace: 'default', name, version, templateJson, createdAt: version },
    { schedules: [], after: [] },
    { kept },
  );
}

async function addVersions(name: string, upTo: number, kept: number): Promise<void> {
  for (let version = 1; version <= upTo; version++) await addVersion(name, version, kept);
}

const kept = async (name: string) =>
  (await redis.hkeys(keys.graph('default', name))).map(Number).sort((left, right) => left - right);

/** Looks so often at all old versions as it takes until nothing changes any more. */
async function reclaim(reclaiming: Reclaiming = storage.reclaiming): Promise<void> {
  for (let look = 0; look < 3; look++) {
    await letVersionsBeDue(fixture);
    await roundOf(oldVersions({ storage: { reclaiming, catalog }, log: quietLog, times }));
  }
}

function runOf(graphName: string, graphVersion: number): NewRun {
  const plain = newRun(graph, { graphName, graphVersion });
  const limits = { ...plain.limits, retentionMs: 0 };
  return { ...plain, limits, digest: 'digest', inputsJson: '{}' };
}

async function end(run: NewRun): Promise<void> {
  const [root] = await driver.claim(run);
  await driver.settle(run, [executed(root!, [{}])]);
}

test('the newest versions of a graph stay, with all that a kept run uses, and the others go', async () => {
  await addVersions('plain', 3, 3);
  const [running, ended] = [runOf('plain', 1), runOf('plain', 2)];
  for (const run of [running, ended]) await beginRun(storage.runs, run);
  await end(ended);
  for (let version = 4; version <= 8; version++) await addVersion('plain', version, 3);
  assert.equal((await catalog.sizes('default')).versions, 8);
  await reclaim();
  assert.deepEqual(await kept('plain'), [1, 2, 6, 7, 8]);
  assert.equal((await catalog.sizes('default')).versions, 5);

  await storage.runs.retire(ended.runId, ended);
  await reclaim();
  assert.deepEqual(await kept('plain'), [1, 6, 7, 8]);
  await end(running);
  await storage.runs.retire(running.runId, running);
  await reclaim();
  assert.deepEqual(await kept('plain'), [6, 7, 8]);
  assert.deepEqual(await redis.zrange(keys.oldVersions(), 0, -1), []);
});

test('a version is looked at a while after it has become old, and goes only if it is unused twice', async () => {
  await addVersions('twice', 2, 1);
  const round = () => roundOf(oldVersions({ storage, log: quietLog }));
  await round();
  const looksAt = Number(await redis.zscore(keys.oldVersions(), 'default:twice:1'));
  assert.ok(looksAt > (await catalog.now()) + 30_000);
  await letVersionsBeDue(fixture);
  await round();
  await round();
  assert.deepEqual(await kept('twice'), [1, 2]);

  // A failover has brought back a run that had been removed.
  const shard = keys.versions(1);
  await redis.hset(shard, 'default:twice:1', 1);
  await letVersionsBeDue(fixture);
  await round();
  assert.deepEqual(await redis.zrange(keys.oldVersions(), 0, -1), ['default:twice:1']);
  await redis.hdel(shard, 'default:twice:1');
  await reclaim();
  assert.deepEqual(await kept('twice'), [2]);
});

test('all versions of a deleted graph go, and a graph of that name goes on counting', async () => {
  await addVersions('deleted', 3, 20);
  const run = runOf('deleted', 2);
  await beginRun(storage.runs, run);
  assert.equal(await catalog.deleteGraph('default', 'deleted'), 3);
  await reclaim();
  assert.deepEqual(await kept('deleted'), [2]);
  // Somebody who has stood still since before the deletion.
  assert.equal(await addVersion('deleted', 3, 20), false);
  assert.equal(await catalog.newestVersion('default', 'deleted'), undefined);
  assert.equal(await addVersion('deleted', 4, 20), true);
  await end(run);
  await storage.runs.retire(run.runId, run);
  await reclaim();
  assert.deepEqual(await kept('deleted'), [4]);
  await beginRun(storage.runs, runOf('deleted', 4));
});

test('no run begins with a version that was closed while it was about to, and one that is there is found', async () => {
  await addVersions('closed', 2, 1);
  const there = runOf('closed', 1);
  await beginRun(storage.runs, there);
  await letVersionsBeDue(fixture);
  await roundOf(oldVersions({ storage, log: quietLog, times }));
  for (let i = 0; i < 6; i++) {
    const late = runOf('closed', 1);
    const { triggered } = await other.runs.commit({ newRuns: [late, { ...there }] });
    assert.deepEqual(triggered[0], { kind: 'closed' });
    assert.equal(triggered[1]!.kind, 'exists');
    assert.equal(await redis.exists(keys.run(late.runId)), 0);
  }
  assert.deepEqual((await other.runs.commit({ newRuns: [runOf('closed', 2)] })).triggered, [
    { kind: 'created' },
  ]);
});

test('sealed secrets that are removed late bring no version back that has gone', async () => {
  await addVersions('resealed', 2, 1);
  const first = await catalog.version('default', 'resealed', 1);
  await reclaim();
  await catalog.resealVersion({ ...first!, sealedSecrets: {} });
  assert.deepEqual(await kept('resealed'), [2]);
});

/** Dies before its call of that number, or behind it. */
function dying(dies: { at: number; isBehind: boolean }): Reclaiming {
  let calls = 0;
  return new Proxy(storage.reclaiming, {
    get:
      (target, name: keyof Reclaiming) =>
      async (...given: unknown[]) => {
        const isLast = ++calls === dies.at;
        if (isLast && !dies.isBehind) throw new Error('dead');
        const result = await (target[name] as (...more: unknown[]) => Promise<unknown>)(...given);
        if (isLast) throw new Error('dead');
        return result;
      },
  });
}

test('whoever dies between any two steps leaves all that runs use, and nothing else for long', async () => {
  for (let at = 1; at <= 12; at++) {
    for (const isBehind of [false, true]) {
      const name = `dying-${at}-${isBehind}`;
      await addVersions(name, 3, 1);
      const run = runOf(name, 2);
      await beginRun(storage.runs, run);
      await reclaim(dying({ at, isBehind }));
      assert.ok((await kept(name)).includes(2));
      await reclaim();
      assert.deepEqual(await kept(name), [2, 3]);
      await end(run);
      await storage.runs.retire(run.runId, run);
      await reclaim(dying({ at, isBehind }));
      await reclaim();
      assert.deepEqual(await kept(name), [3]);
    }
  }
  assert.deepEqual(await redis.hget(keys.keptVersions(), 'default'), String(await storedVersions()));
});

async function storedVersions(): Promise<number> {
  const graphs = (await redis.keys('*')).filter((key) => key.includes(':graph:'));
  return (await Promise.all(graphs.map((key) => redis.hlen(key)))).reduce((sum, size) => sum + size, 0);
}

test('runs that begin while versions become old and are reclaimed have their templates, every one', async () => {
  await addVersion('raced', 1, 1);
  let newest = 1;
  const begun: NewRun[] = [];
  let isOver = false;
  let refused = 0;
  const trigger = async (from: typeof storage) => {
    while (!isOver) {
      const run = runOf('raced', newest);
      // Versions become old, and are closed, between reading the newest one and this.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      const [result] = (await from.runs.commit({ newRuns: [run] })).triggered;
      if (result!.kind === 'created') begun.push(run);
      else refused++;
    }
  };
  const look = async (from: typeof storage) => {
    while (!isOver) {
      await letVersionsBeDue(fixture);
      await roundOf(oldVersions({ storage: from, log: quietLog, times }));
    }
  };
  const upload = async () => {
    while (newest < 200) {
      await addVersion('raced', newest + 1, 1);
      newest++;
    }
    isOver = true;
  };
  await Promise.all([upload(), look(storage), look(other), ...[storage, other, other].map(trigger)]);
  assert.ok(begun.length > 0 && refused > 0, `${begun.length} begun, ${refused} refused`);
  await reclaim();
  const used = new Set(begun.map(({ graphVersion }) => graphVersion));
  assert.deepEqual(
    await kept('raced'),
    [...used.add(newest)].sort((left, right) => left - right),
  );
});
