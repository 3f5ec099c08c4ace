import type { WaitReason as _fanout_v1_WaitReason, WaitReason__Output as _fanout_v1_WaitReason__Output } from '../../fanout/v1/WaitReason.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Wait {
  'identifier'?: (string);
  'nodeName'?: (string);
  'reason'?: (_fanout_v1_WaitReason);
  'count'?: (number | string | Long);
  'dueTime'?: (_google_protobuf_Timestamp | null);
  'text'?: (string);
}

export interface Wait__Output {
  'identifier'?: (string);
  'nodeName'?: (string);
  'reason'?: (_fanout_v1_WaitReason__Output);
  'count'?: (number);
  'dueTime'?: (_google_protobuf_Timestamp__Output);
  'text'?: (string);
}
