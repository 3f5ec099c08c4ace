/** A shop whose catalogue comes in pages, each of them slowly: stands for any paginated interface. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Product {
  readonly sku: string;
  readonly cents: number;
}

export interface Page {
  readonly products: readonly Product[];
  /** Undefined: this was the last page. */
  readonly nextPage?: number;
}

/** @param shop.pages how many there are; `pageSize` products each; `pageMs` until one has come */
export async function fetchPage(
  page: number,
  shop: { readonly pages: number; readonly pageSize: number; readonly pageMs: number },
  signal: AbortSignal,
): Promise<Page> {
  if (shop.pageMs > 0) await sleep(shop.pageMs, undefined, { signal });
  const products = Array.from({ length: page < shop.pages ? shop.pageSize : 0 }, (_, i) => {
    const number = page * shop.pageSize + i;
    return { sku: `P${number}`, cents: 100 + ((number * 7) % 900) };
  });
  return page + 1 < shop.pages ? { products, nextPage: page + 1 } : { products };
}
