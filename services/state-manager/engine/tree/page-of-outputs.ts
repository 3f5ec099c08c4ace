import type { FoundOutput } from './outputs-in-order.ts';
import { writeToken } from './united-lists.ts';

/** Bytes that surround an item in a message, at most. */
const itemBytes = 64;

/**
 * Takes what one page may hold from pages of other sizes; at least one item, however large it is.
 * @param limits number of items, and bytes of their JSON
 */
export async function pageOfOutputs<T extends { readonly json: string; readonly output: FoundOutput }>(
  pages: AsyncIterable<readonly T[]>,
  limits: { readonly items: number; readonly bytes: number },
): Promise<{ items: T[]; nextPageToken?: string }> {
  const items: T[] = [];
  let bytes = 0;
  for await (const page of pages) {
    for (const item of page) {
      bytes += Buffer.byteLength(item.json) + itemBytes;
      const last = items.at(-1);
      if (last && (items.length >= limits.items || bytes > limits.bytes)) {
        return { items, nextPageToken: writeToken(last.output) };
      }
      items.push(item);
    }
  }
  return { items };
}
