/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty: this was the last. */
  readonly nextPageToken: string;
}

/** Every item of a list that comes in pages; the next page is read when it is needed. */
export async function* allPages<Item>(
  read: (pageToken: string) => Promise<Page<Item>>,
): AsyncGenerator<Item, void> {
  let pageToken = '';
  do {
    const page = await read(pageToken);
    yield* page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
