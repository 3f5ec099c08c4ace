/** A client, and a runtime whose branches wait for it: `closing-early-client.ts ADDRESS`. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, defineNode, graph, RequeueAfter, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { serveCommands } from './serve-commands.ts';
import { nowUs } from './timing.ts';

const pollMs = 50;
/** Branches that succeed, all of them when they are told to. */
const quorum = 2;

/** Emits `go`: the quorum succeeds; `merged`: the uniting node runs. */
const events = new EventEmitter();

const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ width: z.number().int() }),
  outputs: z.object({ index: z.number().int() }),
  run: ({ width }) => Array.from({ length: width }, (_, index) => ({ index })),
});
const Wait = defineNode({
  name: 'WaitNode',
  inputs: z.object({ index: z.number().int() }),
  outputs: z.object({}),
  run: async ({ index }) => {
    if (index >= quorum) throw new RequeueAfter('1h');
    await once(events, 'go');
    return {};
  },
});
const Merge = defineNode({
  name: 'MergeNode',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => {
    events.emit('merged');
    return {};
  },
});
const firstOnes = graph('first-ones', { inputs: z.object({ width: z.number().int() }) }, (g) => {
  const split = g.start(Split, { width: g.trigger.width });
  const wait = g.after(split, Wait, { index: split.out.index });
  g.unite(split, wait, Merge, {}, { strategy: 'QUORUM', minSuccess: quorum });
});

const [address] = process.argv.slice(2);
if (!address) throw new Error('usage: closing-early-client.ts ADDRESS');
const runtime = new Runtime({
  nodes: [Split, Wait, Merge],
  address,
  concurrency: 2_000,
  log: () => undefined,
});
await runtime.start();
const client = new Client({ address });
await client.upsert(firstOnes);
let runId = '';

/** Waits until all branches but those of the quorum have a status. */
async function untilOthersAre(status: 'created' | 'cancelled', branches: number): Promise<void> {
  while (((await client.get(runId)).counts[1]?.[status] ?? 0) < branches - quorum) await delay(pollMs);
}

serveCommands({
  prepare: async ({ branches = 0 }) => {
    ({ id: runId } = await client.trigger(firstOnes, { width: branches }));
    await untilOthersAre('created', branches);
  },
  close: async ({ branches = 0 }) => {
    const startedAt = nowUs();
    const sinceMs = () => (nowUs() - startedAt) / 1_000;
    const merged = once(events, 'merged');
    events.emit('go');
    await merged;
    const firedMs = sinceMs();
    await untilOthersAre('cancelled', branches);
    return { firedMs, cancelledMs: sinceMs() };
  },
});
