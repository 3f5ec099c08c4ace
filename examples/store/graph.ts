import { all, graph } from '@fanout/runtime';
import { z } from 'zod';
import { Handle, Orders, Summary } from './nodes.ts';

const inputs = z.object({ orders: z.array(z.object({ id: z.string(), cents: z.number().int() })) });

/** The store of a run at its start: a trigger has to name the currency, and may begin with some revenue. */
const store = {
  required: z.object({ currency: z.string() }),
  defaults: { revenue: 0, handled: [] as string[] },
};

export const shop = graph('shop', { inputs, store }, (g) => {
  const orders = g.start(Orders, { orders: g.trigger.orders });
  const { id, cents } = orders.out;
  const handle = g.after(orders, Handle, { id, cents, currency: g.store.currency });
  const { revenue, handled } = g.store; // as they are when all orders have been handled
  return g.unite(orders, handle, Summary, { texts: all(handle.out.text), revenue, handled });
});
