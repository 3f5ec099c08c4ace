import type { Page } from '../domain/model/page.ts';
import type { PageRequest } from '../engine/ports/api.ts';

/**
 * A page whose items fit one message: tells how many bytes that are, and asks for fewer items until they do. One item is passed on whatever its size.
 * @param charactersOf the length of an item's text in UTF-16 units; each is reckoned as three bytes
 */
export async function pageWithinFrame<Item>(
  request: PageRequest,
  maxBytes: number,
  charactersOf: (item: Item) => number,
  fetch: (request: PageRequest) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  let { pageSize } = request;
  for (;;) {
    const page = await fetch({ pageSize, pageToken: request.pageToken, maxBytes });
    let bytes = 0;
    for (const item of page.items) bytes += charactersOf(item) * 3 + 512;
    if (bytes <= maxBytes || page.items.length <= 1) return page;
    pageSize = Math.max(1, Math.floor((page.items.length * maxBytes) / bytes / 1.25));
  }
}
