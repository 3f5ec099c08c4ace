/** Nodes that do nothing, so that what is measured is everything else. */
import { defineNode, united } from '@fanout/runtime';
import { z } from 'zod';
import { nowUs } from './timing.ts';

/** Payload with which `{"chunk":"…"}` and `{"data":"…"}` are 100 bytes, `{"result":"…"}` 102. */
export const text = 'x'.repeat(88);

const empty = z.object({});
const width = z.object({ branches: z.number().int() });

export const Splitter = defineNode({
  name: 'DataSplitterNode',
  inputs: width,
  outputs: z.object({ chunk: z.string() }),
  run: ({ branches }) => Array.from({ length: branches }, () => ({ chunk: text })),
});

export const Processor = defineNode({
  name: 'DataProcessorNode',
  inputs: z.object({ data: z.string() }),
  outputs: z.object({ result: z.string() }),
  run: ({ data }) => ({ result: data }),
});

export const Merger = defineNode({
  name: 'ResultMergerNode',
  inputs: z.object({ processed_data: united(z.string()) }),
  outputs: z.object({ branches: z.number().int() }),
  async run({ processed_data: results }) {
    let branches = 0;
    for await (const result of results) if (result === text) branches += 1;
    return { branches };
  },
});

/** Adds up what mergers of inner scopes have counted. */
export const Adder = defineNode({
  name: 'AdderNode',
  inputs: z.object({ counts: united(z.number()) }),
  outputs: z.object({ branches: z.number().int() }),
  async run({ counts }) {
    let branches = 0;
    for await (const count of counts) branches += count;
    return { branches };
  },
});

/** One element of a chain: passes its data on. */
export const Pass = defineNode({
  name: 'PassNode',
  inputs: z.object({ data: z.string() }),
  outputs: z.object({ data: z.string() }),
  run: ({ data }) => ({ data }),
});

/** One element of a chain: tells when it was done, and the times of the hops so far, in microseconds. */
export const Hop = defineNode({
  name: 'HopNode',
  inputs: z.object({ doneUs: z.number(), hopsUs: z.array(z.number()) }),
  outputs: z.object({ doneUs: z.number(), hopsUs: z.array(z.number()) }),
  run: ({ doneUs, hopsUs }) => {
    const startedUs = nowUs();
    return { hopsUs: doneUs > 0 ? [...hopsUs, startedUs - doneUs] : hopsUs, doneUs: nowUs() };
  },
});

/** A branch that tells when it was done. */
export const Timed = defineNode({
  name: 'TimedNode',
  inputs: empty,
  outputs: z.object({ doneUs: z.number() }),
  run: () => ({ doneUs: nowUs() }),
});

/** Microseconds between the end of the last branch and the start of the node that unites them. */
export const TimedMerger = defineNode({
  name: 'TimedMergerNode',
  inputs: z.object({ doneUs: united(z.number()) }),
  outputs: z.object({ us: z.number(), branches: z.number().int() }),
  async run({ doneUs }) {
    const startedUs = nowUs();
    let [lastUs, branches] = [0, 0];
    for await (const each of doneUs) {
      lastUs = Math.max(lastUs, each);
      branches += 1;
    }
    return { us: startedUs - lastUs, branches };
  },
});

export const nodes = [Splitter, Processor, Merger, Adder, Pass, Hop, Timed, TimedMerger];
