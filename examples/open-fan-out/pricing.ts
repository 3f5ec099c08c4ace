import { all, graph } from '@fanout/runtime';
import { z } from 'zod';
import { CatalogueReader, PriceTotal, ProductPricer } from './nodes.ts';

const inputs = z.object({ pages: z.number(), page_size: z.number(), page_ms: z.number() });

/** `read → price → total`: the reader fans out while it reads. */
export const pricing = graph('catalogue-pricing', { inputs }, (g) => {
  const { pages, page_size, page_ms } = g.trigger;
  const read = g.start(CatalogueReader, { pages, page_size, page_ms });
  const price = g.after(read, ProductPricer, { cents: read.out.cents });
  return g.unite(read, price, PriceTotal, { prices: all(price.out.gross) });
});
