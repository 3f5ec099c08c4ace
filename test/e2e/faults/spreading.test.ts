/** TypeScript runtimes over several state managers: they spread, go on when one is gone, and spread out again. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

const runtimeCount = 12;

/** One runtime of the test, and the state manager that it is connected to. */
interface Hosted {
  readonly runtime: Runtime;
  address: string;
  /** Streams that did not resume the session before. */
  sessions: number;
}

const Source = defineNode({
  name: 'SpreadSourceNode',
  inputs: z.object({ width: z.number() }),
  outputs: z.object({ number: z.number() }),
  run: ({ width }) => Array.from({ length: width }, (_, number) => ({ number })),
});

async function startSpread(t: TestContext, managerCount: number) {
  const redis = await startTestRedis();
  const managers = await Promise.all(
    Array.from({ length: managerCount }, () => startTestStateManager(redis)),
  );
  const addresses = managers.map(({ address }) => address);
  const executed: number[] = [];
  let isHeld = true;
  const Work = defineNode({
    name: 'SpreadWorkNode',
    inputs: z.object({ number: z.number() }),
    outputs: z.object({ attempt: z.number() }),
    async run({ number }, { attempt }) {
      executed.push(number);
      await eventually(() => !isHeld, { timeoutMs: 60_000 });
      return { attempt };
    },
  });
  const hosted = Array.from({ length: runtimeCount }, (): Hosted => {
    const one: Hosted = {
      runtime: new Runtime({
        nodes: [Source, Work],
        addresses,
        returnAfter: '300ms',
        concurrency: 4,
        log({ event, address, resumed }) {
          if (event !== 'connected') return;
          one.address = String(address);
          if (resumed !== true) one.sessions++;
        },
      }),
      address: '',
      sessions: 0,
    };
    return one;
  });
  const client = new Client({ addresses });
  t.after(async () => {
    isHeld = false;
    client.close();
    await Promise.all(hosted.map(({ runtime }) => runtime.stop()));
    await Promise.all(managers.map((manager) => manager.stop()));
    await redis.stop();
  });
  await Promise.all(hosted.map(({ runtime }) => runtime.start()));
  const release = () => {
    isHeld = false;
  };
  return { redis, managers, addresses, hosted, client, executed, release };
}

/** The state managers that all are with, once nobody has moved for several times as long as they wait before they do. */
async function settledPlaces(placesOf: () => string[]): Promise<string[]> {
  let places: string[] = [];
  let since = performance.now();
  return eventually(
    () => {
      const now = placesOf();
      if (now.join() !== places.join()) {
        places = now;
        since = performance.now();
      }
      return performance.now() - since > 3_000 && places;
    },
    { timeoutMs: 60_000 },
  );
}

for (const managerCount of [2, 3]) {
  test(`runtimes spread over ${managerCount} state managers, and do so again when one is back, with what they hold`, async (t) => {
    const { redis, managers, addresses, hosted, client, executed, release } = await startSpread(
      t,
      managerCount,
    );
    const placesOf = () => hosted.map(({ address }) => address);
    const before = await settledPlaces(placesOf);
    // With 12 that choose by chance, all on one would be an accident of 1 in 2,048.
    assert.ok(new Set(before).size > 1, 'they spread');

    const first = managers[addresses.indexOf(before[0]!)]!;
    await first.kill();
    const left = addresses.filter((address) => address !== first.address);
    await eventually(() => placesOf().every((address) => left.includes(address)));

    const width = runtimeCount * 3;
    await client.upsert({
      name: 'spread',
      template: {
        nodes: [
          nodeTemplate('source', ['work'], {
            node_name: 'SpreadSourceNode',
            inputs: { width: expression('trigger.width') },
          }),
          nodeTemplate('work', [], {
            node_name: 'SpreadWorkNode',
            inputs: { number: expression('source.outputs.number') },
          }),
        ],
      },
    });
    const { id } = await client.trigger('spread', { width });
    await eventually(() => executed.length === width);
    const sessions = hosted.map((one) => one.sessions);

    managers.push(await startTestStateManager(redis, { FANOUT_LISTEN: first.address }));
    await eventually(() => placesOf().join() === before.join(), { timeoutMs: 30_000 });
    assert.deepEqual(
      hosted.map((one) => one.sessions),
      sessions,
      'they have moved with their sessions',
    );
    release();
    const results = await client.result(id);
    assert.equal(results.length, width);
    assert.ok(results.every(({ output }) => (output as { attempt: number }).attempt === 1));
    assert.equal(executed.length, width, 'nothing was executed twice');
  });
}

test('a client and a runtime with several addresses go on while any of their state managers is there', async (t) => {
  const redis = await startTestRedis();
  const managers = [await startTestStateManager(redis), await startTestStateManager(redis)];
  const addresses = managers.map(({ address }) => address);
  const runtime = new Runtime({ nodes: [Source], addresses, log: () => undefined });
  const clients = Array.from({ length: 6 }, () => new Client({ addresses }));
  t.after(async () => {
    for (const client of clients) client.close();
    await runtime.stop();
    await Promise.all(managers.map((manager) => manager.stop()));
    await redis.stop();
  });
  await runtime.start();
  const nodes = [nodeTemplate('source', [], { node_name: 'SpreadSourceNode' })];
  await clients[0]!.upsert({ name: 'spread', template: { nodes } });
  const callAll = async () => {
    for (const client of clients) assert.equal((await client.call('spread', { width: 2 })).length, 2);
  };
  await callAll();
  // First drained, so that calls are refused, then killed, so that connections break.
  await managers[0]!.stop();
  await callAll();
  managers.push(await startTestStateManager(redis, { FANOUT_LISTEN: addresses[0]! }));
  await managers[1]!.kill();
  await callAll();
  for (const client of clients) assert.equal((await client.graph('spread')).version, 1);
});
