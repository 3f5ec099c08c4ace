import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface BackfillScheduleRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
  'fromTime'?: (_google_protobuf_Timestamp | null);
  'toTime'?: (_google_protobuf_Timestamp | null);
}

export interface BackfillScheduleRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
  'fromTime'?: (_google_protobuf_Timestamp__Output);
  'toTime'?: (_google_protobuf_Timestamp__Output);
}
