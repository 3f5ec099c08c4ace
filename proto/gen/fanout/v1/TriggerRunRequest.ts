import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface TriggerRunRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'inputsJson'?: (string);
  'idempotencyKey'?: (string);
  'priority'?: (number);
  'storeJson'?: ({[key: string]: string});
  'startTime'?: (_google_protobuf_Timestamp | null);
  'traceparent'?: (string);
  'labels'?: ({[key: string]: string});
}

export interface TriggerRunRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'inputsJson'?: (string);
  'idempotencyKey'?: (string);
  'priority'?: (number);
  'storeJson'?: ({[key: string]: string});
  'startTime'?: (_google_protobuf_Timestamp__Output);
  'traceparent'?: (string);
  'labels'?: ({[key: string]: string});
}
