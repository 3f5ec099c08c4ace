/** Merges results in windows of three while the rest is still being worked on, then once more at the end. */
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

export const Numbers = defineNode({
  name: 'NumbersNode',
  inputs: z.object({ count: z.number() }),
  outputs: z.object({ value: z.number() }),
  run: ({ count }) => Array.from({ length: count }, (_, value) => ({ value })),
});

export const Square = defineNode({
  name: 'SquareNode',
  inputs: z.object({ value: z.number() }),
  outputs: z.object({ square: z.number() }),
  run: ({ value }) => ({ square: value * value }),
});

export const Save = defineNode({
  name: 'SaveWindowNode',
  inputs: z.object({
    squares: z.array(z.number()),
    window: z.number().nullable(),
    final: z.boolean(),
  }),
  outputs: z.object({ saved: z.number(), window: z.number().nullable(), final: z.boolean() }),
  run: ({ squares, window, final }) => ({ saved: squares.length, window, final }),
});

export const windows = graph('windows-of-three', { inputs: z.object({ count: z.number() }) }, (g) => {
  const numbers = g.start(Numbers, { count: g.trigger.count });
  const square = g.after(numbers, Square, { value: numbers.out.value });
  return g.unite(
    numbers,
    square,
    Save,
    { squares: all(square.out.square), window: g.window, final: g.final },
    { strategy: 'ALL_DONE', window: { count: 3 } },
  );
});
