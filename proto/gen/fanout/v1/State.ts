import type { StateStatus as _fanout_v1_StateStatus, StateStatus__Output as _fanout_v1_StateStatus__Output } from '../../fanout/v1/StateStatus.ts';
import type { Failure as _fanout_v1_Failure, Failure__Output as _fanout_v1_Failure__Output } from '../../fanout/v1/Failure.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface State {
  'stateId'?: (string);
  'runId'?: (string);
  'identifier'?: (string);
  'nodeName'?: (string);
  'status'?: (_fanout_v1_StateStatus);
  'attempt'?: (number);
  'path'?: (string);
  'parents'?: ({[key: string]: string});
  'outputJson'?: (string);
  'failure'?: (_fanout_v1_Failure | null);
  'updateTime'?: (_google_protobuf_Timestamp | null);
  'dueTime'?: (_google_protobuf_Timestamp | null);
  'progress'?: (string);
  'superseded'?: (boolean);
  'sessionId'?: (string);
  'runtimeName'?: (string);
  'nextAttemptStateId'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'startTime'?: (_google_protobuf_Timestamp | null);
  'endTime'?: (_google_protobuf_Timestamp | null);
  'label'?: (string);
}

export interface State__Output {
  'stateId'?: (string);
  'runId'?: (string);
  'identifier'?: (string);
  'nodeName'?: (string);
  'status'?: (_fanout_v1_StateStatus__Output);
  'attempt'?: (number);
  'path'?: (string);
  'parents'?: ({[key: string]: string});
  'outputJson'?: (string);
  'failure'?: (_fanout_v1_Failure__Output);
  'updateTime'?: (_google_protobuf_Timestamp__Output);
  'dueTime'?: (_google_protobuf_Timestamp__Output);
  'progress'?: (string);
  'superseded'?: (boolean);
  'sessionId'?: (string);
  'runtimeName'?: (string);
  'nextAttemptStateId'?: (string);
  'createTime'?: (_google_protobuf_Timestamp__Output);
  'startTime'?: (_google_protobuf_Timestamp__Output);
  'endTime'?: (_google_protobuf_Timestamp__Output);
  'label'?: (string);
}
