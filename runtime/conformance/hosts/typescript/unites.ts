import { defineNode, united } from '@fanout/runtime';
import { z } from 'zod';

export const Sum = defineNode({
  name: 'Sum',
  inputs: z.object({ numbers: united(z.int()) }),
  outputs: z.object({ count: z.int(), sum: z.int(), is_sorted: z.boolean() }),
  async run({ numbers }) {
    let [count, sum, last, isSorted] = [0, 0, -Infinity, true];
    for await (const n of numbers) {
      count++;
      sum += n;
      isSorted &&= n >= last;
      last = n;
    }
    return { count, sum, is_sorted: isSorted };
  },
});

export const Collect = defineNode({
  name: 'Collect',
  inputs: z.object({ items: united(z.unknown()) }),
  outputs: z.object({ items: z.array(z.unknown()) }),
  async run({ items }) {
    const collected: unknown[] = [];
    for await (const item of items) collected.push(item);
    return { items: collected };
  },
});
