import type { StateStatus as _fanout_v1_StateStatus, StateStatus__Output as _fanout_v1_StateStatus__Output } from '../../fanout/v1/StateStatus.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface UnfinishedState {
  'stateId'?: (string);
  'identifier'?: (string);
  'status'?: (_fanout_v1_StateStatus);
  'attempt'?: (number);
  'dueTime'?: (_google_protobuf_Timestamp | null);
  'sessionId'?: (string);
  'progress'?: (string);
}

export interface UnfinishedState__Output {
  'stateId'?: (string);
  'identifier'?: (string);
  'status'?: (_fanout_v1_StateStatus__Output);
  'attempt'?: (number);
  'dueTime'?: (_google_protobuf_Timestamp__Output);
  'sessionId'?: (string);
  'progress'?: (string);
}
