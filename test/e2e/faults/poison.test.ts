/** Inputs that kill each process which begins to execute them, beside others that do not. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { MortalProcess, type MortalProcessOptions } from '../../support/raw/mortal-process.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { superviseRuntime } from '../../support/supervised-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

/** Four shards, so that what a process holds lies on several. */
const env = { FANOUT_SHARDS: '4', FANOUT_GRACE_MS: '300' };
/** Everything has ended by then, on a busy machine: it is no promise. */
const timeoutMs = 100_000;

let system: TestSystem;
let second: TestStateManager;

before(async () => {
  system = await startSystem(env);
  second = await startTestStateManager(system.redis, env);
});
after(async () => {
  await second?.stop();
  await system?.stop();
});

/** `source` gives numbers, and `work` takes one each: some are deadly. */
function poisoned({ takesMs = 20, diesAfterMs = 0, maxParallel = 0 } = {}): TestGraph {
  return {
    nodes: [
      nodeTemplate('source', ['work'], {
        node_name: 'PoisonSourceNode',
        inputs: { width: expression('trigger.width'), deadly: expression('trigger.deadly') },
      }),
      nodeTemplate('work', [], {
        node_name: 'PoisonWorkNode',
        inputs: {
          number: expression('source.outputs.number'),
          isDeadly: expression('source.outputs.isDeadly'),
          takesMs,
          diesAfterMs,
        },
        ...(maxParallel > 0 && { max_parallel: maxParallel }),
      }),
    ],
  };
}

/** A process that hosts these nodes, and is there again when it has died. */
function host(t: TestContext, options: Partial<MortalProcessOptions> = {}): MortalProcess {
  const process = new MortalProcess({
    addresses: [system.stateManager.address],
    nodeNames: ['PoisonSourceNode', 'PoisonWorkNode'],
    capacity: 50,
    execute: async ({ nodeName, inputsJson = '' }) => {
      const { width, deadly, number, isDeadly, takesMs, diesAfterMs } = JSON.parse(inputsJson);
      if (nodeName === 'PoisonSourceNode')
        return Array.from({ length: width }, (_, one) => ({ number: one, isDeadly: deadly.includes(one) }));
      await delay(isDeadly ? diesAfterMs : takesMs);
      return isDeadly ? 'DIES' : [{ number }];
    },
    ...options,
  });
  t.after(() => process.stop());
  return process;
}

/** Waits for the end of a run of `poisoned`, and gives the numbers that failed. */
async function failedNumbers(
  runId: string,
  template: TestGraph,
  width: number,
  runtimeName = 'mortal-default',
): Promise<number[]> {
  await system.client.end(runId, timeoutMs);
  const states = await system.client.states(runId, 'work');
  assert.equal(states.length, width);
  const failed = states.filter(({ status }) => status === 'STATE_STATUS_ERRORED');
  for (const { failure } of failed) {
    assert.equal(failure?.code, 'LEASE_LOST');
    assert.match(failure?.message ?? '', new RegExp(`only suspect: .* ${runtimeName} \\(session `));
  }
  const succeeded = states.filter(({ status }) => status === 'STATE_STATUS_SUCCESS');
  assert.equal(succeeded.length, width - failed.length);
  assert.deepEqual(await auditRun(system.redis, runId, template), []);
  return failed.map(({ path = '' }) => Number.parseInt(path, 10)).sort((left, right) => left - right);
}

for (const capacity of [50, 200, 7, 1]) {
  test(`of 50 branches one kills its process: it fails and 49 succeed, ${capacity} at once`, async (t) => {
    const template = poisoned();
    const process = host(t, { capacity });
    const runId = await system.client.start(`poison-${capacity}`, template, { width: 50, deadly: [23] });
    assert.deepEqual(await failedNumbers(runId, template, 50), [23]);
    assert.ok(process.deaths >= 3 && process.deaths <= 8, `${process.deaths} deaths`);
  });
}

test('a process of the SDK that an input kills with SIGKILL is started again, and the other inputs succeed', async (t) => {
  const template = poisoned();
  const addresses = [system.stateManager.address];
  const runtime = await superviseRuntime({ addresses, concurrency: 20 });
  t.after(() => runtime.stop());
  const runId = await system.client.start('poison-process', template, { width: 20, deadly: [7] });
  assert.deepEqual(await failedNumbers(runId, template, 20, 'poisoned-default'), [7]);
});

test('several deadly inputs in several runs fail, and nothing beside them does, over two state managers', async (t) => {
  const template = poisoned({ maxParallel: 8 });
  host(t);
  host(t, { addresses: [second.address], capacity: 20 });
  const first = await system.client.start('poisons', template, { width: 20, deadly: [3, 4, 17] });
  const rest = await Promise.all(
    [[0], [], [9]].map((deadly) => system.client.trigger('poisons', { width: 10, deadly })),
  );
  assert.deepEqual(await failedNumbers(first, template, 20), [3, 4, 17]);
  const failed = await Promise.all(rest.map((runId) => failedNumbers(runId, template, 10)));
  assert.deepEqual(failed, [[0], [], [9]]);
});

test('an input that kills its process after a while fails, and long work beside it does not', async (t) => {
  const template = poisoned({ takesMs: 1_500, diesAfterMs: 1_200 });
  host(t);
  const runId = await system.client.start('slow-poison', template, { width: 12, deadly: [5] });
  assert.deepEqual(await failedNumbers(runId, template, 12), [5]);
});

for (const where of ['one state manager', 'two state managers']) {
  test(`a process with two namespaces at ${where} dies of one, and takes nothing of the other along`, async (t) => {
    const template = poisoned({ takesMs: 300 });
    const addresses = [system.stateManager, where.startsWith('two') ? second : system.stateManager];
    host(t, {
      addresses: addresses.map(({ address }) => address),
      namespaces: ['default', 'other'],
      capacity: 10,
    });
    const other = new RawClient(system.stateManager.address);
    t.after(() => other.close());
    await other.upsert('beside', template, 'other');
    const inputsJson = JSON.stringify({ width: 5, deadly: [] });
    const beside = await other.tryTrigger({ namespace: 'other', graphName: 'beside', inputsJson });
    const runId = await system.client.start('namespaces', template, { width: 5, deadly: [2] });
    assert.deepEqual(await failedNumbers(runId, template, 5), [2]);
    const messages = await other.watch(beside.runId ?? '', 'other', timeoutMs);
    assert.equal(messages.findLast(({ run }) => run)?.run?.status, 'RUN_STATUS_SUCCESS');
  });
}

test('a runtime that is killed three times in the middle of its work fails nothing of it', async (t) => {
  const template = poisoned({ takesMs: 1_000 });
  const process = host(t, { capacity: 30 });
  const runId = await system.client.start('killed-often', template, { width: 30, deadly: [] });
  for (let kills = 0; kills < 3; kills++) {
    await eventually(async () => Number((await system.client.run(runId)).counts?.[1]?.queued) > 0, {
      timeoutMs,
    });
    await process.die();
  }
  assert.deepEqual(await failedNumbers(runId, template, 30), []);
});
