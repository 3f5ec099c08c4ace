import type { FoundOutput } from './outputs-in-order.ts';
import { writeToken } from './united-lists.ts';

/** Bytes that surround an item in a message, at most. */
const itemBytes = 64;

/** Number of items that a page may hold, and bytes of their JSON. */
interface PageLimits {
  readonly items: number;
  readonly bytes: number;
}

/** Takes a page of outputs; the next one goes on behind the last of them. */
export function pageOfOutputs<T extends { readonly json: string; readonly output: FoundOutput }>(
  pages: AsyncIterable<readonly T[]>,
  limits: PageLimits,
): Promise<{ items: T[]; nextPageToken?: string }> {
  return pageOf(pages, limits, ({ output }) => writeToken(output));
}

/**
 * Takes what one page may hold from pages of other sizes; at least one item, however large it is.
 * @param tokenOf writes the token of the page behind an item
 */
export async function pageOf<T extends { readonly json: string }>(
  pages: AsyncIterable<readonly T[]>,
  limits: PageLimits,
  tokenOf: (last: T) => string,
): Promise<{ items: T[]; nextPageToken?: string }> {
  const items: T[] = [];
  let bytes = 0;
  for await (const page of pages) {
    for (const item of page) {
      bytes += Buffer.byteLength(item.json) + itemBytes;
      const last = items.at(-1);
      if (last && (items.length >= limits.items || bytes > limits.bytes)) {
        return { items, nextPageToken: tokenOf(last) };
      }
      items.push(item);
    }
  }
  return { items };
}
