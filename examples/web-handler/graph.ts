/** Adds up numbers, a hundred in each branch. */
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const branchSize = 100;

/** The inputs of a run, and the body of a request. */
export const Numbers = z.object({ data: z.array(z.number()) });

export const Split = defineNode({
  name: 'SplitNumbersNode',
  inputs: Numbers,
  outputs: z.object({ chunk: z.array(z.number()) }),
  run: ({ data }) =>
    Array.from({ length: Math.ceil(data.length / branchSize) }, (_, index) => ({
      chunk: data.slice(index * branchSize, (index + 1) * branchSize),
    })),
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

export const Add = defineNode({
  name: 'AddNumbersNode',
  inputs: Numbers,
  outputs: z.object({ sum: z.number() }),
  run: ({ data }) => ({ sum: sum(data) }),
});

export const Total = defineNode({
  name: 'TotalNode',
  inputs: z.object({ sums: z.array(z.number()) }),
  outputs: z.object({ total: z.number(), parts: z.number() }),
  run: ({ sums }) => ({ total: sum(sums), parts: sums.length }),
});

export const addUp = graph('add-up', { inputs: Numbers }, (g) => {
  const split = g.start(Split, { data: g.trigger.data });
  const add = g.after(split, Add, { data: split.out.chunk });
  return g.unite(split, add, Total, { sums: all(add.out.sum) });
});
