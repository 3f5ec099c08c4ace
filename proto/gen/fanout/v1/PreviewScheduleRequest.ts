import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface PreviewScheduleRequest {
  'namespace'?: (string);
  'cron'?: (string);
  'timeZone'?: (string);
  'fromTime'?: (_google_protobuf_Timestamp | null);
  'count'?: (number);
}

export interface PreviewScheduleRequest__Output {
  'namespace'?: (string);
  'cron'?: (string);
  'timeZone'?: (string);
  'fromTime'?: (_google_protobuf_Timestamp__Output);
  'count'?: (number);
}
