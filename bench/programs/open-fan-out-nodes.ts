/** The catalogue of `examples/open-fan-out`, read as an open fan-out and as a list. */
import { defineNode } from '@fanout/runtime';
import { fetchPage } from '../../examples/open-fan-out/catalogue.ts';
import { CatalogueReader, PriceTotal, ProductPricer } from '../../examples/open-fan-out/nodes.ts';

export const ListReader = defineNode({
  ...CatalogueReader,
  name: 'CatalogueListReader',
  openFanOut: false,
  async *run({ pages, page_size: pageSize, page_ms: pageMs }, { signal }) {
    for (let page = 0; page < pages; page++)
      yield* (await fetchPage(page, { pages, pageSize, pageMs }, signal)).products;
  },
});

export const readers = [CatalogueReader, ListReader];
export const workers = [ProductPricer, PriceTotal];
