/** A network that swallows what is sent, between the TypeScript runtime and its state manager. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { Client, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { eventually } from '../support/eventually.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { startTestStateManager, type TestStateManager } from '../support/state-manager.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

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

/** A runtime that reaches the first state manager through a proxy and the second one without, at work on a state. */
async function startCutOff(t: TestContext, name: string) {
  const proxy = await startTcpProxy(system.stateManager.address);
  const attempts: number[] = [];
  const streams: { address: unknown; resumed: unknown }[] = [];
  let release: (() => void) | undefined;
  const node = defineNode({
    name: `${name}Node`,
    inputs: z.object({}),
    outputs: z.object({ attempt: z.number() }),
    async run(_, { attempt }) {
      attempts.push(attempt);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { attempt };
    },
  });
  const runtime = new Runtime({
    nodes: [node],
    addresses: [proxy.address, second.address],
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
