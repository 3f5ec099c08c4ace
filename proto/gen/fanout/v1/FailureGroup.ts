import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { State as _fanout_v1_State, State__Output as _fanout_v1_State__Output } from '../../fanout/v1/State.ts';
import type { Long } from '@grpc/proto-loader';

export interface FailureGroup {
  'identifier'?: (string);
  'nodeName'?: (string);
  'code'?: (string);
  'shape'?: (string);
  'count'?: (number | string | Long);
  'firstTime'?: (_google_protobuf_Timestamp | null);
  'lastTime'?: (_google_protobuf_Timestamp | null);
  'example'?: (_fanout_v1_State | null);
}

export interface FailureGroup__Output {
  'identifier'?: (string);
  'nodeName'?: (string);
  'code'?: (string);
  'shape'?: (string);
  'count'?: (number);
  'firstTime'?: (_google_protobuf_Timestamp__Output);
  'lastTime'?: (_google_protobuf_Timestamp__Output);
  'example'?: (_fanout_v1_State__Output);
}
