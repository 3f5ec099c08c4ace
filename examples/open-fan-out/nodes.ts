/** Reads a catalogue page by page, prices each product as soon as it is read, and sums up. */
import { defineNode, united } from '@fanout/runtime';
import { z } from 'zod';
import { fetchPage } from './catalogue.ts';

export const CatalogueReader = defineNode({
  name: 'CatalogueReader',
  inputs: z.object({
    pages: z.number().int().min(0),
    page_size: z.number().int().min(1).default(100),
    page_ms: z.number().min(0).default(0),
  }),
  outputs: z.object({ sku: z.string(), cents: z.number() }),
  // Each product is a branch at once, while the next page is still on its way.
  openFanOut: true,
  async *run({ pages, page_size: pageSize, page_ms: pageMs }, { acceptedEmits, continueFrom, signal }) {
    // After a crash: pages whose products are all accepted are not read again.
    const firstPage = Math.floor(acceptedEmits / pageSize);
    continueFrom(firstPage * pageSize);
    for (let page: number | undefined = firstPage; page !== undefined; ) {
      const { products, nextPage } = await fetchPage(page, { pages, pageSize, pageMs }, signal);
      yield* products;
      page = nextPage;
    }
  },
});

export const ProductPricer = defineNode({
  name: 'ProductPricer',
  inputs: z.object({ cents: z.number() }),
  outputs: z.object({ gross: z.number() }),
  run: ({ cents }) => ({ gross: Math.round(cents * 1.19) }),
});

export const PriceTotal = defineNode({
  name: 'PriceTotal',
  // Read page by page: memory stays flat, however many products there are.
  inputs: z.object({ prices: united(z.number()) }),
  outputs: z.object({ products: z.number(), gross: z.number() }),
  async run({ prices }) {
    let [products, gross] = [0, 0];
    for await (const price of prices) {
      products += 1;
      gross += price;
    }
    return { products, gross };
  },
});

export const nodes = [CatalogueReader, ProductPricer, PriceTotal];
