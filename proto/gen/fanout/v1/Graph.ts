import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Graph {
  'namespace'?: (string);
  'name'?: (string);
  'version'?: (number | string | Long);
  'templateJson'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
}

export interface Graph__Output {
  'namespace'?: (string);
  'name'?: (string);
  'version'?: (number);
  'templateJson'?: (string);
  'createTime'?: (_google_protobuf_Timestamp__Output);
}
