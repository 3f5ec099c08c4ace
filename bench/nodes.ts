/** Nodes that do nothing, so that what is measured is everything else. */
import { defineNode, united } from '@fanout/runtime';
import { z } from 'zod';

/** `{"chunk":"…"}` and `{"data":"…"}` are then 100 bytes, `{"result":"…"}` 102. */
const text = 'x'.repeat(88);

const Splitter = defineNode({
  name: 'DataSplitterNode',
  inputs: z.object({ branches: z.number().int() }),
  outputs: z.object({ chunk: z.string() }),
  run: ({ branches }) => Array.from({ length: branches }, () => ({ chunk: text })),
});

const Processor = defineNode({
  name: 'DataProcessorNode',
  inputs: z.object({ data: z.string() }),
  outputs: z.object({ result: z.string() }),
  run: ({ data }) => ({ result: data }),
});

const Merger = defineNode({
  name: 'ResultMergerNode',
  inputs: z.object({ processed_data: united(z.string()) }),
  outputs: z.object({ branches: z.number().int() }),
  async run({ processed_data: results }) {
    let branches = 0;
    for await (const result of results) if (result === text) branches += 1;
    return { branches };
  },
});

export const nodes = [Splitter, Processor, Merger];
