import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { LogLevel as _fanout_v1_LogLevel, LogLevel__Output as _fanout_v1_LogLevel__Output } from '../../fanout/v1/LogLevel.ts';
import type { Long } from '@grpc/proto-loader';

export interface LogLine {
  'number'?: (number | string | Long);
  'time'?: (_google_protobuf_Timestamp | null);
  'level'?: (_fanout_v1_LogLevel);
  'text'?: (string);
  'fieldsJson'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'path'?: (string);
  'attempt'?: (number);
  'runtimeName'?: (string);
}

export interface LogLine__Output {
  'number'?: (number);
  'time'?: (_google_protobuf_Timestamp__Output);
  'level'?: (_fanout_v1_LogLevel__Output);
  'text'?: (string);
  'fieldsJson'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'path'?: (string);
  'attempt'?: (number);
  'runtimeName'?: (string);
}
