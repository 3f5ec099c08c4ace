/** Sessions whose deadlines pass although they are well: storage takes no writes, or the state manager stands still. */
import assert from 'node:assert/strict';
import { after, afterEach, before, type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const leaseMs = 1_000;
const env = { FANOUT_LEASE_MS: String(leaseMs) };
let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem(env);
  redis = new Redis(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

/** Faults during which no deadline is moved, whoever is heard. */
const faults = {
  'a Redis that takes no writes for three leases': {
    begin: () => redis.replicaof('127.0.0.1', 1),
    end: () => redis.replicaof('NO', 'ONE'),
  },
  'a Redis that knows no writing command any more': {
    begin: () => redis.call('ACL', 'SETUSER', 'default', '-@write', '-@scripting'),
    end: () => redis.call('ACL', 'SETUSER', 'default', '+@all'),
  },
  'a state manager that stands still for three leases': {
    begin: async () => system.stateManager.signal('SIGSTOP'),
    end: async () => system.stateManager.signal('SIGCONT'),
  },
};

let count = 0;

/** Has a fault for three leases. */
async function suffer(fault: keyof typeof faults): Promise<void> {
  const from = performance.now();
  await faults[fault].begin();
  try {
    await eventually(() => performance.now() - from > 3 * leaseMs);
  } finally {
    await faults[fault].end();
  }
}

/** Takes whatever comes until there is a state of that run. @returns the runtime: a new one if the stream has ended */
async function executeNext(runtime: RawRuntime, runId: string, nodeName: string): Promise<RawRuntime> {
  for (;;) {
    const next = await Promise.race([runtime.next('assignments', 15_000), runtime.ended]);
    if (!('items' in next)) return executeNext(await system.connect([nodeName]), runId, nodeName);
    for (const one of next.items ?? []) runtime.reportExecuted(one, [{}]);
    if (next.items?.some((one) => one.runId === runId)) return runtime;
  }
}

for (const fault of Object.keys(faults) as (keyof typeof faults)[]) {
  test(`after ${fault} an idle session gets work again`, async () => {
    const nodeName = `Idle${++count}Node`;
    await system.client.upsert(nodeName, { nodes: [nodeTemplate('only', [], { node_name: nodeName })] });
    const runtime = await system.connect([nodeName]);
    await suffer(fault);
    const runId = await eventually(() => system.client.trigger(nodeName).catch(() => undefined));
    await executeNext(runtime, runId, nodeName);
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  });

  test(`after ${fault} a session goes on with what it holds, on the stream that it has`, async () => {
    const nodeName = `Busy${++count}Node`;
    const runId = await system.client.start(nodeName, {
      nodes: [nodeTemplate('only', [], { node_name: nodeName })],
    });
    const runtime = await system.connect([nodeName]);
    const assignment = await runtime.assignment();
    await suffer(fault);
    runtime.reportExecuted(assignment, [{}]);
    assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
    assert.equal((await system.client.end(runId)).status, 'SUCCESS');
    const [state] = await system.client.states(runId);
    assert.equal(state?.attempt, 1, 'its lease was not lost');
  });
}

test('a session that another state manager has swept meanwhile connects again, and gets work', async (t: TestContext) => {
  const other = await startTestStateManager(system.redis, env);
  t.after(() => other.stop());
  const nodeName = `Swept${++count}Node`;
  await system.client.upsert(nodeName, { nodes: [nodeTemplate('only', [], { node_name: nodeName })] });
  const held = await system.client.trigger(nodeName);
  const runtime = await system.connect([nodeName]);
  await runtime.assignment();
  system.stateManager.signal('SIGSTOP');
  const elsewhere = new RawClient(other.address);
  t.after(() => elsewhere.close());
  await elsewhere.state(held, 'only', 'CREATED').finally(() => system.stateManager.signal('SIGCONT'));
  const connected = await executeNext(runtime, held, nodeName);
  assert.equal((await system.client.end(held)).status, 'SUCCESS');
  const runId = await system.client.trigger(nodeName);
  await executeNext(connected, runId, nodeName);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});
