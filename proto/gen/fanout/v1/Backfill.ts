import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface Backfill {
  'fromTime'?: (_google_protobuf_Timestamp | null);
  'toTime'?: (_google_protobuf_Timestamp | null);
  'slots'?: (number);
  'doneSlots'?: (number);
}

export interface Backfill__Output {
  'fromTime'?: (_google_protobuf_Timestamp__Output);
  'toTime'?: (_google_protobuf_Timestamp__Output);
  'slots'?: (number);
  'doneSlots'?: (number);
}
