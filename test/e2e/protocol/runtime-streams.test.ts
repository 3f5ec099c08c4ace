/** The TypeScript runtime on a network that swallows what it sends, with more than a frame can hold, and drained. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { Client, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const env = { FANOUT_LEASE_MS: '3000' };
let system: TestSystem;
let second: TestStateManager;
let client: Client;

before(async () => {
  system = await startSystem(env);
  second = await startTestStateManager(system.redis, env);
  client = new Client({ address: second.address });
});
after(async () => {
  client?.close();
  await second?.stop();
  await system?.stop();
});

/** One output of the node. */
interface Output {
  readonly attempt: number;
  readonly text?: string;
}

/** A runtime that reaches the first state manager through a proxy and the second one without, at work on a state. */
async function startCutOff(
  t: TestContext,
  name: string,
  outputsOf: (attempt: number) => Output | Output[] = (attempt) => ({ attempt }),
) {
  const proxy = await startTcpProxy(system.stateManager.address);
  const attempts: number[] = [];
  const streams: { address: unknown; resumed: unknown }[] = [];
  let release: (() => void) | undefined;
  const node = defineNode({
    name: `${name}Node`,
    inputs: z.object({}),
    outputs: z.object({ attempt: z.number(), text: z.string().optional() }),
    async run(_, { attempt }) {
      attempts.push(attempt);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return outputsOf(attempt);
    },
  });
  const runtime = new Runtime({
    nodes: [node],
    addresses: [proxy.address, second.address],
    addressOrder: 'GIVEN',
    log: ({ event, address, resumed }) => {
      if (event === 'connected') streams.push({ address, resumed });
    },
  });
  await runtime.start();
  t.after(async () => {
    await runtime.stop();
    await proxy.stop();
  });
  await client.upsert({
    name,
    template: { nodes: [nodeTemplate('only', [], { node_name: `${name}Node` })] },
  });
  const run = await client.trigger(name, {});
  await eventually(() => release);
  return { proxy, attempts, streams, runId: run.id, release: () => release?.() };
}

test('a runtime that is cut off notices in time, and goes on elsewhere with all that it holds', async (t) => {
  const { proxy, attempts, streams, runId, release } = await startCutOff(t, 'Partition');
  proxy.swallow('both');
  await eventually(() => streams.length === 2);
  assert.deepEqual(streams[1], { address: second.address, resumed: true });
  assert.ok(proxy.swallowed > 0, 'else this proves nothing');
  release();
  assert.deepEqual((await client.result(runId))[0]?.output, { attempt: 1 });
  assert.deepEqual(attempts, [1]);
});

test('a report that is lost on the way is kept, and sent again to another state manager', async (t) => {
  const { proxy, attempts, streams, runId, release } = await startCutOff(t, 'LostReport');
  proxy.swallow('up');
  release();
  await eventually(() => proxy.swallowed > 0);
  proxy.reset();
  assert.deepEqual((await client.result(runId))[0]?.output, { attempt: 1 });
  assert.deepEqual(attempts, [1], 'what has been done is not done again');
  assert.deepEqual(streams[1], { address: second.address, resumed: true });
});

test('emits that are lost on the way are kept as well, and sent again to another state manager', async (t) => {
  const { proxy, attempts, runId, release } = await startCutOff(t, 'LostEmits', (attempt) =>
    Array.from({ length: 3_000 }, (_, number) => ({ attempt, text: `${number}` })),
  );
  proxy.swallow('up');
  release();
  await eventually(() => proxy.swallowed > 10_000);
  proxy.reset();
  const results = await client.result(runId);
  assert.deepEqual(
    results.map(({ output }) => output),
    Array.from({ length: 3_000 }, (_, number) => ({ attempt: 1, text: `${number}` })),
  );
  assert.deepEqual(attempts, [1]);
});

test('an output that no frame could hold fails its state before it is sent, and the stream lives', async (t) => {
  const { streams, runId, release } = await startCutOff(t, 'TooLarge', (attempt) => ({
    attempt,
    text: 'x'.repeat(5_000_000),
  }));
  release();
  await assert.rejects(client.result(runId), { status: 'FAILED' });
  for await (const { failure } of client.states(runId)) assert.equal(failure?.code, 'OUTPUT_TOO_LARGE');
  assert.equal(streams.length, 1);
});

test('a runtime finishes and reports when its state manager drains, and goes to another one', async (t) => {
  const { attempts, streams, runId, release } = await startCutOff(t, 'Drained');
  system.stateManager.signal('SIGTERM');
  await system.stateManager.waitForEvent('stopping');
  release();
  assert.deepEqual((await client.result(runId))[0]?.output, { attempt: 1 });
  await eventually(() => streams.length === 2);
  assert.deepEqual(streams[1], { address: second.address, resumed: false });
  assert.deepEqual(await system.stateManager.exited, { code: 0, signal: null });
  assert.deepEqual(attempts, [1]);
});
