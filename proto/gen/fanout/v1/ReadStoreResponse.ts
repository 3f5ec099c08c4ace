import type { StoreEntry as _fanout_v1_StoreEntry, StoreEntry__Output as _fanout_v1_StoreEntry__Output } from '../../fanout/v1/StoreEntry.ts';

export interface ReadStoreResponse {
  'entries'?: (_fanout_v1_StoreEntry)[];
  'lookedUp'?: (number);
}

export interface ReadStoreResponse__Output {
  'entries'?: (_fanout_v1_StoreEntry__Output)[];
  'lookedUp'?: (number);
}
