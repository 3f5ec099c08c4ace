/** The nodes of a shop that adds up its orders while they are handled, side by side. */
import { defineNode } from '@fanout/runtime';
import { z } from 'zod';

const Order = z.object({ id: z.string(), cents: z.number().int() });

export const Orders = defineNode({
  name: 'OrdersNode',
  inputs: z.object({ orders: z.array(Order) }),
  outputs: Order,
  run: ({ orders }) => orders,
});

export const Handle = defineNode({
  name: 'HandleOrderNode',
  inputs: z.object({ id: z.string(), cents: z.number(), currency: z.string() }),
  outputs: z.object({ text: z.string() }),
  async run({ id, cents, currency }, { store, report }) {
    // At once, and only one can have it: the first that finds none there.
    const { applied: isFirst } = await store.compareAndSet('first_order', undefined, id);
    // With the result, and therefore once, however often this is executed.
    report.increment('revenue', cents);
    report.append('handled', id);
    return { text: `${id}: ${cents} ${currency}${isFirst ? ', the first' : ''}` };
  },
});

export const Summary = defineNode({
  name: 'SummaryNode',
  inputs: z.object({ texts: z.array(z.string()), revenue: z.number(), handled: z.array(z.string()) }),
  outputs: z.object({ texts: z.array(z.string()), revenue: z.number(), count: z.number() }),
  run: ({ texts, revenue, handled }) => ({ texts, revenue, count: handled.length }),
});
