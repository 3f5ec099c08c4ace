/** Open fan-out as users write it: the examples, processes that die, and memory. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { nodes as batchNodes } from '../../../examples/batch-processing/nodes.ts';
import { CatalogueReader, PriceTotal, ProductPricer } from '../../../examples/open-fan-out/nodes.ts';
import { pricing } from '../../../examples/open-fan-out/pricing.ts';
import { startProgram } from '../../../scripts/processes.ts';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestGraph } from '../../support/graphs.ts';
import { startRuntimeProcess } from '../../support/runtime-process.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let client: Client;
const runtimes: Runtime[] = [];

before(async () => {
  system = await startSystem();
  client = new Client({ address: system.stateManager.address });
});
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.stop();
});
after(async () => {
  client?.close();
  await system?.stop();
});

type Nodes = ConstructorParameters<typeof Runtime>[0]['nodes'];

async function host(nodes: Nodes, addresses = [system.stateManager.address]): Promise<Runtime> {
  const runtime = new Runtime({ nodes, addresses, addressOrder: 'GIVEN', log: () => undefined });
  runtimes.push(runtime);
  await runtime.start();
  return runtime;
}

/** The result of the example. */
function totalOf(products: number) {
  const cents = Array.from({ length: products }, (_, number) => 100 + ((number * 7) % 900));
  return { products, gross: cents.reduce((sum, each) => sum + Math.round(each * 1.19), 0) };
}

async function priced(runId: string): Promise<number> {
  return (await client.get(runId)).counts[1]?.success ?? 0;
}

const template = () => JSON.parse(JSON.stringify(pricing.template)) as TestGraph;

test('the first price is there long before the catalogue has been read', async () => {
  await host([CatalogueReader, ProductPricer, PriceTotal]);
  await client.upsert(pricing);
  const run = await client.trigger(pricing, { pages: 10, page_size: 20, page_ms: 100 });
  await eventually(async () => (await priced(run.id)) > 0, { intervalMs: 5 });
  const { counts } = await client.get(run.id);
  assert.equal(counts[0]?.queued, 1, 'the reader still reads');
  assert.ok((counts[0]?.success ?? 0) < 200);
  assert.deepEqual((await client.result(run.id))[0]?.output, totalOf(200));
  assert.deepEqual(await auditRun(system.redis, run.id, template()), []);
});

test('a reader that is killed in the middle goes on, without a product twice or missing', async (t) => {
  await host([ProductPricer, PriceTotal]);
  await client.upsert(pricing);
  const reader = () =>
    startRuntimeProcess({
      address: system.stateManager.address,
      nodesFile: 'test/support/programs/catalogue-reader.ts',
    });
  const first = await reader();
  const run = await client.trigger(pricing, { pages: 40, page_size: 50, page_ms: 100 });
  await eventually(async () => (await priced(run.id)) > 200, { intervalMs: 5 });
  await first.kill();
  const accepted = (await client.get(run.id)).counts[0]?.success ?? 0;
  assert.ok(accepted < 2_000, 'it was killed before the end, else this proves nothing');
  t.diagnostic(`killed with ${accepted} of 2,000 accepted`);
  const second = await reader();
  assert.deepEqual((await client.result(run.id))[0]?.output, totalOf(2_000));
  const { counts } = await client.get(run.id);
  assert.deepEqual([counts[0]?.success, counts[1]?.success], [2_001, 2_000]);
  assert.deepEqual(await auditRun(system.redis, run.id, template()), []);
  await second.stop();
});

test('a state manager that is killed in the middle of a stream loses and doubles nothing', async () => {
  const first = await startTestStateManager(system.redis);
  const addresses = [first.address, system.stateManager.address];
  await host([CatalogueReader], addresses);
  await host([ProductPricer, PriceTotal], [...addresses].reverse());
  await client.upsert(pricing);
  const run = await client.trigger(pricing, { pages: 40, page_size: 50, page_ms: 100 });
  await eventually(async () => (await priced(run.id)) > 200, { intervalMs: 5 });
  await first.kill();
  assert.ok((await priced(run.id)) < 2_000, 'it was killed before the end, else this proves nothing');
  assert.deepEqual((await client.result(run.id))[0]?.output, totalOf(2_000));
  const { counts, stateCount } = await client.get(run.id);
  assert.deepEqual([counts[0]?.success, counts[1]?.success, stateCount], [2_001, 2_000, 4_002]);
  assert.deepEqual(await auditRun(system.redis, run.id, template()), []);
});

test('a node is stopped by its signal when a quorum is met, and its generator ends', async () => {
  let isClosed = false;
  const endless = defineNode({
    name: 'EndlessReader',
    inputs: z.object({}),
    outputs: z.object({ number: z.number() }),
    openFanOut: true,
    async *run(_, { signal }) {
      try {
        for (let number = 0; ; number++) {
          yield { number };
          await sleep(1, undefined, { signal });
        }
      } finally {
        isClosed = true;
      }
    },
  });
  const echo = defineNode({
    name: 'QuorumWork',
    inputs: z.object({ number: z.number() }),
    outputs: z.object({ number: z.number() }),
    run: ({ number }) => ({ number }),
  });
  const merge = defineNode({
    name: 'QuorumMerge',
    inputs: z.object({ numbers: z.array(z.number()) }),
    outputs: z.object({ count: z.number() }),
    run: ({ numbers }) => ({ count: numbers.length }),
  });
  await host([endless, echo, merge]);
  await client.upsert({
    name: 'endless',
    template: {
      nodes: [
        { node_name: 'EndlessReader', identifier: 'read', inputs: {}, next_nodes: ['work'] },
        {
          node_name: 'QuorumWork',
          identifier: 'work',
          inputs: { number: '${{ read.outputs.number }}' },
          next_nodes: ['merge'],
        },
        {
          node_name: 'QuorumMerge',
          identifier: 'merge',
          inputs: { numbers: '${{ work.outputs.number }}' },
          unites: { identifier: 'read', strategy: 'QUORUM', min_success: 10 },
          next_nodes: [],
        },
      ],
    },
  });
  const run = await client.trigger('endless', {});
  const [result] = await client.result(run.id);
  assert.ok(((result?.output as { count: number } | undefined)?.count ?? 0) >= 10);
  await eventually(() => isClosed);
});

test('a node that never waits is held up by what is not accepted yet, and memory stays bounded', async (t) => {
  const own = await startTestStateManager(system.redis);
  const total = 20_000;
  const reader = await startRuntimeProcess({
    address: own.address,
    nodesFile: 'test/support/programs/catalogue-reader.ts',
  });
  const others = await startRuntimeProcess({
    address: own.address,
    nodesFile: 'test/support/programs/catalogue-pricer.ts',
  });
  await client.upsert(pricing);
  const before = [own.pid, reader.pid, others.pid].map(residentMegabytes);
  const peak = [...before];
  const watch = setInterval(() => {
    [own.pid, reader.pid, others.pid].forEach((pid, i) => {
      peak[i] = Math.max(peak[i]!, residentMegabytes(pid));
    });
  }, 50);
  t.after(() => clearInterval(watch));
  const startedAt = performance.now();
  const run = await client.trigger(pricing, { pages: total / 1_000, page_size: 1_000, page_ms: 0 });
  assert.deepEqual((await client.result(run.id))[0]?.output, totalOf(total));
  clearInterval(watch);
  const tookMs = Math.round(performance.now() - startedAt);
  const grown = peak.map((most, i) => Math.round(most - before[i]!));
  t.diagnostic(`${total} branches in ${tookMs} ms; grew by ${grown.join(', ')} MB`);
  assert.ok(Math.max(...grown) < 250, `state manager, reader, others grew by ${grown.join(', ')} MB`);
  await Promise.all([reader.stop(), others.stop()]);
  await own.stop();
});

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

test('the examples run as their READMEs say', async () => {
  const env = { FANOUT_ADDRESS: system.stateManager.address };
  const shop = await startProgram('examples/open-fan-out/run.ts', {
    name: 'open-fan-out',
    arguments: ['5', '20'],
    env,
  });
  assert.equal((await shop.exited).code, 0, shop.lines.join('\n'));
  assert.match(shop.lines.join('\n'), new RegExp(`"gross":${totalOf(500).gross}\\b`));
  const batch = await startProgram('examples/batch-processing/run.ts', { name: 'batch', env });
  assert.equal((await batch.exited).code, 0, batch.lines.join('\n'));
  const report = batch.lines.find((line) => line.startsWith('{"files"'));
  assert.deepEqual(JSON.parse(report ?? '{}'), { files: 3, rows: 4, bad_rows: 2, cents: 1_260 });
  assert.equal(batchNodes.length, 5);
});
