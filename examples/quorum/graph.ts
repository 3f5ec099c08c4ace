/** Asks three services for the same thing at once, and goes on with the first two that answer. */
import { setTimeout as delay } from 'node:timers/promises';
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const Service = z.object({ name: z.string(), price: z.number(), takesMs: z.number() });

export const Ask = defineNode({
  name: 'AskServicesNode',
  inputs: z.object({ services: z.array(Service) }),
  outputs: Service,
  run: ({ services }) => services,
});

export const Quote = defineNode({
  name: 'QuoteNode',
  inputs: Service,
  outputs: z.object({ name: z.string(), price: z.number() }),
  async run({ name, price, takesMs }, { signal, log }) {
    try {
      await delay(takesMs, undefined, { signal });
    } catch (error) {
      // The unite has what it needs, and this answer is not waited for any more.
      log.info('stopped', { name, code: signal.reason?.code });
      throw error;
    }
    return { name, price };
  },
});

export const Choose = defineNode({
  name: 'ChooseQuoteNode',
  inputs: z.object({ names: z.array(z.string()), prices: z.array(z.number()), unfinished: z.number() }),
  outputs: z.object({ name: z.string(), price: z.number(), unfinished: z.number() }),
  run({ names, prices, unfinished }) {
    const price = Math.min(...prices);
    return { name: names[prices.indexOf(price)] ?? '', price, unfinished };
  },
});

const inputs = z.object({ services: z.array(Service) });

export const cheapest = graph('cheapest-of-two', { inputs }, (g) => {
  const ask = g.start(Ask, { services: g.trigger.services });
  const { name, price, takesMs } = ask.out;
  const quote = g.after(ask, Quote, { name, price, takesMs });
  return g.unite(
    ask,
    quote,
    Choose,
    { names: all(quote.out.name), prices: all(quote.out.price), unfinished: g.counts.unfinished },
    { strategy: 'QUORUM', minSuccess: 2, failFast: true },
  );
});
