/** Nodes that compute without a pause, for a runtime process. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineNode } from '@fanout/runtime';
import { z } from 'zod';

function compute(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const Busy = defineNode({
  name: 'BusyNode',
  inputs: z.object({ ms: z.number() }),
  outputs: z.object({ attempt: z.number(), pid: z.number() }),
  run({ ms }, { attempt }) {
    console.log('busy');
    compute(ms);
    return { attempt, pid: process.pid };
  },
});

/** Waits a little first, so that it is not what the runtime has begun last. */
const LaterBusy = defineNode({
  name: 'LaterBusyNode',
  inputs: z.object({ ms: z.number() }),
  outputs: z.object({ attempt: z.number() }),
  async run({ ms }, { attempt }) {
    await delay(50);
    console.log('busy');
    compute(ms);
    return { attempt };
  },
});

export const nodes = [Busy, LaterBusy];
