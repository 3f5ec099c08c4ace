/** Nodes for tests of the runtime. */
import { z } from 'zod';
import type { NodeContext } from '../src/nodes/context.ts';
import { defineNode, united } from '../src/nodes/node.ts';
import { NotRetryable } from '../src/wire/errors.ts';

export const Double = defineNode({
  name: 'DoubleNode',
  inputs: z.object({ value: z.number() }),
  outputs: z.object({ value: z.number() }),
  run: ({ value }) => ({ value: value * 2 }),
});

/** Returns as many outputs as asked for, each with a text of that many characters. */
export const Split = defineNode({
  name: 'SplitNode',
  inputs: z.object({ count: z.number().int(), length: z.number().int().default(1) }),
  outputs: z.object({ index: z.number(), text: z.string() }),
  run: ({ count, length }) =>
    Array.from({ length: count }, (_, index) => ({ index, text: 'x'.repeat(length) })),
});

export const Throw = defineNode({
  name: 'ThrowNode',
  inputs: z.object({ message: z.string(), code: z.string().optional() }),
  outputs: z.object({}),
  run: ({ message, code }) => {
    throw code === undefined ? new Error(message) : new NotRetryable(message, { code });
  },
});

export const Sum = defineNode({
  name: 'SumNode',
  inputs: z.object({ values: united(z.number()), offset: z.number().default(0) }),
  outputs: z.object({ sum: z.number() }),
  async run({ values, offset }) {
    let sum = offset;
    for await (const value of values) sum += value;
    return { sum };
  },
});

/** A node that a test holds: it begins, and goes on when the test says so. */
export function heldNode(name = 'HeldNode', timeout?: '50ms') {
  const begun: NodeContext[] = [];
  const waiting: (() => void)[] = [];
  let onBegin: () => void = () => {};
  const node = defineNode({
    name,
    inputs: z.object({}),
    outputs: z.object({ ok: z.boolean() }),
    ...(timeout && { timeout }),
    async run(_, context) {
      begun.push(context);
      onBegin();
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { ok: true };
    },
  });
  return {
    node,
    begun,
    /** Resolves when so many have begun. */
    async waitFor(count: number): Promise<void> {
      while (begun.length < count) {
        await new Promise<void>((resolve) => {
          onBegin = resolve;
        });
      }
    },
    /** Lets all that have begun end. */
    release(): void {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
