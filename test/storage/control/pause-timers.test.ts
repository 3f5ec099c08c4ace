/** Deadlines of unites stand still while what they wait for is paused: the run, or an area around them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { MarkTarget } from '../../../services/state-manager/engine/ports/control.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const minute = 60_000;
const [outer, split, work, merge] = [0, 1, 2, 3];

const graph = compile({
  nodes: [
    nodeTemplate('outer', ['split']),
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], {
      unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 10 * minute },
    }),
  ],
});

/** Two executions of the united node; the scope of the first one, whose time has just come. */
async function started() {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [outer]);
  await driver.settle(run, [executed(root!, values(2))]);
  const [first, second] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(first!, values(2)), executed(second!, values(2))]);
  const scope = { unite: merge, execution: first!.state };
  return { first: first!.state, second: second!.state, run, scope };
}

type Started = Awaited<ReturnType<typeof started>>;

/** Moves what is stored, as if so much time had passed since the scope was opened, and since a pause of that began. */
async function pass({ run, scope }: Started, ms: number): Promise<void> {
  const key = keys.timers(0);
  const member = `${run.runId}:${scope.unite}.${scope.execution}`;
  await redis.zincrby(key, -ms, member);
  const fields = await redis.hgetall(keys.run(run.runId));
  const timer = `t${scope.unite}.${scope.execution}`;
  for (const [field, value] of Object.entries(fields)) {
    const shifted = (text: string) => text.replace(/\d{13}/g, (at) => String(Number(at) - ms));
    if (field === timer || field === 'holds' || field === 'paused_at' || /^h[\d.]+$/.test(field))
      await redis.hset(keys.run(run.runId), field, shifted(value));
  }
}

async function decided({ run, scope }: Started): Promise<boolean> {
  await storage.runs.decide(run, [scope]);
  const [stored] = await storage.runs.scopes(run.runId, [scope]);
  return stored!.status === 'FIRED';
}

/** Time left until the scope is decided, minutes. */
async function minutesLeft({ run, scope }: Started): Promise<number> {
  const [seconds] = await redis.time();
  const at = await storage.runs.timerOf(run.runId, scope);
  return Math.round((at! - Number(seconds) * 1_000) / minute);
}

const areas: Readonly<Record<string, (of: Started) => MarkTarget>> = {
  'the whole run': () => undefined,
  'what all outputs of the united execution grew': ({ first }) => ({ state: first }),
  'what the output above the united execution grew': () => ({ state: 1, output: 0 }),
  'what all outputs above the united execution grew': () => ({ state: 1 }),
};

test('a deadline stands still while all that it waits for is paused', async () => {
  for (const [name, targetOf] of Object.entries(areas)) {
    const all = await started();
    const target = targetOf(all);
    await pass(all, 4 * minute);
    assert.equal(await storage.runs.pause(all.run, target), 'CHANGED', name);
    await pass(all, 7 * minute);
    assert.equal(await decided(all), false, name);
    assert.equal(await minutesLeft(all), 0, `${name}: it is looked at again`);
    await pass(all, 5 * minute);
    assert.equal(await decided(all), false, name);
    assert.equal(await storage.runs.resume(all.run, target), 'CHANGED', name);
    await pass(all, 1_000);
    assert.equal(await decided(all), false, name);
    assert.equal(await minutesLeft(all), 6, `${name}: 4 of the 10 had passed before`);
    await pass(all, 7 * minute);
    assert.equal(await decided(all), true, name);
  }
});

test('pauses elsewhere, or of one of several branches, move no deadline', async () => {
  for (const targetOf of [
    ({ second }: Started) => ({ state: second }),
    () => ({ state: 1, output: 1 }),
    ({ first }: Started) => ({ state: first, output: 0 }),
  ]) {
    const all = await started();
    await storage.runs.pause(all.run, targetOf(all));
    await pass(all, 11 * minute);
    assert.equal(await decided(all), true);
  }
});

test('pauses that overlap count once', async () => {
  const all = await started();
  const { run, first } = all;
  await storage.runs.pause(run, { state: first });
  await pass(all, minute);
  await storage.runs.pause(run, undefined);
  await pass(all, minute);
  await storage.runs.pause(run, { state: 1 });
  await pass(all, minute);
  await storage.runs.resume(run, { state: first });
  await pass(all, minute);
  await storage.runs.resume(run, undefined);
  await storage.runs.resume(run, { state: 1 });
  await pass(all, 7 * minute);
  assert.equal(await decided(all), false);
  assert.equal(await minutesLeft(all), 3, '11 minutes have passed, 4 of them paused');
});

test('a run remembers its newest 200 pauses', async () => {
  const { run } = await started();
  for (let i = 0; i < 205; i++) {
    await storage.runs.pause(run, { state: 1 });
    await storage.runs.resume(run, { state: 1 });
  }
  const holds = (await redis.hget(keys.run(run.runId), 'holds')) ?? '';
  assert.equal(holds.split(',').length, 201);
});

test('an end of work that is under way is decided as always while a branch is paused', async () => {
  const { run, scope, first } = await started();
  await storage.runs.pause(run, { state: first, output: 1 });
  for (const held of await driver.claim(run, [work])) await driver.settle(run, [executed(held, [{}])]);
  const before = (await storage.runs.scopes(run.runId, [scope]))[0];
  assert.deepEqual([before?.status, before?.unfinished], ['OPEN', 1]);
  await storage.runs.resume(run, { state: first, output: 1 });
  for (const held of await driver.claim(run, [work])) await driver.settle(run, [executed(held, [{}])]);
  assert.equal(await statusOf(run, scope), 'FIRED');
});

async function statusOf(run: LoadedRun, scope: { unite: number; execution: number }) {
  return (await storage.runs.scopes(run.runId, [scope]))[0]?.status;
}
