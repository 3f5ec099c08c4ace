/** Reads a list that an HTTP API gives in pages, all pages at once, as fast as the API allows. */
import { all, defineNode, graph, RequeueAfter, united } from '@fanout/runtime';
import { z } from 'zod';

const Page = z.object({ items: z.array(z.object({ price: z.number() })), pages: z.number() });

/** @throws RequeueAfter the API asks to be left alone for a while */
async function readPage(url: string, page: number, signal: AbortSignal): Promise<z.infer<typeof Page>> {
  const response = await fetch(`${url}?page=${page}`, { signal });
  if (response.status === 429) throw new RequeueAfter(`${Number(response.headers.get('retry-after') ?? 1)}s`);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`); // tried again as the policy says
  return Page.parse(await response.json());
}

export const CountPages = defineNode({
  name: 'CountPagesNode',
  inputs: z.object({ url: z.string() }),
  outputs: z.object({ page: z.number() }),
  async *run({ url }, { signal }) {
    const { pages } = await readPage(url, 1, signal);
    for (let page = 1; page <= pages; page++) yield { page };
  },
});

export const ReadPage = defineNode({
  name: 'ReadPageNode',
  inputs: z.object({ url: z.string(), page: z.number() }),
  outputs: z.object({ prices: z.array(z.number()) }),
  async run({ url, page }, { signal }) {
    const { items } = await readPage(url, page, signal);
    return { prices: items.map(({ price }) => price) };
  },
});

export const AddPages = defineNode({
  name: 'AddPagesNode',
  inputs: z.object({ pages: united(z.array(z.number())) }),
  outputs: z.object({ items: z.number(), sum: z.number() }),
  async run({ pages }) {
    let items = 0;
    let sum = 0;
    for await (const prices of pages) {
      items += prices.length;
      for (const price of prices) sum += price;
    }
    return { items, sum };
  },
});

export const addPrices = graph('add-prices', { inputs: z.object({ url: z.string() }) }, (g) => {
  const { url } = g.trigger;
  const count = g.start(CountPages, { url });
  const read = g.after(
    count,
    ReadPage,
    { url, page: count.out.page },
    { maxParallel: 4, retry: { maxRetries: 5, backoffMs: 100 } },
  );
  return g.unite(count, read, AddPages, { pages: all(read.out.prices) });
});
