import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface NextSlot {
  'slotTime'?: (_google_protobuf_Timestamp | null);
  'startTime'?: (_google_protobuf_Timestamp | null);
}

export interface NextSlot__Output {
  'slotTime'?: (_google_protobuf_Timestamp__Output);
  'startTime'?: (_google_protobuf_Timestamp__Output);
}
