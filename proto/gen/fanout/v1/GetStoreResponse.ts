import type { StoreEntry as _fanout_v1_StoreEntry, StoreEntry__Output as _fanout_v1_StoreEntry__Output } from '../../fanout/v1/StoreEntry.ts';

export interface GetStoreResponse {
  'entries'?: (_fanout_v1_StoreEntry)[];
  'nextPageToken'?: (string);
}

export interface GetStoreResponse__Output {
  'entries'?: (_fanout_v1_StoreEntry__Output)[];
  'nextPageToken'?: (string);
}
