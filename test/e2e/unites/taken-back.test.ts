/** Unites that gave up early and are repaired by a retry: they have back what their closing had cancelled. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client, defineNode, NotRetryable, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

/** Indexes that fail, and those that hang until they are told to stop, as long as they stand here. */
const bad = new Set<number>();
const hanging = new Set<number>();
let isStuck = false;
beforeEach(() => {
  bad.clear();
  hanging.clear();
  isStuck = false;
});

const item = z.object({ index: z.number() });
const untilTold = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ count: z.number() }),
  outputs: z.object({ index: z.number(), count: z.number() }),
  run: ({ count }) => Array.from({ length: count }, (_, index) => ({ index, count })),
});
/** Emits one by one, and gets no further than half of them while it is stuck. */
const Source = defineNode({
  name: 'SourceNode',
  inputs: z.object({ count: z.number() }),
  outputs: item,
  openFanOut: true,
  async *run({ count }, { acceptedEmits, continueFrom, signal }) {
    continueFrom(acceptedEmits);
    for (let index = acceptedEmits; index < count; index++) {
      if (isStuck && index >= count / 2) await untilTold(signal);
      if (signal.aborted) return;
      yield { index };
    }
  },
});
const Work = defineNode({
  name: 'WorkNode',
  inputs: item,
  outputs: item,
  async run({ index }, { signal }) {
    if (bad.has(index)) throw new NotRetryable(`${index} is bad`, { code: 'BAD' });
    if (hanging.has(index)) await untilTold(signal);
    return { index };
  },
});
const merged = z.object({ indexes: z.array(z.unknown()), counts: z.unknown(), partial: z.boolean() });
const Merge = defineNode({ name: 'MergeNode', inputs: merged, outputs: merged, run: (inputs) => inputs });
const nodes = [Split, Source, Work, Merge];

let system: TestSystem;
let second: TestStateManager;
let client: Client;
let runtime: Runtime;

before(async () => {
  system = await startSystem();
  second = await startTestStateManager(system.redis);
  client = new Client({ address: second.address });
  const addresses = [second.address, system.stateManager.address];
  runtime = new Runtime({ nodes, addresses, concurrency: 200, log: () => undefined });
  await runtime.start();
});
after(async () => {
  await runtime?.stop();
  client?.close();
  await second?.stop();
  await system?.stop();
});

const uniteInputs = { counts: expression('unite.counts'), partial: expression('unite.partial') };

function graph(unites: object, split: 'split' | 'source' = 'split'): TestGraph {
  return {
    nodes: [
      nodeTemplate(split, ['work']),
      nodeTemplate('work', ['merge'], { inputs: { index: expression(`${split}.outputs.index`) } }),
      nodeTemplate('merge', [], {
        inputs: { indexes: expression('work.outputs.index'), ...uniteInputs },
        unites: { identifier: split, ...unites },
      }),
    ],
  };
}

let graphs = 0;

async function start(template: TestGraph, count: number): Promise<string> {
  const name = `taken-back-${++graphs}`;
  await client.upsert({ name, template });
  return (await client.trigger(name, { count })).id;
}

async function ended(runId: string): Promise<string> {
  let status = '';
  for await (const run of client.watch(runId)) status = run.status;
  return status;
}

/** The output of the only result. */
async function result(runId: string): Promise<z.infer<typeof merged>> {
  const found: unknown[] = [];
  for await (const { output } of client.results(runId)) found.push(output);
  assert.equal(found.length, 1);
  return found[0] as z.infer<typeof merged>;
}

/** Retries all of a run that has failed, when what failed in it does not any more. */
async function repair(runId: string, template: TestGraph): Promise<z.infer<typeof merged>> {
  assert.equal(await ended(runId), 'FAILED');
  bad.clear();
  hanging.clear();
  isStuck = false;
  assert.ok((await client.retry(runId)) > 0);
  assert.equal(await ended(runId), 'SUCCESS');
  assert.deepEqual(await auditRun(system.redis, runId, template), []);
  return result(runId);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const whole = (count: number) => ({
  indexes: upTo(count),
  counts: { total: count, succeeded: count, failed: 0, pruned: 0, unfinished: 0, left_out: 0 },
  partial: false,
});

/** A run of five branches, of which some fail and three hang. */
async function repairOf(policy: object, failing: number) {
  const template = graph(policy);
  for (const index of [2, 3, 4]) hanging.add(index);
  for (const index of upTo(failing)) bad.add(index);
  return repair(await start(template, 5), template);
}

test('a unite that failed fast fires with all of its branches when what failed is retried', async () => {
  assert.deepEqual(await repairOf({ fail_fast: true }, 1), whole(5));
});

test('a unite that gave up at its timeout fires with all of its branches when what failed is retried', async () => {
  assert.deepEqual(await repairOf({ timeout_ms: 2_000 }, 1), whole(5));
});

test('a unite that could not get its quorum waits for enough of its branches when what failed is retried', async () => {
  const policy = { strategy: 'QUORUM', min_success: 4, fail_fast: true };
  const { indexes, counts } = await repairOf(policy, 2);
  // It fires with the fourth success, whatever the fifth does.
  const { succeeded, unfinished, left_out: leftOut } = counts as Record<string, number>;
  assert.equal(indexes.length, succeeded);
  assert.ok(succeeded! >= 4 && succeeded! + unfinished! === 5 && leftOut === 0);
});

test('an open splitter that was told to stop is asked for the rest when its unite is opened again', async () => {
  const template = graph({ fail_fast: true }, 'source');
  isStuck = true;
  bad.add(1);
  hanging.add(2);
  assert.deepEqual(await repair(await start(template, 10), template), whole(10));
});

test('an open splitter that a timeout has cut off makes its unite partial', async () => {
  const template = graph({ strategy: 'ALL_DONE', timeout_ms: 500 }, 'source');
  isStuck = true;
  const runId = await start(template, 10);
  assert.equal(await ended(runId), 'SUCCESS');
  const { indexes, counts, partial } = await result(runId);
  assert.deepEqual([indexes, partial], [upTo(5), true]);
  assert.deepEqual(counts, { ...whole(5).counts });
});

test('unites within a unite that gave up come back with all of theirs', async () => {
  const template: TestGraph = {
    nodes: [
      nodeTemplate('outer', ['inner'], { node_name: 'SplitNode' }),
      nodeTemplate('inner', ['work'], {
        node_name: 'SplitNode',
        inputs: { count: expression('outer.outputs.count') },
      }),
      nodeTemplate('work', ['part'], { inputs: { index: expression('inner.outputs.index') } }),
      nodeTemplate('part', ['merge'], {
        node_name: 'MergeNode',
        inputs: { indexes: expression('work.outputs.index'), ...uniteInputs },
        unites: { identifier: 'inner', fail_fast: true },
      }),
      nodeTemplate('merge', [], {
        inputs: { indexes: expression('part.outputs.indexes'), ...uniteInputs },
        unites: { identifier: 'outer', fail_fast: true },
      }),
    ],
  };
  bad.add(1);
  hanging.add(2);
  const repaired = await repair(await start(template, 3), template);
  assert.deepEqual(repaired, { ...whole(3), indexes: [upTo(3), upTo(3), upTo(3)] });
});

test('a wide unite is repaired though the state manager that began it is killed', async () => {
  const template = graph({ fail_fast: true });
  bad.add(3);
  for (const index of upTo(150)) if (index > 3) hanging.add(index);
  const runId = await start(template, 3_000);
  assert.equal(await ended(runId), 'FAILED');
  bad.clear();
  hanging.clear();
  assert.equal(await client.retry(runId), 1);
  await second.kill();
  const other = new Client({ address: system.stateManager.address });
  try {
    const run = await eventually(
      async () => {
        const found = await other.get(runId);
        return found.status === 'RUNNING' ? undefined : found;
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    );
    assert.equal(run.status, 'SUCCESS');
    for await (const { output } of other.results(runId)) assert.deepEqual(output, whole(3_000));
    assert.deepEqual(await auditRun(system.redis, runId, template), []);
  } finally {
    other.close();
  }
});
