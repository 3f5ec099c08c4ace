import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Assignment {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'runId'?: (string);
  'graphName'?: (string);
  'identifier'?: (string);
  'nodeName'?: (string);
  'attempt'?: (number);
  'idempotencyKey'?: (string);
  'inputsJson'?: (string);
  'unitedInputs'?: (string)[];
  'deadline'?: (_google_protobuf_Timestamp | null);
  'traceparent'?: (string);
  'acceptedEmits'?: (number | string | Long);
  'secrets'?: ({[key: string]: string});
}

export interface Assignment__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'runId'?: (string);
  'graphName'?: (string);
  'identifier'?: (string);
  'nodeName'?: (string);
  'attempt'?: (number);
  'idempotencyKey'?: (string);
  'inputsJson'?: (string);
  'unitedInputs'?: (string)[];
  'deadline'?: (_google_protobuf_Timestamp__Output);
  'traceparent'?: (string);
  'acceptedEmits'?: (number);
  'secrets'?: ({[key: string]: string});
}
