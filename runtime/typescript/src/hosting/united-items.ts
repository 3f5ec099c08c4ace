import type { ReadUnitedResponse__Output } from '@fanout/proto';

/** The items of a united list; the next page is under way while one is worked on. */
export async function* readItems(
  read: (pageToken: string) => Promise<ReadUnitedResponse__Output>,
): AsyncGenerator<unknown> {
  let next = read('');
  for (;;) {
    const { itemsJson = [], nextPageToken = '' } = await next;
    if (nextPageToken !== '') {
      next = read(nextPageToken);
      // Awaited in the next round; until then a failure must not count as unhandled.
      next.catch(() => {});
    }
    for (const item of itemsJson) yield JSON.parse(item);
    if (nextPageToken === '') return;
  }
}
