import { defineNode, type NodeContext, route } from '@fanout/runtime';
import { z } from 'zod';
import { waitForGate } from './gates.ts';
import { say } from './lines.ts';

const anything = z.looseObject({});
const number = z.object({ n: z.int() });

export const Echo = defineNode({
  name: 'Echo',
  inputs: z.object({ value: z.unknown() }),
  outputs: z.object({ value: z.unknown() }),
  run: ({ value }) => ({ value: value ?? null }),
});

export const Nothing = defineNode({
  name: 'Nothing',
  inputs: anything,
  outputs: anything,
  run: () => undefined,
});

export const Double = defineNode({
  name: 'Double',
  inputs: number,
  outputs: number,
  run: ({ n }) => ({ n: 2 * n }),
});

export const Split = defineNode({
  name: 'Split',
  inputs: z.object({ count: z.int() }),
  outputs: number,
  run: ({ count }) => Array.from({ length: count }, (_, n) => ({ n })),
});

export const SplitItems = defineNode({
  name: 'SplitItems',
  inputs: z.object({ items: z.array(z.unknown()) }),
  outputs: z.object({ item: z.unknown() }),
  run: ({ items }) => items.map((item) => ({ item })),
});

export const Generate = defineNode({
  name: 'Generate',
  inputs: z.object({ count: z.int(), fail_at: z.int().nullish() }),
  outputs: number,
  *run({ count, fail_at }) {
    for (let n = 0; n < count; n++) {
      if (n === fail_at) throw new Error(`generator broke at ${n}`);
      yield { n };
    }
  },
});

const emitInputs = z.object({ count: z.int(), pause_at: z.int().nullish(), gate: z.string().nullish() });

async function* emit(
  node: string,
  { count, pause_at, gate }: z.output<typeof emitInputs>,
  context: NodeContext,
  from: number,
): AsyncGenerator<{ n: number }> {
  for (let n = from; n < count; n++) {
    if (n === pause_at) {
      say(node, context, 'paused');
      await waitForGate(node, gate ?? '', context);
    }
    yield { n };
  }
}

export const Emit = defineNode({
  name: 'Emit',
  openFanOut: true,
  inputs: emitInputs,
  outputs: number,
  run: (inputs, context) => emit('Emit', inputs, context, 0),
});

export const Continue = defineNode({
  name: 'Continue',
  openFanOut: true,
  inputs: emitInputs,
  outputs: number,
  run(inputs, context) {
    const from = context.acceptedEmits;
    context.continueFrom(from);
    say('Continue', context, 'continued', { from });
    return emit('Continue', inputs, context, from);
  },
});

export const Large = defineNode({
  name: 'Large',
  inputs: z.object({ bytes: z.int(), count: z.int() }),
  outputs: z.object({ text: z.string() }),
  run: ({ bytes, count }) => Array.from({ length: count }, () => ({ text: 'x'.repeat(bytes) })),
});

export const Wrong = defineNode({
  name: 'Wrong',
  inputs: anything,
  outputs: number,
  // Code that is not checked by the compiler returns such things.
  run: () => ({ n: 'text' }) as unknown as { n: number },
});

export const Route = defineNode({
  name: 'Route',
  inputs: z.object({
    outputs: z.array(z.object({ value: z.unknown(), next: z.array(z.string()).nullish() })),
  }),
  outputs: z.object({ value: z.unknown() }),
  run: ({ outputs }) => outputs.map(({ value, next }) => (next ? route({ value }, next) : { value })),
});
