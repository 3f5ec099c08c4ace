// Three nodes, and the runtime that hosts them: `npm start`.
import { defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const Splitter = defineNode({
  name: 'SplitterNode',
  inputs: z.object({ text: z.string() }),
  outputs: z.object({ word: z.string() }),
  // A list: one branch for each of its items.
  run: ({ text }) => text.split(' ').map((word) => ({ word })),
});

const Counter = defineNode({
  name: 'CounterNode',
  inputs: z.object({ word: z.string() }),
  outputs: z.object({ letters: z.number() }),
  run: ({ word }) => ({ letters: word.length }),
});

const Merger = defineNode({
  name: 'MergerNode',
  // It unites: it gets the letters of all branches, in order.
  inputs: z.object({ letters: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: ({ letters }) => ({ sum: letters.reduce((sum, each) => sum + each, 0) }),
});

const { FANOUT_ADDRESS: address, FANOUT_NAMESPACE: namespace, FANOUT_TOKEN: token } = process.env;
// Serves until Ctrl-C, and finishes what it has begun.
await new Runtime({ nodes: [Splitter, Counter, Merger], address, namespace, token }).run();
