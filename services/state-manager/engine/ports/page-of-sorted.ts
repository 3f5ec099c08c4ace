import type { Page } from '../../domain/model/page.ts';
import type { PageRequest } from './api.ts';

/** A page of a list that is sorted by key; the token is the last key of the page before. */
export function pageOfSorted<T>(
  sorted: readonly T[],
  { pageSize, pageToken }: PageRequest,
  keyOf: (item: T) => string,
): Page<T> {
  const rest = pageToken === '' ? sorted : sorted.filter((item) => keyOf(item) > pageToken);
  const items = rest.slice(0, pageSize);
  const last = items.at(-1);
  return rest.length > items.length && last !== undefined ? { items, nextPageToken: keyOf(last) } : { items };
}
