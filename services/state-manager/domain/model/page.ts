/** A page of a list; without `nextPageToken` it is the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}
