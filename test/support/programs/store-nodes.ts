/** Nodes that count in the run's store, for a runtime process. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineNode } from '@fanout/runtime';
import { z } from 'zod';

const Source = defineNode({
  name: 'StoreSourceNode',
  inputs: z.object({ width: z.number() }),
  outputs: z.object({ number: z.number() }),
  run: ({ width }) => Array.from({ length: width }, (_, number) => ({ number })),
});

/** Counts itself as begun at once, and as done with its result. */
const Count = defineNode({
  name: 'StoreCountNode',
  inputs: z.object({ number: z.number() }),
  outputs: z.object({}),
  async run({ number }, { store, report }) {
    await store.increment('begun');
    // Long enough for a kill to hit many.
    await delay(30);
    report.increment('done');
    report.append('numbers', number);
    return {};
  },
});

const End = defineNode({
  name: 'StoreEndNode',
  inputs: z.object({ done: z.number() }),
  outputs: z.object({ done: z.number() }),
  run: ({ done }) => ({ done }),
});

export const nodes = [Source, Count, End];
