import type { GraphViolation as _fanout_v1_GraphViolation, GraphViolation__Output as _fanout_v1_GraphViolation__Output } from '../../fanout/v1/GraphViolation.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface PreviewScheduleResponse {
  'violations'?: (_fanout_v1_GraphViolation)[];
  'slots'?: (_google_protobuf_Timestamp)[];
  'cron'?: (string);
}

export interface PreviewScheduleResponse__Output {
  'violations'?: (_fanout_v1_GraphViolation__Output)[];
  'slots'?: (_google_protobuf_Timestamp__Output)[];
  'cron'?: (string);
}
